"""Print or draw a trace file for a person: who did what, what changed, what broke and why.

Labels are letters, as in --predictions. Only the steps that the violation depends on are
shown, unless all are asked for.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import traces
from poqi.errors import Exit
from poqi.files import write_whole
from poqi.trace_files import departs, emit, load
from poqi_core.run import DepartureError
from traces.paint import ANSI, PLAIN

_EPILOG = """\
examples:
  poqi show out.itf.json
  poqi show --all out.itf.json
  poqi show --html out.html out.itf.json
  poqi show --svg out.svg out.itf.json
  poqi show --mermaid out.itf.json
  poqi show --pytest out.itf.json > test_counterexample.py

--html writes one page that needs no network: a lane a node, messages as arrows, the state of
every node at the cursor; press ? in it.

exit status: 0 shown, 1 the file departs from the core (poqi replay says more), 2 it is no
trace file
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="a trace file; - is the standard input")
    parser.add_argument(
        "--all",
        action="store_true",
        dest="everything",
        help="show the steps as well that the violation does not depend on",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object, with every step")
    form.add_argument(
        "--pytest", action="store_true", help="print a test that replays the run on the core"
    )
    form.add_argument("--mermaid", action="store_true", help="print a sequence diagram for Mermaid")
    form.add_argument("--html", type=Path, metavar="OUT", help="write a page to step through")
    form.add_argument("--svg", type=Path, metavar="OUT", help="write a still picture")


def run(arguments: argparse.Namespace) -> int:
    """Show the file."""
    trace = load(arguments.file)
    everything: bool = arguments.everything
    try:
        for draw, path in ((traces.html, arguments.html), (traces.svg, arguments.svg)):
            if path is not None:
                write_whole(path, draw(trace, everything=everything))
                emit(f"{traces.headline(trace)}; drawn in {path}\n")
                return Exit.OK
        if arguments.pytest:
            traces.faithful(trace)
            text = traces.pytest_text(trace)
        elif arguments.mermaid:
            text = traces.mermaid(trace, everything=everything)
        elif arguments.json:
            text = _as_json(trace) + "\n"
        else:
            paint = ANSI if _has_colours() else PLAIN
            text = traces.show(trace, everything=everything, paint=paint)
    except DepartureError as error:
        raise departs(arguments.file, error) from None
    emit(text)
    return Exit.OK


def _has_colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _as_json(trace: traces.Trace) -> str:
    breach = trace.breach
    return json.dumps(
        {
            "schema": 1,
            "property": None if breach is None else breach.property,
            "conjunct": None if breach is None else breach.conjunct,
            "reason": None if breach is None else traces.reason(trace),
            "nodes": None if breach is None else list(breach.nodes),
            "byzantine": list(trace.byzantine),
            "scope": trace.origin.scope,
            "steps": [step._asdict() for step in traces.story(trace)],
        },
        indent=1,
    )
