"""``poqi prove`` from outside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import z3

from checker.proofs.invariant import INVARIANT
from checker.proofs.queries import Answer, Kind, Outcome, Proof
from checker.proofs.theorems import theorems
from poqi.main import main
from poqi.prove_report import Teller, summary

ROOT = Path(__file__).parent.parent.parent
PROOFS = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
QUICK = ("--only", "quorums-meet", "--only", "agreement", "--only", "median-keeps-argmax")


def shown(capsys: pytest.CaptureFixture[str], *options: str, status: int = 0) -> str:
    assert main(["prove", *options]) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["prove", *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_each_theorem_is_told_with_its_statement_bound_verdict_and_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(capsys, *QUICK).splitlines()
    assert lines[0].startswith("Quorums and thresholds")
    assert lines[2].split()[:4] == ["quorums-meet", "proved", "2", "queries"]
    assert lines[2].endswith(" s")
    assert lines[3].strip() == "Two quorums of more than (N+f)/2 nodes share an honest node."
    assert lines[4].strip() == "bound: every N and f, at most f faulty"
    assert "N=5, f=1: quorums {0, 1, 2} and {0, 3, 4}" in lines[5]
    assert "3 theorems proved: 13 queries, " in "\n".join(lines)
    assert max(map(len, lines)) <= 100


def test_it_ends_with_the_scope(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(shown(capsys, *QUICK).split())
    scope = text[text.index("Scope: ") :]
    assert scope.count(". ") == 0
    assert "every N and f within the bound of each theorem" in scope
    assert scope.endswith("termination is not proved here.")


def test_the_order_is_that_of_the_list_and_not_of_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(capsys, "--only", "integrity", "--only", "agreement", "--only", "integrity")
    assert text.index("  agreement  ") < text.index("  integrity  ")
    assert "2 theorems proved" in text


def test_queries_are_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    plain = shown(capsys, "--only", "consistency")
    every = shown(capsys, "--only", "consistency", "--queries")
    assert "initiation/no-gap" not in plain
    for name in ("initiation/no-gap", "consecution/advance/no-gap", "sufficiency/no-gap"):
        assert f"{name}: " in every


def test_the_list_states_every_theorem_and_proves_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(shown(capsys, "--list").split())
    listed = json.loads(shown(capsys, "--list", "--json"))
    assert [entry["name"] for entry in listed["theorems"]] == [each.name for each in theorems()]
    for theorem in theorems():
        assert theorem.english in text
        assert theorem.bound in text
    for conjunct in INVARIANT:
        assert conjunct.english in text
    assert "proved " not in text.replace("proved relation", "")


def test_what_rests_on_explorations_alone_is_confirmed_and_not_proved() -> None:
    theorem = next(each for each in theorems() if each.name == "core-keeps-to-relation")
    found = Answer("explored", Kind.CORRESPONDENCE, "in words", Outcome.PROVED, 1.0, "2 states")
    proof = Proof(theorem, (found,))
    line = Teller(queries=False).told(proof).splitlines()[2]
    assert line.split()[:3] == ["core-keeps-to-relation", "confirmed", "1"]
    assert "1 theorem confirmed: 1 exploration, 1.0 s" in summary([proof])


def test_json_holds_every_query_with_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capsys, *QUICK, "--json"))
    assert document["schema"] == 1
    assert document["verdict"] == "proved"
    assert [entry["name"] for entry in document["theorems"]] == [
        "quorums-meet",
        "agreement",
        "median-keeps-argmax",
    ]
    first = document["theorems"][0]
    assert first["verdict"] == "proved"
    assert [query["kind"] for query in first["queries"]] == ["validity", "counter-model"]
    assert {"english", "bound", "section", "notes", "seconds"} <= set(first)
    assert document["scope"].startswith("Scope: ")


def test_what_is_not_decided_in_time_is_undetermined(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--only", "core-keeps-to-relation", "--exploration-seconds", "0.001")
    text = shown(capsys, *options, status=3)
    assert "undetermined" in text
    assert "1 theorem undetermined" in text
    document = json.loads(shown(capsys, *options, "--json", status=3))
    assert document["verdict"] == Outcome.UNDETERMINED.value


def test_every_check_is_written_for_other_solvers_with_the_answer_that_it_must_get(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "queries"
    assert shown(capsys, *QUICK, "--smt2", str(folder)) == f"25 files are in {folder}\n"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert "agreement/sufficiency.agreement.validity.smt2" in names
    assert "agreement/sufficiency.agreement.not-vacuous.smt2" in names
    assert "quorums-meet/tight.1.counter-model.smt2" in names
    for path in folder.rglob("*.smt2"):
        text = path.read_text(encoding="utf-8")
        solver = z3.Solver()
        solver.from_string(text)
        assert f"(set-info :status {solver.check()})" in text, path


def test_queries_are_not_written_where_there_is_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    assert f"cannot write {taken}" in refused(capsys, *QUICK, "--smt2", str(taken))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--only", "everything"), "there is no theorem 'everything'; poqi prove --list names"),
        (("--query-seconds", "0"), "--query-seconds must be more than 0, not 0.0"),
        (("--exploration-seconds", "-1"), "--exploration-seconds must be more than 0, not -1.0"),
        (("--query-seconds", "nan"), "--query-seconds must be more than 0, not nan"),
    ],
)
def test_misuse_is_answered_in_one_line(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    assert said in refused(capsys, *options)


def test_without_z3_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poqi.commands.prove.find_spec", lambda name: None)
    assert "pip install 'poqi[prove]'" in refused(capsys)


def test_the_core_and_the_checker_do_without_z3() -> None:
    program = (
        "import sys; sys.modules['z3'] = None\n"
        "import poqi.main, poqi_core, checker.sweep, checker.proofs.agreement\n"
        "import checker.proofs.invariant, checker.proofs.ledger, checker.proofs.core_steps\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_page_about_the_proofs_has_every_theorem_and_every_conjunct() -> None:
    page = " ".join(PROOFS.split())
    for theorem in theorems():
        assert f"`{theorem.name}`" in page, theorem.name
        assert theorem.english.rstrip(":") in page, theorem.name
    for conjunct in INVARIANT:
        assert conjunct.english in page, conjunct.name


@pytest.mark.long
def test_everything_is_proved_in_two_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capsys, "--json"))
    assert {entry["verdict"] for entry in document["theorems"]} == {"proved"}
    assert document["seconds"] < 120
