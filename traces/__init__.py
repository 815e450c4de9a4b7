"""A run as a file: record, write, read, replay, show.

A trace is a run with every state on the way, and as a rule one that violates a property.  The
file is valid Informal Trace Format; ``docs/trace-format.md`` describes it.  Replaying runs the
core along the acts of the file and compares every state, so a file that was edited is found out.
"""

from traces.blame import Culprit, Exhibit, blame
from traces.coverage import Exercised, coverage, exercised
from traces.document import write
from traces.errors import TraceError
from traces.facts import headline
from traces.files import LARGEST_FILE, read, read_stream
from traces.html import html
from traces.mermaid import mermaid
from traces.pytest_text import pytest_text
from traces.reasons import reason
from traces.record import record
from traces.replay import Departure, Replay, faithful, replay
from traces.show import show
from traces.shrink import Shrunk, shrink
from traces.story import Step, story
from traces.svg import svg
from traces.trace import Breach, Origin, Snapshot, Trace

__all__ = [
    "LARGEST_FILE",
    "Breach",
    "Culprit",
    "Departure",
    "Exercised",
    "Exhibit",
    "Origin",
    "Replay",
    "Shrunk",
    "Snapshot",
    "Step",
    "Trace",
    "TraceError",
    "blame",
    "coverage",
    "exercised",
    "faithful",
    "headline",
    "html",
    "mermaid",
    "pytest_text",
    "read",
    "read_stream",
    "reason",
    "record",
    "replay",
    "show",
    "shrink",
    "story",
    "svg",
    "write",
]
