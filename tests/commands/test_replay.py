"""``poqi replay``: a trace that replays, one that departs, and what is no trace."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import traces
from poqi.main import main

TRACE = Path(__file__).parents[1] / "traces" / "golden" / "forged_final.itf.json"


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = TRACE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "edited.itf.json"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_violation_is_confirmed_with_the_conjunct_that_broke(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", str(TRACE)]) == 0
    assert capsys.readouterr().out == (
        f"{TRACE} replays on the core in 11 steps\n"
        "decided-validity is violated: "
        "node 2 decided label C for sample 0, which no honest node predicted\n"
    )


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--json", str(TRACE)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "file": str(TRACE),
        "replays": True,
        "property": "decided-validity",
        "steps": 11,
        "conjunct": "node 2 decided label 2 for sample 0, which no honest node predicted",
        "nodes": [2],
        "departure": None,
    }


def test_of_an_ordinary_walk_no_violation_is_claimed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = traces.read(TRACE).run
    walk = traces.record(replace(run, acts=run.acts[:4]), None)
    path = tmp_path / "walk.itf.json"
    path.write_text(traces.write(walk), encoding="utf-8")
    assert main(["replay", str(path)]) == 0
    assert capsys.readouterr().out == (
        f"{path} replays on the core in 4 steps\n"
        "it is an ordinary walk, of which no violation is claimed\n"
    )
    assert main(["replay", "--json", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["replays"], told["property"], told["conjunct"], told["nodes"]) == (
        True,
        None,
        None,
        None,
    )
    for form in ("--json", "--pytest", "--all"):
        assert main(["show", form, str(path)]) == 0
        assert capsys.readouterr().out


def test_an_edited_file_departs_at_a_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = edited(tmp_path, '"senders": 6', '"senders": 14')
    assert main(["replay", str(path)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out == (
        f"{path} departs from the core at step 9: "
        "log.commits[0].senders of node 2 is 14 in the file and 6 on the core\n"
    )


def test_an_honest_message_that_was_never_sent_departs_where_it_arrives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = '"tag": "Commit", "value": {"node": 1, "label": 0, "final": 2, "view": 0, "reward": "1"}'
    path = edited(tmp_path, sent, sent.replace('"reward": "1"', '"reward": "2"'))
    assert main(["replay", "--json", str(path)]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["replays"] is False
    assert result["departure"] == {
        "step": 9,
        "reason": "the honest node 1 has not sent that to node 2",
    }


def test_another_version_is_refused_with_what_this_one_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = edited(tmp_path, '"schema": 2', '"schema": 99')
    assert main(["replay", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"poqi replay: {path} is not a trace of PoQI: #meta.poqi.schema: expected the version of "
        "the format that this PoQI reads, 2 (the field command says how to record it again), "
        "found 99\n"
    )


def test_a_truncated_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "half.itf.json"
    path.write_bytes(TRACE.read_bytes()[:9000])
    assert main(["replay", str(path)]) == 2
    assert "is not a trace of PoQI: it is not JSON, or truncated" in capsys.readouterr().err


def test_the_standard_input_is_a_file_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TRACE.read_bytes())))
    assert main(["replay", "-"]) == 0
    assert capsys.readouterr().out.startswith("- replays on the core in 11 steps\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[")))
    assert main(["replay", "-"]) == 2
    assert capsys.readouterr().err.startswith("poqi replay: the standard input is not a trace")


def test_a_name_that_the_terminal_cannot_show_is_escaped(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "\udcff.itf.json"
    try:
        path.write_bytes(TRACE.read_bytes())
    except (OSError, UnicodeError):
        pytest.skip("the file system takes no such name")
    assert main(["replay", str(path)]) == 0
    assert "\\udcff.itf.json replays" in capfd.readouterr().out
