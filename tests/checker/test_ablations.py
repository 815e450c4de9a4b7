"""Each part of the repaired protocol is needed: the traces of docs/ablations, and the search."""

import re
from pathlib import Path

import pytest

import traces
from checker.ablations import ABLATIONS, BROADCAST_ABLATIONS, Ablation
from checker.sweep import answer
from checker.verdict import Verdict
from poqi_core.readings import PROFILES
from poqi_core.register import REPAIRS
from traces.trace import Trace

FOLDER = Path(__file__).parent.parent.parent / "docs" / "ablations"
PAGE = (FOLDER.parent / "hardened.md").read_text(encoding="utf-8")
FILES = sorted(FOLDER.glob("*.itf.json"))
QUICK = ("evidence_distinct", "absent", "support", "timeout", "ballot_leader")


def change(trace: Trace) -> tuple[str, str]:
    """The one reading in which a trace differs from the whole protocol."""
    own = dict(trace.run.config.readings.items())
    whole = PROFILES[trace.origin.profile].items()
    changed = [(name, str(own[name])) for name, value in whole if own[name] != value]
    assert len(changed) == 1
    return changed[0]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.split(".")[0])
def test_a_run_breaks_a_promise_without_one_part(file: Path) -> None:
    trace = traces.read(file)
    traces.replay(trace)
    reading, value = change(trace)
    row = re.search(rf"^\| .* \| `{reading}={re.escape(value)}` \| (.*) \| (\d+) \|", PAGE, re.M)
    assert row is not None, f"docs/hardened.md has no row for {reading}={value}"
    assert row.groups() == (trace.property_name, str(len(trace.run.acts)))
    assert f"(ablations/{file.name})" in PAGE


def test_every_part_is_taken_away() -> None:
    parts = {change(traces.read(file))[0] for file in FILES}
    # To agree on evidence is the repair itself; the other readings are PBFT's, taken over.
    assert parts == {*REPAIRS, "quorum", "prepare_once", "timeout"} - {"agree_on"}


def test_every_search_has_its_trace() -> None:
    searches = {ablation.file_name for ablation in (*ABLATIONS, *BROADCAST_ABLATIONS)}
    assert searches <= {file.name for file in FILES}


@pytest.mark.parametrize(
    "ablation",
    [*(entry for entry in ABLATIONS if entry.reading in QUICK), *BROADCAST_ABLATIONS],
    ids=lambda ablation: ablation.reading,
)
def test_the_search_finds_it_and_nothing_in_the_whole_protocol(ablation: Ablation) -> None:
    _is_needed(ablation)


@pytest.mark.long
@pytest.mark.parametrize(
    "ablation",
    [entry for entry in ABLATIONS if entry.reading not in QUICK and entry.ballots < 3],
    ids=lambda ablation: ablation.reading,
)
def test_the_longer_searches_find_it(ablation: Ablation) -> None:
    _is_needed(ablation)


def _is_needed(ablation: Ablation) -> None:
    (broken,) = answer(ablation.question()).results
    (whole,) = answer(ablation.question(whole=True)).results
    assert broken.run is not None
    recorded = traces.read(FOLDER / ablation.file_name)
    assert broken.run.acts == recorded.run.acts
    assert whole.verdict is Verdict.HOLDS
