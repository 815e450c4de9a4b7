"""``poqi weakest``: which fault is enough to break a property."""

import json
from pathlib import Path

import pytest

from poqi.main import main
from traces.document import from_document
from traces.json_text import parse
from traces.replay import replay

ROUNDS = ("weakest", "-n", "3", "-f", "1", "--network", "rounds", "--views", "1", "--workers", "1")


def test_the_table_names_the_weakest_the_order_and_the_scope(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main([*ROUNDS, "--property", "termination", "--property", "integrity"])
    lines = capsys.readouterr().out.splitlines()
    assert status == 1
    assert lines[0].startswith("termination  broken by ")
    assert "silence in 2 steps" in lines[0]
    assert "byzantine" not in lines[0], "it includes silence"
    assert lines[1] == "integrity    not broken"
    assert any(
        "crash includes none, silence; omission includes none, silence, crash" in line
        for line in lines
    )
    assert lines[-1].startswith("Scope: every run of profile paper, N=3 with quorums for f=1")
    assert "without a fault and with every placement of 1 faulty node" in lines[-1]


def test_json_says_what_was_explored_and_what_follows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = [*ROUNDS, "--property", "termination", "--json", "--trace-folder", str(tmp_path)]
    assert main(arguments) == 1
    told = json.loads(capsys.readouterr().out)
    (entry,) = told["properties"]
    assert "silence" in entry["weakest"]
    assert entry["certain"]
    assert entry["faults"]["crash"]["follows_from"] in ("none", "silence")
    assert set(told["includes"]["byzantine"]) == set(told["faults"]) - {"byzantine"}
    written = sorted(tmp_path.iterdir())
    assert f"{tmp_path}/termination.silence.itf.json" in map(str, written)
    for path in written:
        trace = from_document(parse(path.read_text(encoding="utf-8")))
        assert replay(trace).departure is None
        assert path.name == f"termination.{trace.run.fault.name}.itf.json"


def test_an_asynchronous_network_ranks_no_crash_and_says_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["weakest", "-n", "3", "-f", "1", "--views", "1", "--property", "agreement"])
    told = capsys.readouterr().out
    assert status == 0
    assert "agreement  not broken" in told
    assert "add nothing to no fault for safety" in told
    assert "omission includes" not in told


def test_a_budget_that_runs_out_leaves_it_undetermined(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [*ROUNDS, "--property", "agreement", "--max-states", "3"]
    assert main(arguments) == 3
    told = capsys.readouterr().out
    assert "not broken (undetermined: " in told
    assert "stopped early: " in told


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-n", "3", "-f", "0"], "no fault to rank"),
        (["-n", "3", "-f", "1", "--trace-folder", "/nowhere"], "there is no folder"),
        (["-n", "3", "-f", "1", "--losses", "1"], "only the network lossy"),
        (["-n", "3", "-f", "1", "--network", "lossy", "--partition", "0,1"], "is no partition"),
        (["-n", "3", "-f", "1", "--max-seconds", "0"], "must be more than 0"),
    ],
)
def test_misuse_is_told_in_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weakest", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
