"""``poqi tables`` from outside: the tables, killed runs that go on, errors."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from poqi.commands import tables
from poqi.main import main
from runner import experiment
from runner.experiment_results import entry, items, number
from runner.json_values import Json
from runner.outputs import softmax
from runner.outputs_file import OutputsFile, rounded, write_outputs
from runner.published import TABLE_I, TABLE_II, faulty_nodes

NAMES = ("resnet20", "resnet32", "vgg11", "vgg16")


@pytest.fixture(autouse=True)
def _in_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two amplitudes and no plots; those have tests of their own."""
    monkeypatch.setattr(experiment, "AMPLITUDES", (1.0, 100.0))
    monkeypatch.setattr(tables, "can_plot", lambda: False)


def outputs(path: Path, samples: int = 30) -> Path:
    """Four networks, each right about nine samples of ten or so."""
    generator = np.random.default_rng(0)
    true = generator.integers(5, size=samples)
    logits = 2.0 * generator.standard_normal((4, samples, 5))
    logits[:, np.arange(samples), true] += 4.0
    vectors = np.stack([rounded(softmax(node)) for node in logits])
    write_outputs(path, OutputsFile(NAMES, vectors, true, {}))
    return path


def command(folder: Path, *options: str) -> list[str]:
    file = folder / "cifar10.npz"
    if not file.exists():
        outputs(file)
    data = ["--data-set", "cifar10", "--cifar10", str(file), "--output", str(folder / "out")]
    return ["tables", *data, "--jobs", "1", *options]


SMALL = ("--rule", "paper", "--attack", "random", "--faulty", "0,1", "--seeds", "2")


def results(folder: Path) -> dict[str, Json]:
    """Every run that is kept, without what a clock says."""
    kept = {}
    for path in sorted((folder / "out" / "runs").iterdir()):
        result = json.loads(path.read_text())
        for timed in ("seconds", "protocol_seconds"):
            result.pop(timed, None)
        kept[path.name] = result
    return kept


def test_the_tables_of_the_paper_beside_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tmp_path, *SMALL)) == 0
    shown = capsys.readouterr()
    assert shown.err == "poqi tables: plots need matplotlib: pip install 'poqi[pictures]'\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "report.html",
        "runs",
        "tables.json",
        "tables.md",
    ]
    assert shown.out.strip() == (tmp_path / "out" / "tables.md").read_text().strip()
    rows = [[cell.strip() for cell in line.split("|")] for line in shown.out.splitlines()]
    (own,) = [row for row in rows if row[1:2] == ["ResNet 20"]]
    assert own[4] == "92.18", "the paper's"
    vectors = np.load(tmp_path / "cifar10.npz")
    right = (vectors["vectors"].argmax(axis=-1) == vectors["labels"]).mean(axis=1)
    assert own[5] == f"{100 * right[0]:.2f}", "ours"
    assert own[7] == "not measured here", "SVHN"
    mine = [row for row in rows if row[1:3] == ["PoQI, paper", "here"]]
    assert [row[6] for row in mine if row[6] == "-"] == ["-"], "N4 is faulty in one block"
    assert "quorum 3 of 4 (Cifar-10), f = (N-1)/3; lock-step rounds" in shown.out
    assert "Weights of the weighted average: each network's own accuracy" in shown.out


def test_plots_are_written_if_they_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.undo()
    assert main(command(tmp_path, *SMALL)) == 0
    assert capsys.readouterr().err == ""
    pictures = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    kinds = ("accuracy", "amplitude", "decisions", "rewards")
    assert pictures == [f"cifar10-{kind}.png" for kind in kinds]


def test_a_figure_is_the_mean_over_seeds_with_its_deviation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(tmp_path, *SMALL, "--json")) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((tmp_path / "out" / "tables.json").read_text())
    (table,) = [table for table in document["tables"] if "1 faulty node (N4)" in table["title"]]
    (row,) = [row for row in table["rows"] if row[0] == "Majority Voting"]
    runs = [run for run in document["runs"] if run["faulty"] == [3] and "rule" in run]
    assert [run["seed"] for run in runs] == [0, 1]
    kept = results(tmp_path)
    by_seed = [
        number(entry(items(entry(entry(kept[run["file"]], "accuracy"), "by_node"))[0], "majority"))
        for run in runs
    ]
    mean, spread = np.mean(by_seed), np.std(by_seed, ddof=1)
    assert row[2] == f"{100 * mean:.2f} ± {100 * spread:.2f}"


