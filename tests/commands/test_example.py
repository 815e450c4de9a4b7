"""``poqi example``: the list, a verdict of three values, its scope, a run that can be read."""

import json
from pathlib import Path

import pytest

from checker.examples.catalogue import EXAMPLES
from poqi.errors import Exit
from poqi.main import main

GOLDEN = Path(__file__).parent.parent / "examples" / "golden"


def test_without_a_name_it_lists_every_example_with_its_parameters_and_mistakes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["example"]) == Exit.OK
    listed = capsys.readouterr().out
    for example in EXAMPLES:
        assert f"{example.name}: {example.summary}" in listed
        assert example.source in listed
        assert all(f"--{parameter.name} " in listed for parameter in example.parameters)
        assert all(f"--mistake {mistake} " in listed for mistake in example.mistakes)


def test_the_list_is_there_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example", "--json"]) == Exit.OK
    listed = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in listed["examples"]] == [one.name for one in EXAMPLES]
    (parameter,) = listed["examples"][0]["parameters"]
    assert (parameter["name"], parameter["default"]) == ("resource-managers", 3)


def test_what_holds_is_compared_with_what_others_have_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["example", "two-phase-commit"]) == Exit.OK
    *_, verdict, _, counts, published, scope = capsys.readouterr().out.splitlines()
    assert verdict == "consistency  holds"
    assert counts == "288 states, 1,145 transitions, full"
    assert published.startswith("others: 288 states, the same; TLC, manifest.json")
    assert scope.startswith("Scope: every run of two-phase-commit, 3 resource managers")


def test_a_count_of_all_placements_says_how_it_is_made_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["example", "reliable-broadcast"]) == Exit.OK
    assert "14,424 states, the same (8 times 1,803)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["--engine", "reduced"], ["--resource-managers", "4"], ["--mistake", "hasty"]],
    ids=" ".join,
)
def test_nothing_is_compared_where_nothing_is_published(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["example", "two-phase-commit", *arguments])
    assert "others: " not in capsys.readouterr().out


@pytest.mark.parametrize("engine", ["full", "reduced", "fast"])
def test_a_mistake_is_violated_and_its_shortest_run_is_shown(
    engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["example", "reliable-broadcast", "--mistake", "credulous", "--engine", engine]
    assert main(arguments) == Exit.VIOLATED
    printed = capsys.readouterr().out
    golden = (GOLDEN / "reliable-broadcast-credulous.txt").read_text(encoding="utf-8")
    assert golden.split("\n", 2)[2].strip() in printed
    assert "unforgeability is violated after 3 steps" in printed
    assert "unforgeability  violated in 3 steps" in printed
    assert "with the mistake credulous" in printed.splitlines()[-1]


def test_a_run_is_there_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example", "two-phase-commit", "--mistake", "hasty", "--json"]) == Exit.VIOLATED
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "violated"
    (result,) = found["results"]
    assert result["steps"] == len(result["run"]) == 5
    assert result["run"][0] == {
        "process": "resource manager 1",
        "event": "prepares",
        "sends": ["prepared"],
        "faulty": False,
    }
    assert found["scope"].startswith("Scope: every run of two-phase-commit with the mistake hasty")


def test_published_counts_are_there_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example", "paxos", "--json", "--engine", "fast"]) == Exit.OK
    published = json.loads(capsys.readouterr().out)["published"]
    assert published["states"] == published["counted"] == 3_921


def test_a_budget_that_runs_out_leaves_it_undetermined(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["example", "paxos", "--ballots", "3", "--max-states", "300"]
    assert main(arguments) == Exit.UNDETERMINED
    printed = capsys.readouterr().out
    assert "agreement  undetermined" in printed
    assert "every run of fewer than " in printed.splitlines()[-1]
    assert "steps (the budget of states ran out) of paxos" in printed.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["raft"], "invalid choice: 'raft'"),
        (["paxos", "--acceptors", "0"], "acceptors must be at least 1, not 0"),
        (["paxos", "--learners", "3"], "unrecognized arguments: --learners"),
        (["paxos", "--mistake", "hasty"], "invalid choice: 'hasty'"),
        (["paxos", "--max-seconds", "0"], "--max-seconds must be more than 0"),
        (["reliable-broadcast", "--faulty", "5"], "no 5 faulty processes among 4"),
    ],
)
def test_misuse_is_answered_by_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["example", *arguments]) == Exit.MISUSE
    printed = capsys.readouterr()
    assert not printed.out
    assert says in printed.err
    assert printed.err.count("\n") == 1


def test_help_names_the_source_and_the_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["example", "pbft", "--help"])
    printed = capsys.readouterr().out
    assert "Byzantizing Paxos by refinement" in printed
    assert "small-quorum: 2f replicas are a quorum" in printed
