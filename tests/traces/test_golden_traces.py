"""What ``poqi show`` prints and draws, and whole trace files, for a reviewer to read.

``POQI_REWRITE_SCENARIOS=1 pytest tests/traces/test_golden_traces.py`` writes the files anew; the
difference is for a reviewer to read.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from trace_runs import by_name

import traces

GOLDEN = Path(__file__).parent / "golden"

NAMES = [
    "forged final",
    "two words",
    "two words with vectors",
    "dead zone",
    "one supporter",
    "no lock",
    "conflict in rounds",
]
"""The runs that are built by hand; what is played at random changes with the core."""


def _compare(path: Path, text: str) -> None:
    if os.environ.get("POQI_REWRITE_SCENARIOS"):
        path.write_text(text, encoding="utf-8")
    else:
        assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_trace_is_shown_as_written(name: str) -> None:
    shown = traces.show(by_name()[name].trace())
    assert all(len(line) <= 100 for line in shown.splitlines())
    assert shown.isascii()
    _compare(GOLDEN / f"{name.replace(' ', '_')}.txt", shown)


def test_all_steps_are_shown_if_asked_for() -> None:
    trace = by_name()["forged final"].trace()
    everything = traces.show(trace, everything=True)
    assert "  10  node 3 classifies sample 0 as B\n" in everything
    assert "left out" not in everything


@pytest.mark.parametrize("name", ["forged final", "two words with vectors", "one supporter"])
def test_the_trace_file_is_as_written(name: str) -> None:
    path = GOLDEN / f"{name.replace(' ', '_')}.itf.json"
    _compare(path, traces.write(by_name()[name].trace()))
    assert traces.replay(traces.read(path)).departure is None


@pytest.mark.parametrize(
    ("draw", "ending"), [(traces.svg, "svg"), (traces.mermaid, "mmd")], ids=["svg", "mermaid"]
)
def test_a_picture_is_as_drawn(draw: Callable[[traces.Trace], str], ending: str) -> None:
    _compare(GOLDEN / f"forged_final.{ending}", draw(by_name()["forged final"].trace()))
