"""``poqi simulate``: what it reports, what it hands over, and what it refuses."""

import json
from pathlib import Path

import pytest

from poqi.main import main

Capture = pytest.CaptureFixture[str]

BROKEN = "simulate -n 4 -f 1 --reading check_final=no --property decided-validity --seed 1"


def report(capsys: Capture, command: str) -> tuple[int, dict[str, object]]:
    status = main([*command.split(), "--json"])
    out, err = capsys.readouterr()
    assert err == ""
    whole: dict[str, object] = json.loads(out)
    del whole["seconds"]
    return status, whole


def only_result(found: dict[str, object]) -> dict[str, object]:
    results = found["results"]
    assert isinstance(results, list)
    result: dict[str, object]
    (result,) = results
    return result


def test_a_violation_is_handed_over_as_a_trace_that_replays_and_shrinks(
    capsys: Capture, tmp_path: Path
) -> None:
    """What is left has the ten steps of a shortest one (README)."""
    long, short = tmp_path / "long.itf.json", tmp_path / "short.itf.json"
    status, found = report(capsys, f"{BROKEN} --predictions ?AAB --runs 600 --trace {long}")
    assert status == 1
    assert found["verdict"] == "violated"
    result = only_result(found)
    assert result["trace"] == str(long)
    assert isinstance(result["steps"], int)
    assert result["steps"] > 10
    assert main(["replay", str(long)]) == 0
    assert f"replays on the core in {result['steps']} steps" in capsys.readouterr().out
    assert main(["shrink", str(long), "-o", str(short)]) == 0
    assert "violated in 10 steps instead of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "occurs"),
    [
        ("--network rounds --fault twins --property termination", "twin"),
        ("--network lossy --losses 2 --fault omission --property termination", "lost"),
        ("--network ordered --property termination", "Byzantine"),
        ("--network asynchronous --fault mutation --property termination", "changed"),
    ],
)
def test_what_any_fault_breaks_is_handed_over_and_replays(
    capsys: Capture, tmp_path: Path, arguments: str, occurs: str
) -> None:
    path = tmp_path / "out.itf.json"
    command = f"simulate -n 4 -f 1 --seed 1 --runs 20 {arguments} --trace {path}"
    assert main(command.split()) == 1
    assert occurs in capsys.readouterr().out
    assert main(["replay", str(path)]) == 0
    assert " is violated: " in capsys.readouterr().out
    assert main(["show", str(path)]) == 0
    assert "termination is violated after" in capsys.readouterr().out


def test_a_single_run_is_found_again_by_its_number(capsys: Capture) -> None:
    status, found = report(capsys, f"{BROKEN} --runs 600 --until-violated")
    assert status == 1
    result = only_result(found)
    status, again = report(capsys, f"{BROKEN} --first-run {result['run']} --runs 1")
    assert status == 1
    assert again["results"] == [result]


def test_finding_nothing_is_undetermined_whatever_was_tried(capsys: Capture) -> None:
    assert (
        main(
            [
                "simulate",
                "-n",
                "4",
                "-f",
                "1",
                "--property",
                "agreement",
                "--runs",
                "20",
                "--seed",
                "3",
            ]
        )
        == 3
    )
    out = capsys.readouterr().out
    assert out.startswith("agreement  undetermined: no violation was found\n")
    assert "seed 3: 20 runs, " in out
    assert out.endswith("finding nothing in them proves nothing.\n")
    assert "Scope: runs 0 to 19 of seed 3, drawn at random, of profile paper" in out


def test_the_report_is_the_same_with_one_worker_and_two(capsys: Capture) -> None:
    command = "simulate -n 5 -f 1 --profile literal --samples 2 --seed 4 --runs 40"
    assert report(capsys, f"{command} --workers 1") == report(capsys, f"{command} --workers 2")


def test_a_new_seed_is_drawn_and_told(capsys: Capture) -> None:
    _, one = report(capsys, "simulate -n 3 -f 0 --runs 1")
    _, other = report(capsys, "simulate -n 3 -f 0 --runs 1")
    assert one["seed"] != other["seed"]


def test_a_premise_that_never_occurs_is_told(capsys: Capture) -> None:
    command = "simulate -n 3 -f 0 --predictions ABB --property unanimity --runs 5 --seed 1"
    assert main(command.split()) == 3
    assert "undetermined: its premise never occurred\n" in capsys.readouterr().out


def test_a_run_that_no_trace_file_holds_is_told_by_its_number(
    capsys: Capture, tmp_path: Path
) -> None:
    """A hundred states of a hundred nodes, many times over."""
    command = "simulate -n 100 -f 33 --property termination --seed 1 --first-run 1 --runs 1"
    assert main([*command.split(), "--trace", str(tmp_path / "out.itf.json")]) == 1
    out = capsys.readouterr().out
    assert "run 1, which violates termination, is too long for a trace file" in out
    assert "--seed 1 --first-run 1 --runs 1 repeats it" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--runs 0", "--runs must be at least 1, not 0"),
        ("--first-run -1", "--first-run must be at least 0, not -1"),
        ("--workers 0", "--workers must be at least 1, not 0"),
        ("--max-seconds 0", "--max-seconds must be more than 0, not 0.0"),
        ("--property honesty", "there is no property 'honesty' to check"),
        ("--trace nowhere/out.itf.json", "there is no folder nowhere"),
    ],
)
def test_misuse_is_told_in_one_line(capsys: Capture, arguments: str, message: str) -> None:
    assert main(["simulate", "-n", "4", "-f", "1", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("poqi simulate: ")
    assert message in err
    assert err.count("\n") == 1
