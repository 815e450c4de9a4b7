"""``poqi coverage``: which clauses of section III the runs in trace files exercised."""

import json
from pathlib import Path

import pytest

from poqi.main import main
from poqi_core.clauses import Clause

GOLDEN = Path(__file__).parents[1] / "traces" / "golden"
TRACE = str(GOLDEN / "forged_final.itf.json")
OTHER = str(GOLDEN / "two_words_with_vectors.itf.json")


def test_clauses_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", TRACE]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"1 trace: 9 of {len(Clause)} clauses exercised, with the number of times"
    assert f"     2  RELAY             {Clause.RELAY.value}" in lines
    assert f"     -  OBEY              {Clause.OBEY.value}" in lines
    assert (
        lines[len(Clause) + 2] == "messages that honest nodes sent, and that had an effect on one"
    )
    assert any(line.endswith("  Prepare") for line in lines)
    assert "        tie" in lines
    assert "        check_final" not in lines


def test_several_files_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--json", TRACE, OTHER]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["files"] == [TRACE, OTHER]
    assert counted["exercised"]["SAMPLE"] == 3 + 2
    assert counted["exercised"]["OBEY"] == 2
    assert set(counted["exercised"]) | set(counted["not_exercised"]) == {
        clause.name for clause in Clause
    }
    assert "TIE" in counted["not_exercised"]


def test_a_file_that_departs_from_the_core_is_not_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "edited.itf.json"
    text = Path(TRACE).read_text(encoding="utf-8")
    path.write_text(text.replace('"check_final": "no"', '"check_final": "yes"'), encoding="utf-8")
    assert main(["coverage", TRACE, str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"poqi coverage: {path} departs from the core at step 5: ")


def test_a_file_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", TRACE, str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
