"""``poqi sweep``: the matrix, the table, the picture, and going on after being killed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checker.verdict import Verdict
from poqi.errors import CommandError
from poqi.main import main
from poqi.sweep import local_workers, store
from poqi.sweep.description import Sweep, axes_of_options, read_description, sweep_of_options
from poqi.sweep.expected import COLUMNS
from poqi.sweep.heat_map import HeatMap, Mark, as_svg, heat_map
from poqi.sweep.job import Job, JobResult, do_job
from poqi.sweep.table import Finished, Row, rows_of

Capture = pytest.CaptureFixture[str]

SMALL = """\
title = "Small"
nodes = [2, 3]
faulty = 0
byzantine = "none"
views = 1
network = ["asynchronous", "rounds"]
property = ["agreement", "decided-validity"]

[[block]]
reading = ["", "quorum=majority"]

[[block]]
profile = "literal"
predictions = "AAB"
nodes = 3
"""
"""Ten jobs of two cells each."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def described(text: str, tmp_path: Path) -> Sweep:
    path = tmp_path / "described.toml"
    path.write_text(text, encoding="utf-8")
    return read_description(path, {})


def table_of(folder: Path) -> list[dict[str, str]]:
    """The table, less what varies from run to run."""
    with (folder / "table.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        del row["seconds"]
    return rows


def test_every_combination_of_the_axes_is_a_command_of_its_own(small: Path) -> None:
    sweep = read_description(small, {})
    assert sweep.title == "Small"
    assert len(sweep.jobs) == 10
    assert sweep.jobs[1].command == (
        "poqi check --nodes 2 --faulty 0 --byzantine none --views 1 --network asynchronous "
        "--reading quorum=majority --property agreement --property decided-validity"
    )
    assert sweep.varying == ("nodes", "network", "reading", "profile", "predictions")


def test_what_two_blocks_ask_is_asked_once(tmp_path: Path) -> None:
    text = "nodes = 3\nfaulty = 0\n[[block]]\nviews = [1, 2]\n[[block]]\nviews = [2, 3]\n"
    commands = [job.command for job in described(text, tmp_path).jobs]
    assert len(commands) == len(set(commands)) == 3


def test_options_describe_a_sweep_as_a_file_does() -> None:
    options = ["n=3,4", "f=0", "predictions=AAB", "predictions=ABB,AAA", "reading=,latch=no"]
    axes = axes_of_options(options)
    assert axes["predictions"] == ("AAB", "ABB,AAA")
    assert axes["nodes"] == ("3", "4")
    sweep = sweep_of_options({**axes, "nodes": ("3",)})
    assert len(sweep.jobs) == 4
    assert sweep.jobs[3].arguments == [
        *["--nodes", "3", "--faulty", "0", "--predictions", "ABB,AAA", "--reading", "latch=no"]
    ]


def test_a_cell_is_what_its_own_command_finds(small: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["sweep", str(small), "-o", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Small: 20 cells of 10 jobs: ")
    rows = table_of(tmp_path / "out")
    assert len(rows) == 20
    for row in rows[::4]:
        words = row["command"].replace("'", "").split()[2:]
        status = main(["check", *words, "--json"])
        (result,) = json.loads(capsys.readouterr().out)["results"]
        assert result["property"] == row["property"]
        assert result["verdict"] == row["verdict"]
        assert result["steps"] == (int(row["steps"]) if row["steps"] else None)
        assert status == {"holds": 0, "violated": 1}[row["verdict"]]
    assert {row["verdict"] for row in rows} == {"holds", "violated"}


def test_the_tables_say_the_same(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert main(["sweep", str(small), "-o", str(folder)]) == 0
    cells = json.loads((folder / "table.json").read_text(encoding="utf-8"))["cells"]
    with (folder / "table.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [
        {name: "" if value is None else str(value) for name, value in cell.items()}
        for cell in cells
    ] == rows
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as stream:
        expected = list(csv.DictReader(stream))
    assert expected == [{name: row[name] for name in COLUMNS} for row in rows]
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.read_table(folder / "table.parquet").to_pylist() == cells


def killed_sweep(small: Path, folder: Path, after: int) -> int:
    """Start a sweep, kill it when so many jobs are on disk, and say how many were."""
    process = subprocess.Popen(
        [sys.executable, "-m", "poqi", "sweep", str(small), "-o", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and len(list(folder.glob("jobs/*.json"))) < after:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return len(list(folder.glob("jobs/*.json")))


def test_a_sweep_that_is_killed_loses_nothing_and_counts_nothing_twice(
    small: Path, tmp_path: Path, capsys: Capture
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["sweep", str(small), "-o", str(whole)]) == 0
    done = [killed_sweep(small, killed, after) for after in (1, 4, 7)]
    assert 1 <= done[0] <= done[1] <= done[2]
    assert done[0] < 10
    capsys.readouterr()
    assert main(["sweep", str(small), "-o", str(killed), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["done_before"] == done[2]
    assert report["done"] == report["jobs"] == 10
    assert table_of(killed) == table_of(whole)
    assert not list(killed.glob("jobs/.*"))


def test_what_is_on_disk_counts_only_if_it_is_whole_and_of_this_program(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job, other, *_) = read_description(small, {}).jobs
    kept = store.Store(tmp_path / "out")
    result = do_job(job)
    kept.save(job, result)
    assert kept.load(job) == result
    assert kept.load(other) is None
    (file,) = (tmp_path / "out" / "jobs").iterdir()
    text = file.read_text(encoding="utf-8")
    for damaged in (text[:-20], text.replace("agreement", "agreemint", 1), "[]", ""):
        file.write_text(damaged, encoding="utf-8")
        assert kept.load(job) is None
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(store, "program_digest", lambda: "another")
    assert store.Store(tmp_path / "out").load(job) is None
    file.with_name(".left.json.abc").write_text("half", encoding="utf-8")
    store.Store(tmp_path / "out")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_cell_that_ran_out_is_undetermined_until_it_may_use_more(
    tmp_path: Path, capsys: Capture
) -> None:
    command = ["sweep", "--vary", "n=4", "--vary", "f=1", "--vary", "predictions=?AAB"]
    command += ["--vary", "views=2", "--vary", "property=agreement", "-o", str(tmp_path / "out")]
    assert main([*command, "--max-states", "5"]) == 3
    assert "1 cells of 1 jobs: 0 hold, 0 violated, 1 undetermined" in capsys.readouterr().out
    assert main([*command, "--max-states", "5"]) == 3
    assert "1 jobs had been done before" in capsys.readouterr().out
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "1 hold" in out
    assert "done before" not in out


def test_a_worker_that_dies_leaves_its_job_undone(
    small: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(job: Job) -> JobResult:
        if "rounds" in job.command:
            os._exit(9)
        if "majority" in job.command:
            raise RuntimeError("out of luck")
        return do_job(job)

    monkeypatch.setattr(local_workers, "do_job", dies)
    assert main(["sweep", str(small), "-o", str(tmp_path / "out")]) == 3
    out = capsys.readouterr().out
    assert out.count("no result: ") == 7
    assert out.count(": its process ended with status 9\n") == 5
    assert out.count(": RuntimeError: out of luck\n") == 2
    assert "Scope: 3 of 10 poqi check commands were answered" in out
    monkeypatch.undo()
    assert main(["sweep", str(small), "-o", str(tmp_path / "out")]) == 0
    assert "3 jobs had been done before" in capsys.readouterr().out


def test_one_folder_takes_one_sweep_at_a_time(small: Path, tmp_path: Path) -> None:
    sweep = [sys.executable, "-m", "poqi", "sweep", str(small), "-o", str(tmp_path / "out")]
    with store.Store(tmp_path / "out").locked():
        second = subprocess.run(sweep, capture_output=True, text=True)
    assert second.returncode == 2
    assert "another sweep is at work in" in second.stderr


def test_a_worker_that_outlives_its_sweep_does_not_keep_the_folder(tmp_path: Path) -> None:
    kept = store.Store(tmp_path / "out")
    busy, enough = os.pipe()
    sweep = os.fork()
    if sweep == 0:
        with kept.locked():
            if os.fork() == 0:
                os.close(enough)
                os.read(busy, 1)
            os._exit(0)
    os.waitpid(sweep, 0)
    with kept.locked():
        os.close(enough)
    os.close(busy)


def test_a_cell_that_is_not_as_expected_is_told(
    small: Path, tmp_path: Path, capsys: Capture
) -> None:
    folder, expected = tmp_path / "out", tmp_path / "expected.csv"
    command = ["sweep", str(small), "-o", str(folder), "--expect", str(expected)]
    assert main(command[:4]) == 0
    text = (folder / "expected.csv").read_text(encoding="utf-8")
    expected.write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(command) == 0
    assert "every cell is as expected" in capsys.readouterr().out
    expected.write_text(text.replace("agreement,holds", "agreement,violated", 1), encoding="utf-8")
    assert main(command) == 1
    out = capsys.readouterr().out
    assert "1 cells are not as expected:\n" in out
    assert ": agreement: violated -> holds\n" in out
    expected.write_text("verdict\nholds\n", encoding="utf-8")
    assert main(command) == 2
    assert "is no table of a sweep: a row has no command" in capsys.readouterr().err


def text_of(svg: ElementTree.Element) -> Iterator[str]:
    return ("".join(element.itertext()) for element in svg.iter() if element.tag.endswith("}text"))


def test_the_picture_has_every_cell(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert main(["sweep", str(small), "-o", str(folder)]) == 0
    svg = ElementTree.parse(folder / "heat_map.svg").getroot()
    texts = list(text_of(svg))
    assert texts[0] == "Small"
    assert "N=3, rounds, literal, AAB" in texts
    assert {"agreement", "decided-validity"} <= set(texts)
    marks = [text for text in texts if text in "✓∅?–" or text.isdigit()]
    assert len(marks) == 20 + 5  # and the legend
    pytest.importorskip("matplotlib")
    assert (folder / "heat_map.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_any_option_can_make_the_columns(small: Path) -> None:
    sweep = read_description(small, {})
    rows = rows_of(sweep, [Finished(job, do_job(job)) for job in sweep.jobs])
    picture = heat_map(sweep, rows, ("network",), "Scope: all.")
    assert picture.columns == ("asynchronous", "rounds")
    assert len(picture.rows) == 10
    squeezed = heat_map(sweep, rows, ("property", "network"), "Scope: all.")
    assert len(squeezed.columns) == 4


def test_where_cells_share_a_place_the_shortest_violation_shows() -> None:
    sweep = sweep_of_options({"nodes": ("3",), "faulty": ("0",), "views": ("1", "2")})
    found = ((Verdict.HOLDS, None), (Verdict.VIOLATED, 12), (Verdict.VIOLATED, 7))
    rows: list[Row] = [
        {"property": "agreement", "verdict": verdict.value, "vacuous": False, "steps": steps}
        for verdict, steps in found
    ]
    picture = heat_map(sweep, rows, ("property",), "Scope: all.")
    assert picture.marks == ((Mark("violated", "7"),),)


def test_a_label_is_text_whatever_it_is() -> None:
    picture = HeatMap("<&>", ("a < b",), ('"c"',), ((Mark("holds", "✓"),),), "Scope: <none>.")
    texts = list(text_of(ElementTree.fromstring(as_svg(picture))))
    assert {"<&>", "a < b", '"c"', "Scope: <none>."} <= set(texts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes = 4", "the following arguments are required: -f/--faulty"),
        ("nodes = 4\nfaulty = 1\ncolour = 'red'", "unrecognized arguments: --colour red"),
        ("nodes = 4\nfaulty = 9", "f must be from 0 to 3, not 9"),
        ("nodes = 4\nfaulty = 1\ntrace = 'x'", "trace is no part of a question"),
        ("nodes = []\nfaulty = 1", "nodes has no value"),
        ("nodes = [true]\nfaulty = 1", "nodes is True, but must be a text"),
        ("nodes = 4\nfaulty = 1\nmax-seconds = [1, 2]", "max-seconds must be one number"),
        ("nodes = 4\nfaulty = 1\nmax-states = 0", "max-states must be more than 0"),
        ("nodes = ", "is no TOML: "),
        ("block = 3", "write a block as a table [[block]]"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(CommandError) as refused:
        described(text, tmp_path)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "name a description, or an axis"),
        ("--vary nodes", "is not of the form NAME=VALUE,VALUE"),
        ("nowhere.toml", "cannot read nowhere.toml"),
        ("--vary n=3 --vary f=0 --workers 0", "--workers must be at least 1, not 0"),
        ("--vary n=2 --vary f=0 --vary views=1 --columns colour", "has no option 'colour'"),
    ],
)
def test_misuse_is_told_in_one_line(
    tmp_path: Path, capsys: Capture, arguments: str, message: str
) -> None:
    assert main(["sweep", *arguments.split(), "-o", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.long
def test_a_ray_cluster_finds_what_this_machine_finds(small: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    here, there = tmp_path / "here", tmp_path / "there"
    assert main(["sweep", str(small), "-o", str(here)]) == 0
    assert main(["sweep", str(small), "-o", str(there), "--ray", "local"]) == 0
    assert table_of(there) == table_of(here)


def test_a_cluster_that_is_not_there_is_told_at_once(
    small: Path, tmp_path: Path, capsys: Capture
) -> None:
    pytest.importorskip("ray")
    command = ["sweep", str(small), "-o", str(tmp_path / "out"), "--ray", "127.0.0.1:1"]
    assert main(command) == 2
    err = capsys.readouterr().err
    assert err.startswith("poqi sweep: no Ray cluster answers at 127.0.0.1:1: ")
    assert err.count("\n") == 1
