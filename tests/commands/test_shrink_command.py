"""``poqi shrink``: what is left, what was removed, and what cannot be shrunk."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import traces
from poqi.main import main

GOLDEN = Path(__file__).parents[1] / "traces" / "golden" / "forged_final.itf.json"


def test_it_says_what_it_removed_and_writes_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = tmp_path / "short.itf.json"
    assert main(["shrink", str(GOLDEN), "-o", str(short)]) == 0
    assert capsys.readouterr().out == (
        f"{GOLDEN}: decided-validity is violated in 10 steps instead of 11; "
        "what is left is told in another order\n"
        "removed:\n"
        "    10  node 3 classifies sample 0 as B\n"
        f"what is left is in {short}\n"
    )
    assert main(["replay", str(short)]) == 0
    capsys.readouterr()
    again = tmp_path / "again.itf.json"
    assert main(["shrink", str(short), "-o", str(again)]) == 0
    assert capsys.readouterr().out.startswith(
        f"{short}: decided-validity is violated in 10 steps already; nothing was removed\n"
    )
    assert again.read_bytes() == short.read_bytes()


def test_without_a_file_the_trace_is_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", str(GOLDEN)]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["#meta"]["format"] == "ITF"
    assert "in 10 steps instead of 11" in captured.err


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = tmp_path / "short.itf.json"
    assert main(["shrink", "--json", str(GOLDEN), "-o", str(short)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "file": str(GOLDEN),
        "output": str(short),
        "property": "decided-validity",
        "steps_before": 11,
        "steps_after": 10,
        "removed": [10],
        "moved": True,
    }


def test_json_needs_a_file_for_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", "--json", str(GOLDEN)]) == 2
    assert capsys.readouterr().err == (
        "poqi shrink: --json needs -o OUT, as the trace would be the output otherwise\n"
    )


def test_an_ordinary_walk_cannot_be_shrunk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.itf.json"
    run = traces.read(GOLDEN).run
    walk = traces.record(replace(run, acts=run.acts[:3]), None)
    path.write_text(traces.write(walk), encoding="utf-8")
    assert main(["shrink", str(path)]) == 2
    assert "cannot be shrunk: the trace is an ordinary walk" in capsys.readouterr().err


def test_an_edited_file_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "edited.itf.json"
    text = GOLDEN.read_text(encoding="utf-8")
    path.write_text(text.replace('"agreed": true', '"agreed": false'), encoding="utf-8")
    assert main(["shrink", str(path)]) == 1
    assert "departs from the core at step" in capsys.readouterr().err
