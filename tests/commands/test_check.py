"""``poqi check``: what it reports, what it writes, and what it refuses.

The lengths expected here are counted by hand in the comments beside them.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from checker.sweep import Progress
from poqi.main import main

Capture = pytest.CaptureFixture[str]


def words(text: str) -> list[str]:
    return text.split()


class Finding(NamedTuple):
    verdict: str
    steps: int | None
    vacuous: bool


def ask(capsys: Capture, *arguments: str) -> tuple[int, dict[str, object]]:
    status = main(["check", *arguments, "--json"])
    out, err = capsys.readouterr()
    assert err == ""
    answer: dict[str, object] = json.loads(out)
    return status, answer


def findings(answer: Mapping[str, object]) -> dict[str, Finding]:
    results = answer["results"]
    assert isinstance(results, list)
    return {
        result["property"]: Finding(result["verdict"], result["steps"], result["vacuous"])
        for result in results
    }


def only_result(answer: Mapping[str, object]) -> dict[str, object]:
    results = answer["results"]
    assert isinstance(results, list)
    result: dict[str, object]
    (result,) = results
    return result


def only(capsys: Capture, *arguments: str) -> tuple[int, Finding]:
    """The exit status and the finding of a command that asks for one property."""
    status, answer = ask(capsys, *arguments)
    (finding,) = findings(answer).values()
    return status, finding


def test_five_nodes_can_be_split_by_a_faulty_primary(capsys: Capture) -> None:
    """With N = 5 and f = 1 two quorums of three have nobody but the faulty node in common.

    For each half: the decider classifies and hears pre-prepare and prepare of the primary (3);
    the other classifies, hears both and the decider's prepare, and commits (4); the decider
    hears its prepare and two commits (3).  That is 10, and twice 10 for both halves.
    """
    command = words("check --profile paper --nodes 5 --faulty 1 --property agreement")
    status = main([*command, *words("--predictions ?AABB --views 1")])
    out, err = capsys.readouterr()
    assert status == 1
    assert err == ""
    assert "agreement  violated in 20 steps, predictions ?AABB, node 0 Byzantine\n" in out
    last = out.splitlines()[-1]
    assert last.startswith("Scope: every run of profile paper, N=5 with quorums for f=1, ")
    assert "asynchronous network (the paper assumes synchrony)" in last
    assert "predictions ?AABB, node 0 Byzantine free to equivocate" in last
    assert last.endswith("1 sample from view 0, 1 view a sample.")


def test_quorums_that_intersect_in_an_honest_node_cannot_be_split(capsys: Capture) -> None:
    """More than (N + f) / 2: two quorums of four among five share three, so two honest nodes."""
    arguments = words("-n 5 -f 1 --predictions ?AABB --views 1 --property agreement")
    status, finding = only(capsys, *arguments, "--reading", "quorum=intersecting")
    assert (status, finding.verdict) == (0, "holds")


def test_the_second_command_of_the_issue(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "out.itf.json"
    status, answer = ask(
        capsys,
        *words("-n 4 -f 1 --byzantine 0 --predictions ?AAB --views 2 --samples 1"),
        *("--reading", "check_final=no", "--trace", str(path)),
    )
    assert status == 1
    assert set(answer) >= {
        *("verdict", "results", "states", "transitions", "seconds", "scope", "schema")
    }
    assert answer["verdict"] == "violated"
    scope = answer["scope"]
    assert isinstance(scope, str)
    assert "profile paper, check_final=no, N=4" in scope
    assert "2 views a sample" in scope

    results = answer["results"]
    assert isinstance(results, list)
    found = {result["property"]: result for result in results}
    for result in results:
        assert set(result) >= {
            *("property", "verdict", "steps", "predictions", "byzantine", "trace")
        }
    # A decider and another node that agrees suffice, by the ten steps of one half (see above).
    assert found["decided-validity"]["steps"] == 10
    assert found["decided-validity"]["predictions"] == "?AAB"
    assert found["decided-validity"]["byzantine"] == [0]
    assert found["decided-validity"]["trace"] == str(path)
    # The primary never speaks: the three honest nodes classify, and nothing is left to do.
    assert found["termination"]["steps"] == 3
    # Quorums of three among four share an honest node, which commits once a view; a node that
    # has decided has finished its only sample.
    assert found["integrity"]["verdict"] == "holds"
    assert found["unanimity"]["verdict"] == "holds"
    assert found["unanimity"]["vacuous"] is True


def test_every_trace_that_is_written_replays_to_its_violation(
    capsys: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "out.itf.json"
    _, answer = ask(
        capsys,
        *words("-n 4 -f 1 --predictions ?AAB --views 1 --reading check_final=no"),
        *("--trace", str(path)),
    )
    results = answer["results"]
    assert isinstance(results, list)
    written = {result["trace"]: result for result in results if result["trace"]}
    assert {Path(name) for name in written} == set(tmp_path.iterdir())
    assert str(path) in written
    assert len(written) == sum(result["verdict"] == "violated" for result in results) > 1
    for name, result in written.items():
        assert main(["replay", name, "--json"]) == 0
        replayed = json.loads(capsys.readouterr().out)
        assert replayed["property"] == result["property"]
        assert replayed["steps"] == result["steps"]
        assert replayed["conjunct"] == result["conjunct"]
        assert main(["show", name]) == 0
        assert capsys.readouterr().out.startswith(f"{result['property']} is violated")


def test_the_same_command_writes_the_same_trace(capsys: Capture, tmp_path: Path) -> None:
    arguments = words("-n 4 -f 1 --predictions ?AAB --views 1 --reading check_final=no")
    texts = []
    for number in range(2):
        path = tmp_path / f"{number}.itf.json"
        ask(capsys, *arguments, "--property", "decided-validity", "--trace", str(path))
        states = json.loads(path.read_text(encoding="utf-8"))["states"]
        texts.append(json.dumps(states))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_a_faulty_primary_decides_a_label_that_nobody_predicted(
    capsys: Capture, engine: str
) -> None:
    """``check_final=no`` in ten steps; by word alone (``literal``) in a single one."""
    common = words("-n 4 -f 1 --views 1 --property decided-validity")
    common += ["--predictions", "?AAB", "--engine", engine]
    assert only(capsys, *common, "--reading", "check_final=no") == (
        1,
        Finding("violated", 10, False),
    )
    assert only(capsys, *common) == (0, Finding("holds", None, False))
    assert only(capsys, *common, "--profile", "literal") == (1, Finding("violated", 1, False))


def test_four_of_seven_is_a_dead_zone(capsys: Capture) -> None:
    """Four agree of seven: fewer than the quorum of five, and three objections are no half.

    Everything that can happen must have: 7 samples, 6 pre-prepares, 3 prepares of the primary,
    3 + 3 * 2 prepares passed on among the four, votes of the three heard by the four (12) and
    by each other (6).
    """
    arguments = words("-n 7 -f 2 --predictions AAAABBB --views 1 --property termination")
    assert only(capsys, *arguments) == (1, Finding("violated", 7 + 6 + 3 + 9 + 18, False))
    status, answer = ask(capsys, *arguments)
    result = only_result(answer)
    assert status == 1
    assert result["byzantine"] == []
    assert "no honest step is left" in str(result["conjunct"])


@pytest.mark.parametrize("network", ["asynchronous", "rounds"])
def test_without_faults_everybody_decides_where_a_quorum_agrees(
    capsys: Capture, network: str
) -> None:
    """All four agree, or three of them, which is the quorum; the fourth sees their commits."""
    arguments = words("-n 4 -f 1 --views 1 --property termination --network")
    assert only(capsys, *arguments, network, "--predictions", "AAAA")[1].verdict == "holds"
    assert only(capsys, *arguments, network, "--predictions", "AAAB")[1].verdict == "holds"


def test_a_tie_of_labels_is_a_conflict_that_no_sample_follows(capsys: Capture) -> None:
    """Two of four object to every primary, which rejects it (exactly one half does)."""
    status, answer = ask(
        capsys,
        *words("-n 4 -f 1 --byzantine none --network rounds --property termination"),
    )
    assert status == 1
    result = only_result(answer)
    assert result["predictions"] in ("AABB", "ABAB", "ABBA")
    assert result["byzantine"] == []
    assert "it is a conflict sample and none follows that decides it" in str(result["conjunct"])
    scope = str(answer["scope"])
    assert "network of lock-step rounds (the synchrony that the paper assumes)" in scope
    assert "no faulty node" in scope
    assert "(up to a conflict)" in scope


def test_byzantine_none_sweeps_only_runs_without_a_fault(capsys: Capture) -> None:
    """S(3,1) + S(3,2) patterns of three honest nodes, and no placement."""
    status, answer = ask(
        capsys,
        *words("-n 3 -f 1 --byzantine none --views 1 --property agreement"),
    )
    assert status == 0
    assert answer["settings"] == answer["settings_finished"] == 4


def test_all_placements_and_patterns_are_swept_by_default(capsys: Capture) -> None:
    """Three placements of the faulty node, and AA and AB for the two others."""
    _, answer = ask(capsys, *words("-n 3 -f 1 --views 1 --property agreement"))
    assert answer["settings"] == 6
    assert "every placement of 1 Byzantine node " in str(answer["scope"])


def test_a_property_whose_premise_never_occurs_holds_vacuously(capsys: Capture) -> None:
    arguments = words("-n 3 -f 0 --predictions AAB --property unanimity")
    assert main(["check", *arguments]) == 0
    assert "unanimity  holds (vacuously: its premise never occurs)" in capsys.readouterr().out
    assert only(capsys, *arguments) == (0, Finding("holds", None, True))


def test_several_samples_have_a_pattern_each(capsys: Capture) -> None:
    """At the primary's word two nodes hold two labels in two steps, whatever the samples."""
    arguments = words("-n 4 -f 1 --profile literal --property agreement --views 1")
    status, answer = ask(capsys, *arguments, "--predictions", "?AAB,?ABB")
    assert status == 1
    assert findings(answer)["agreement"].steps == 2
    assert "predictions ?AAB, ?ABB" in str(answer["scope"])
    assert "2 samples" in str(answer["scope"])


