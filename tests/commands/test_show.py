"""``poqi show``: a trace for a person, for a program, and as a test."""

import json
from pathlib import Path

import pytest

import traces
from poqi.main import main

GOLDEN = Path(__file__).parents[1] / "traces" / "golden"
TRACE = GOLDEN / "forged_final.itf.json"


def test_a_trace_is_shown_to_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(TRACE)]) == 0
    out = capsys.readouterr().out
    assert out == (GOLDEN / "forged_final.txt").read_text(encoding="utf-8")
    assert "left out: 1 step" in out


def test_all_steps_are_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--all", str(TRACE)]) == 0
    out = capsys.readouterr().out
    assert "  10  node 3 classifies sample 0 as B\n" in out
    assert "left out" not in out


def test_scope_and_command_are_shown_where_they_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TRACE.read_text(encoding="utf-8")
    text = text.replace('"scope": ""', '"scope": "Checked for one sample."')
    text = text.replace('"command": ""', '"command": "poqi check -n 4"')
    path = tmp_path / "known.itf.json"
    path.write_text(text, encoding="utf-8")
    assert main(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "  found by    poqi check -n 4\n" in out
    assert out.endswith("\n\nChecked for one sample.\n")


def test_colours_only_where_there_is_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["show", str(TRACE)]) == 0
    painted = capsys.readouterr().out
    assert "\x1b[31m   3  node 0 (Byzantine) -> node 1: pre-prepare A, view 0\x1b[0m\n" in painted
    for sequence in ("\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"):
        painted = painted.replace(sequence, "")
    assert painted == (GOLDEN / "forged_final.txt").read_text(encoding="utf-8")
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["show", str(TRACE)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_json_has_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--json", str(TRACE)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [step["number"] for step in told["steps"]] == list(range(1, 12))
    assert [step["number"] for step in told["steps"] if not step["needed"]] == [10]
    assert told["steps"][10] == {
        "number": 11,
        "round": 0,
        "node": 2,
        "byzantine": 0,
        "what": "node 0 (Byzantine) -> node 2: commit A with final C, view 0",
        "changes": [
            "DECIDES C for sample 0 on a quorum of commits (3)",
            "has finished its last sample",
            "reward of node 0: 1 -> 2",
        ],
        "sent": [],
        "needed": True,
    }
    assert told["reason"] == "node 2 decided label C for sample 0, which no honest node predicted"
    assert told["byzantine"] == [0]


def test_a_test_is_printed_that_replays_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--pytest", str(TRACE)]) == 0
    module: dict[str, object] = {}
    exec(compile(capsys.readouterr().out, "printed", "exec"), module)
    test = module["test_decided_validity_breaks"]
    assert callable(test)
    test()


def test_a_page_and_a_picture_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = traces.read(TRACE)
    for option, draw in (("--html", traces.html), ("--svg", traces.svg)):
        for more in ([], ["--all"]):
            path = tmp_path / "drawn"
            assert main(["show", option, str(path), *more, str(TRACE)]) == 0
            assert path.read_text(encoding="utf-8") == draw(trace, everything=bool(more))
            out, err = capsys.readouterr()
            assert out == f"decided-validity is violated after 11 steps; drawn in {path}\n"
            assert err == ""
            path.unlink()
        assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "--html", str(tmp_path / "no" / "out.html"), str(TRACE)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("poqi show: cannot write ")
    assert err.count("\n") == 1


def test_text_for_mermaid_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--mermaid", str(TRACE)]) == 0
    assert capsys.readouterr().out == traces.mermaid(traces.read(TRACE))


@pytest.mark.parametrize(
    "option",
    [[], ["--all"], ["--json"], ["--pytest"], ["--mermaid"], ["--html", "x"], ["--svg", "x"]],
)
def test_a_file_that_departs_from_the_core_is_not_shown(
    option: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "edited.itf.json"
    text = TRACE.read_text(encoding="utf-8")
    path.write_text(text.replace('"check_final": "no"', '"check_final": "yes"'), encoding="utf-8")
    assert main(["show", *option, str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"poqi show: {path} departs from the core at step 5: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path], "nothing is drawn of it"


def test_one_form_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--json", "--pytest", str(TRACE)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "not allowed with argument" in err
