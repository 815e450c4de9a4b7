"""``poqi evaluate`` from outside: its answers, and its one-line errors."""

import json
import os
import pty
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from poqi import step_progress
from poqi.commands import evaluate
from poqi.main import main

SAMPLES = 40


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four networks that are right in three of four samples each, never wrong together."""
    true = np.arange(SAMPLES) % 5
    (tmp_path / "outputs").mkdir()
    for node in range(4):
        labels = np.where(np.arange(SAMPLES) % 4 == node, (true + 1) % 5, true)
        np.save(tmp_path / "outputs" / f"net{node}.npy", 4.0 * np.eye(5)[labels])
    np.save(tmp_path / "labels.npy", true)
    return tmp_path


def _command(data: Path, *options: str) -> list[str]:
    where = ["--outputs", str(data / "outputs"), "--labels", str(data / "labels.npy")]
    return ["evaluate", *where, *options]


def test_the_plain_command(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_command(data)) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "40 samples of 5 classes, 4 nodes, network rounds, seed 0" in shown.out
    assert "f = 1 faults assumed: quorum 3 of 4 (2f+1); readings: profile paper" in shown.out
    # Three of four nodes are right about every sample, so each is decided, and rightly.
    assert "every honest node" in shown.out
    assert "decided by every honest node: consensus 40, experts 0" in shown.out
    (row,) = [line for line in shown.out.splitlines() if "net2" in line]
    assert row.split() == ["2", "net2", "75.00", *["100.00"] * 6]


def test_one_json_object(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--json", "--faulty-nodes", "3", "--seed", "5", "--network", "asynchronous")
    assert main(_command(data, *options, "--samples", "12")) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["samples"] == 12
    assert result["configuration"]["faulty_nodes"] == [3]
    assert result["configuration"]["seed"] == 5
    assert result["configuration"]["network"] == "asynchronous"
    assert result["accuracy"]["nodes"] == [0.75] * 4
    assert sum(result["decided_by"].values()) == 12


def test_readings_are_changed_by_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--profile", "literal", "--reading", "tie=lowest", "--reading", "q=1/2", "--json")
    assert main(_command(data, *options)) == 0
    configuration = json.loads(capsys.readouterr().out)["configuration"]
    assert configuration["profile"] == "literal"
    assert configuration["readings"]["tie"] == "lowest"
    assert configuration["readings"]["q"] == "1/2"
    assert configuration["readings"]["decide"] == "obey"


def test_which_file_became_which_node(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_command(data, "--nodes", "net3,net[01]", "--json")) == 0
    result = json.loads(capsys.readouterr().out)
    assert [output["name"] for output in result["outputs"]] == ["net3", "net0", "net1"]
    assert result["left_out"] == ["net2"]
    assert main(_command(data, "--exclude", "net0")) == 0
    assert "files that are no node: net0" in capsys.readouterr().out


def test_the_result_is_written_too(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = data / "result.json"
    assert main(_command(data, "--output", str(target), "--json")) == 0
    assert json.loads(target.read_text()) == json.loads(capsys.readouterr().out)
    assert sorted(path.name for path in data.iterdir()) == ["labels.npy", "outputs", "result.json"]


def test_one_sample_can_be_left_to_the_primary(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_command(data, "--reading", "decide=primary", "--samples", "1", "--json")) == 0
    by_node = json.loads(capsys.readouterr().out)["decided_by_node"]
    # Node 0 errs about sample 0 and is rejected; node 1 is the next primary.
    assert [node["consensus"] for node in by_node] == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--faulty-nodes", "4"], "faulty node 4 does not exist; the 4 nodes are 0 to 3"),
        (["--faulty-nodes", "0,1,2,3"], "all 4 nodes are faulty"),
        (["--faulty-nodes", "1,1"], "names a node twice"),
        (["--faulty-nodes", "1;2"], "--faulty-nodes takes node numbers, such as 3,5"),
        (["--assumed-faults", "4"], "f must be from 0 to 3"),
        (["--reading", "quorom=majority"], "there is no reading 'quorom'"),
        (["--reading", "quorum=all"], "reading quorum cannot be 'all'"),
        (["--reading", "quorum"], "is not of the form NAME=VALUE"),
        (["--reading", "q=1", "--reading", "q=2"], "--reading q is given twice"),
        (["--reading", "decide=primary"], "give --samples 1"),
        (["--samples", "0"], "there are 40 samples"),
        (["--samples", "41"], "there are 40 samples"),
        (["--amplitude", "0"], "the amplitude must be a positive number"),
        (["--seed", "-1"], "the seed must be a whole number from 0"),
        (["--nodes", "net9"], "node missing: nothing in"),
        (["--exclude", "*"], "is left out by *"),
        (["--outputs", "nowhere"], "there is no folder nowhere"),
        (["--labels", "nowhere.npy"], "there is no file nowhere.npy"),
        (["--output", "nowhere/result.json"], "there is no folder nowhere"),
        (["--output", "."], "it is a folder"),
    ],
)
def test_misuse_is_told_in_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert main(_command(data, *options)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert complaint in shown.err
    assert shown.err.startswith("poqi evaluate: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("name", ["labels.npy", "outputs/net1.npy"])
def test_data_that_do_not_fit(data: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    np.save(data / name, np.load(data / name)[:-1])
    assert main(_command(data)) == 2
    assert Path(name).name in capsys.readouterr().err


def test_a_terminal_shows_progress_of_a_long_run(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(_command(data)) == 0
    assert terminal.getvalue() == "", "the run is over before it is long"
    monkeypatch.setattr(step_progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(step_progress, "_PAUSE", 0.0)
    assert main(_command(data)) == 0
    assert "20 of 40 samples" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K"), "the line is taken away"
    assert capsys.readouterr().out.count("every honest node: consensus 40") == 2


def test_an_interrupt_leaves_nothing_behind(data: Path) -> None:
    """Ctrl-C once the progress line says that the run is under way."""
    many = 200_000
    for node in range(4):
        np.save(data / "outputs" / f"net{node}.npy", np.zeros((many, 5), dtype=np.float16))
    np.save(data / "labels.npy", np.zeros(many, dtype=np.int8))
    terminal, other_end = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "poqi", *_command(data, "--output", str(data / "result.json"))],
        stderr=other_end,
        cwd=Path(evaluate.__file__).parents[2],
    )
    os.close(other_end)
    shown = os.read(terminal, 4096)
    assert b"of 200,000 samples" in shown
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=20) == 130
    while b"interrupted" not in shown:
        shown += os.read(terminal, 4096)
    os.close(terminal)
    assert shown.endswith(b"\r\x1b[Kpoqi evaluate: interrupted; nothing was written\r\n")
    assert sorted(path.name for path in data.iterdir()) == ["labels.npy", "outputs"]