@pytest.mark.parametrize(
    ("budget", "resource"),
    [(["--max-states", "3"], "states"), (["--max-seconds", "0.000001"], "time")],
)
@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_a_budget_that_runs_out_is_neither_success_nor_failure(
    capsys: Capture, engine: str, budget: Sequence[str], resource: str
) -> None:
    arguments = ["-n", "4", "-f", "1", "--property", "agreement", "--engine", engine, *budget]
    arguments += ["--predictions", "A?AB"]
    status, answer = ask(capsys, *arguments)
    assert status == 3
    assert answer["verdict"] == "undetermined"
    assert resource in str(answer["exhausted"])
    assert answer["settings_finished"] == 0
    assert main(["check", *arguments]) == 3
    out = capsys.readouterr().out
    assert "agreement  undetermined\n" in out
    assert "0 of 1 settings were finished when" in out.splitlines()[-1]


def test_violated_comes_before_undetermined(capsys: Capture) -> None:
    """At the primary's word: one violation is found at once, the budget does not last for all."""
    arguments = words("-n 4 -f 1 --profile literal --predictions ?AAB --max-states 40")
    status, answer = ask(capsys, *arguments, "--workers", "1")
    verdicts = {finding.verdict for finding in findings(answer).values()}
    assert {"violated", "undetermined"} <= verdicts
    assert answer["verdict"] == "violated"
    assert status == 1