def test_runs_are_repeated_bit_for_bit(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        assert main(command(folder, *SMALL)) == 0
    first, second = results(one), results(other)
    for result in (*first.values(), *second.values()):
        assert isinstance(result, dict)
        result.pop("outputs", None)
        result.pop("labels", None)
    assert first == second
    assert len(first) == 3 + 2, "one without faults, two seeds, two amplitudes"


def test_what_is_done_is_not_done_again_and_a_damaged_run_is(tmp_path: Path) -> None:
    assert main(command(tmp_path, *SMALL)) == 0
    runs = sorted((tmp_path / "out" / "runs").iterdir())
    runs[0].write_text('{"task": {"data_set"')
    before = {path: path.stat().st_mtime_ns for path in runs}
    page = (tmp_path / "out" / "tables.md").read_text()
    assert main(command(tmp_path, *SMALL)) == 0
    changed = [path for path in runs if path.stat().st_mtime_ns != before[path]]
    assert changed == runs[:1]
    assert (tmp_path / "out" / "tables.md").read_text() == page


def test_other_outputs_are_other_runs(tmp_path: Path) -> None:
    assert main(command(tmp_path, *SMALL)) == 0
    assert main(command(tmp_path, *SMALL, "--samples", "20")) == 0
    assert len(results(tmp_path)) == 2 * 5


def test_after_kill_9_the_same_command_goes_on(tmp_path: Path) -> None:
    outputs(tmp_path / "cifar10.npz", 30)
    options = ("--rule", "paper", "--attack", "random", "--faulty", "0,1,2", "--seeds", "1")
    program = [sys.executable, "-m", "poqi", *command(tmp_path, *options, "--jobs", "2")]
    process = subprocess.Popen(
        program, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    kept = tmp_path / "out" / "runs"
    deadline = time.monotonic() + 60
    while not list(kept.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    while any(map(_runs, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(_runs, workers)), "no process of it goes on"
    done = {path: path.read_bytes() for path in kept.glob("*.json")}
    assert done
    assert all(json.loads(content) for content in done.values()), "nothing half-written"
    assert not (tmp_path / "out" / "tables.md").exists()
    assert main(command(tmp_path, *options)) == 0
    assert all(path.read_bytes() == content for path, content in done.items())
    assert not list(kept.glob(".*")), "nothing of the killed process is left"
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    (undisturbed / "cifar10.npz").write_bytes((tmp_path / "cifar10.npz").read_bytes())
    assert main(command(undisturbed, *options)) == 0
    pages = [(folder / "out" / "tables.md").read_text() for folder in (tmp_path, undisturbed)]
    assert pages[0] == pages[1]


def _runs(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_several_processes_come_to_the_same(tmp_path: Path) -> None:
    assert main(command(tmp_path, *SMALL)) == 0
    page = (tmp_path / "out" / "tables.md").read_text()
    assert main(command(tmp_path, *SMALL, "--jobs", "2", "--output", str(tmp_path / "two"))) == 0
    assert (tmp_path / "two" / "tables.md").read_text() == page


def test_the_tables_go_into_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- tables -->\nold\n<!-- end -->\nafter\n")
    assert main(command(tmp_path, *SMALL, "--update", str(page))) == 0
    text = page.read_text()
    assert text.startswith("before\n<!-- tables -->\n- cifar10: 30 samples")
    assert text.endswith("<!-- end -->\nafter\n")
    assert "old" not in text
    page.write_text("no marks")
    assert main(command(tmp_path, *SMALL, "--update", str(page))) == 2
    assert "must have <!-- tables --> and <!-- end --> once" in capsys.readouterr().err
    assert page.read_text() == "no marks"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--cifar10", "nowhere.npz"], "there is no file nowhere.npz"),
        (["--samples", "31"], "there are 30 samples"),
        (["--rule", "papers"], "begins with no profile; the profiles are paper"),
        (["--rule", "paper,quorum"], "is not of the form NAME=VALUE"),
        (["--rule", "paper,quorum=all"], "reading quorum cannot be 'all'"),
        (["--faulty", "1;2"], "--faulty takes numbers of nodes"),
        (["--seeds", "0"], "--seeds and --jobs must be 1 or more"),
        (["--data-set", "svhn"], "no outputs come with PoQI for svhn; name a file: --svhn"),
    ],
)
def test_misuse_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert main(command(tmp_path, *SMALL, *options)) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


def test_a_damaged_file_and_one_of_another_shape_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = outputs(tmp_path / "cifar10.npz")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert main(command(tmp_path, *SMALL)) == 2
    assert "is no NumPy file, or a damaged one" in capsys.readouterr().err
    good = dict(np.load(outputs(file)))
    np.savez(file, **{**good, "vectors": good["vectors"][0]})
    assert main(command(tmp_path, *SMALL)) == 2
    assert "must be float16 of shape (nodes, samples, classes)" in capsys.readouterr().err
    np.savez(file, **{**good, "vectors": good["vectors"][:, :, :3]})
    assert main(command(tmp_path, *SMALL)) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out" / "tables.md").exists()


def test_the_published_figures_fit_each_other() -> None:
    """Table II begins with the CIFAR-10 figures of Table I; a faulty node has none."""
    for method, figures in TABLE_II[0].accuracy.items():
        assert set(figures) == {TABLE_I["cifar10"][method]}
    for block in TABLE_II:
        for figures in block.accuracy.values():
            assert tuple(n for n, f in enumerate(figures) if f is None) == block.faulty
        assert faulty_nodes(block.data_set, 7, len(block.faulty)) == block.faulty
    assert faulty_nodes("fashion_mnist", 5, 2) == (2, 4)
    assert faulty_nodes("cifar10", 7, 3) == (0, 3, 6)
    assert len(faulty_nodes("cifar10", 3, 9)) == 3
