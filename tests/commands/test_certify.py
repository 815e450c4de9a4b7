"""``poqi certify`` from outside: its table, one sample with its trace, and its one-line errors."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from poqi.main import main

SAMPLES = 12


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four networks: all right on sample 0 to 3, then one more of them wrong every four samples."""
    true = np.arange(SAMPLES) % 3
    (tmp_path / "outputs").mkdir()
    for node in range(4):
        labels = np.where(np.arange(SAMPLES) // 4 > node, (true + 1) % 3, true)
        np.save(tmp_path / "outputs" / f"net{node}.npy", 4.0 * np.eye(3)[labels])
    np.save(tmp_path / "labels.npy", true)
    return tmp_path


def command(data: Path, *options: str) -> list[str]:
    where = ["--outputs", str(data / "outputs"), "--labels", str(data / "labels.npy")]
    return ["certify", *where, *options]


def test_every_method_has_a_row_and_the_last_line_is_the_scope(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(data, "-f", "1")) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    rows = {line[:24].strip(): line[24:].split() for line in shown.out.splitlines()}
    # Four alike: nothing else can be decided.  One wrong: if it is honest, the two others and
    # it make no quorum of three without the faulty node, which can help either side.
    assert rows["PoQI, paper"][3] == "100.00", "a silent primary blocks everybody"
    literal = ["0.00", "100.00", "100.00", "100.00", "0.00"]
    assert rows["PoQI, literal"] == literal, "obeys a faulty primary, and waits for a silent one"
    assert rows["PoQI, hardened"][2:4] == ["0.00", "0.00"], "agrees, and ends"
    # Two against two is a tie, which the lowest label wins: the true one in three of four samples.
    assert rows["majority voting"][0] == f"{100 * (4 + 3) / 12:.2f}"
    assert shown.out.splitlines()[-1] == (
        "Scope: 12 samples of 4 nodes with quorums for f=1, every choice of 1 faulty node (4), "
        "free to do anything, every start view, every schedule of the asynchronous network, each "
        "sample by itself through all views up to a conflict."
    )


def test_the_figures_of_one_choice_of_faulty_nodes_as_json(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("-f", "1", "--faulty-nodes", "0", "--profile", "paper", "--json")
    assert main(command(data, *options)) == 0
    result = json.loads(capsys.readouterr().out)
    paper, majority, average = result["methods"]
    assert [entry["method"] for entry in (paper, majority, average)] == [
        "PoQI, paper",
        "majority voting",
        "weighted average",
    ]
    (placement,) = paper["placements"]
    assert placement["faulty"] == [0]
    # On the first eight samples the three honest nodes are right; on the last four one is not.
    assert placement["certified"] == pytest.approx(8 / 12)
    assert placement["breakable"] == pytest.approx(4 / 12)
    assert majority["placements"][0]["breakable"] == pytest.approx(2 / 12), "two ties are won"
    assert placement["blocked"] == 1
    assert majority["placements"][0]["blocked"] is None


def test_what_cannot_be_certified_is_undetermined(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("-f", "1", "--profile", "paper", "--reading", "late_messages=yes")
    assert main(command(data, *options)) == 3
    out = capsys.readouterr().out
    assert "PoQI, paper              undetermined: with late_messages=yes messages of an" in out
    assert "majority voting" in out


@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_a_sample_is_shown_by_a_trace_that_replays(
    data: Path, capsys: pytest.CaptureFixture[str], network: str
) -> None:
    """Sample 8: two networks are wrong, so a faulty one can help them to a quorum."""
    trace = data / "out.itf.json"
    options = ("-f", "1", "--sample", "8", "--trace", str(trace), "--network", network)
    assert main(command(data, *options)) == 0
    out = capsys.readouterr().out
    assert "sample 8, true label 2" in out
    assert "node 0 net0                 answers 0" in out
    assert main(["replay", str(trace)]) in (0, 1)
    assert "replays on the core" in capsys.readouterr().out
    assert main(command(data, *options, "--json")) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["truth"] == 2
    assert len(result["placements"]) == 4
    assert any(placement["breakable"] for placement in result["placements"])
    assert f'"{network}"' in trace.read_text()
    assert result["worst"]["trace"] == str(trace)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["-f", "4"], "-f must be from 0 to 3, not 4"),
        (["-f", "1", "--faulty-nodes", "7"], "there is no node 7; the nodes are 0 to 3"),
        (["-f", "1", "--faulty-nodes", "0,1,2,3"], "every node is faulty"),
        (["-f", "1", "--faulty-nodes", "x"], "takes node numbers"),
        (["-f", "1", "--sample", "12"], "there is no sample 12; the samples are 0 to 11"),
        (["-f", "1", "--trace", "x"], "name it with --sample"),
        (["-f", "1", "--outputs", "nowhere"], "there is no folder nowhere"),
        (["-f", "1", "--outputs", __file__], "is no file of outputs"),
        (["-f", "1", "--start-view", "-1"], "--start-view must be 0 or more"),
        (["-f", "1", "--reading", "quorum=none"], "quorum"),
        (["-f", "1", "--profile", "synchronous"], "invalid choice"),
    ],
)
def test_misuse_is_told_in_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert main(command(data, *options)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("poqi certify: ")
    assert complaint in shown.err
    assert shown.err.count("\n") == 1


def test_ctrl_c_while_workers_are_busy_says_one_line() -> None:
    """Once the progress line says that they are; the whole takes minutes."""
    terminal, other_end = pty.openpty()
    asked = ["certify", "-f", "1", "--network", "rounds", "--profile", "paper", "--workers", "2"]
    run = subprocess.Popen(
        [sys.executable, "-m", "poqi", *asked], stderr=other_end, start_new_session=True
    )
    os.close(other_end)
    shown = os.read(terminal, 4096)
    assert b"patterns" in shown
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(timeout=20) == 130
    while b"interrupted" not in shown:
        shown += os.read(terminal, 4096)
    os.close(terminal)
    assert b"Traceback" not in shown
    assert shown.endswith(b"\r\x1b[Kpoqi certify: interrupted; nothing was written\r\n")