def test_ctrl_c_ends_with_what_is_known(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(self: object, progress: Progress) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("poqi.progress.SweepProgress.report", interrupted)
    arguments = words("-n 4 -f 1 --property agreement --workers 1 --predictions A?AB")
    status, answer = ask(capsys, *arguments)
    assert status == 3
    assert answer["verdict"] == "undetermined"
    assert answer["exhausted"] is not None
    assert answer["settings_finished"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-n 4", "the following arguments are required: -f/--faulty"),
        ("-n x -f 1", "argument -n/--nodes: invalid int value: 'x'"),
        ("-n 0 -f 0", "there must be at least one node, not 0"),
        ("-n 4 -f 4", "f must be from 0 to 3, not 4"),
        ("-n 4 -f -1", "f must be from 0 to 3, not -1"),
        ("-n 4 -f 1 --predictions ?AA", "pattern ?AA has 3 letters for 4 nodes"),
        ("-n 4 -f 1 --predictions ?AAx", "'x' at place 4 of pattern '?AAx' is no label"),
        ("-n 4 -f 1 --predictions ????", "pattern ???? has no honest node"),
        ("-n 4 -f 1 --predictions ?AAB --byzantine 1", "pattern ?AAB marks [0] as faulty"),
        ("-n 4 -f 1 --predictions ?AAB --samples 2", "there are 1 patterns for 2 samples"),
        ("-n 4 -f 1 --predictions ?AAB,A?AB", "pattern A?AB has its ? elsewhere than ?AAB"),
        ("-n 4 -f 1 --byzantine 4", "Byzantine node 4 does not exist; the nodes are 0 to 3"),
        ("-n 4 -f 1 --byzantine 0,x", "--byzantine '0,x' names no nodes"),
        ("-n 4 -f 1 --byzantine 1,1", "a Byzantine node is named twice"),
        ("-n 4 -f 1 --property beauty", "there is no property 'beauty' to check"),
        ("-n 4 -f 1 --reading beauty=yes", "there is no reading 'beauty'"),
        ("-n 4 -f 1 --reading latch=perhaps", "latch"),
        ("-n 4 -f 1 --profile hopeful", "invalid choice: 'hopeful'"),
        ("-n 4 -f 1 --network pigeons", "argument --network: invalid choice: 'pigeons'"),
        ("-n 4 -f 1 --views 0", "the number of the views must be at least 1: 0"),
        ("-n 4 -f 1 --samples 0", "the number of the samples must be at least 1: 0"),
        ("-n 4 -f 1 --start-view -1", "the number of the start view must be at least 0: -1"),
        ("-n 4 -f 1 --labels 0", "the number of the labels must be at least 1: 0"),
        ("-n 4 -f 1 --max-states 0", "--max-states must be more than 0, not 0"),
        ("-n 4 -f 1 --max-seconds nan", "--max-seconds must be more than 0, not nan"),
        ("-n 4 -f 1 --workers 0", "--workers must be more than 0, not 0"),
        ("-n 30 -f 10", "settings, more than 100000"),
        ("-n 4 -f 1 --prediction ?AAB", "unrecognized arguments"),
    ],
)
def test_misuse_is_answered_with_one_line_and_2(
    capsys: Capture, arguments: str, message: str
) -> None:
    assert main(["check", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("poqi check: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_trace_that_cannot_be_written_is_refused_before_anything_is_explored(
    capsys: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "out.itf.json"
    arguments = ["check", "-n", "4", "-f", "1", "--predictions", "?AAB", "--trace"]
    assert main([*arguments, str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(path) in err
    assert main([*arguments, str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_where_all_holds_no_trace_is_written(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "out.itf.json"
    arguments = words("-n 4 -f 1 --predictions ?AAB --views 1 --property integrity")
    assert only(capsys, *arguments, "--trace", str(path))[0] == 0
    assert list(tmp_path.iterdir()) == []
