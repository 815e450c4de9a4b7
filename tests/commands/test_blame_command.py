"""``poqi blame``: culprits with what convicts them, nobody, and what proves nothing to others."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import traces
from poqi.main import main
from poqi_core.config import Config
from poqi_core.messages import Commit, Received, Sample, ViewChange
from poqi_core.readings import PAPER
from poqi_core.run import Act, Run

GOLDEN = Path(__file__).parents[1] / "traces" / "golden" / "forged_final.itf.json"


def walk(tmp_path: Path, authentication: str) -> str:
    """Node 1, faulty, votes against the primary and commits; node 2, faulty too, says nothing."""
    readings = replace(PAPER, authentication=authentication)
    acts = (
        Act(3, Sample(0, 0)),
        Act(3, Received(1, ViewChange(1, 1, True, Fraction(0)))),
        Act(3, Received(1, Commit(1, 0, 0, 0, Fraction(0)))),
    )
    config = Config(4, 1, readings, samples=1)
    run = Run(config, "asynchronous", 0, (0, 3), ({0: 0, 3: 0},), acts)
    path = tmp_path / "walk.itf.json"
    path.write_text(traces.write(traces.record(run, None)), encoding="utf-8")
    return str(path)


def test_each_culprit_is_named_with_the_messages_that_convict_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["blame", walk(tmp_path, "signatures")]) == 0
    assert capsys.readouterr().out == (
        "this run convicts node 1\n"
        "\n"
        "node 1 committed and voted against the primary in one view (vote-against-own-commit)\n"
        "  step   2  view-change against the primary of view 0, vo = 1\n"
        "  step   3  commit A, view 0\n"
        "\n"
        "nothing on record proves node 2 faulty\n"
    )


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = walk(tmp_path, "signatures")
    assert main(["blame", "--json", path]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "file": path,
        "authentication": "signatures",
        "property": None,
        "faulty": [1, 2],
        "culprits": [1],
        "proofs": [
            {
                "node": 1,
                "offence": "vote-against-own-commit",
                "deed": "committed and voted against the primary in one view",
                "readings": "prepare_needs_preprepare = commit_needs_prepare = yes, "
                "first_preprepare_only = yes and timeout = none",
                "messages": [
                    {"step": 2, "message": "view-change against the primary of view 0, vo = 1"},
                    {"step": 3, "message": "commit A, view 0"},
                ],
            }
        ],
    }


def test_a_channel_proves_nothing_to_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = walk(tmp_path, "channel")
    assert main(["blame", path]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"poqi blame: {path} was recorded with authentication=channel: a channel proves a "
        "message's sender to its receiver and nothing to others, so that nobody can be "
        "convicted; --assume-signatures says what signatures would have proved\n"
    )
    assert main(["blame", "--assume-signatures", path]) == 0
    assert capsys.readouterr().out.startswith("this run convicts node 1\n")


def test_where_nobody_is_convicted_the_protocol_is_at_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "out.itf.json"
    question = ["check", "-n", "4", "-f", "1", "--predictions", "?AAB", "--property", "termination"]
    signed = ["--reading", "authentication=signatures", "--trace", str(trace)]
    assert main([*question, *signed]) == 1
    capsys.readouterr()
    assert main(["blame", str(trace)]) == 0
    assert capsys.readouterr().out == (
        "this violation of termination convicts nobody: every message on record could be an "
        "honest node's; the protocol is at fault\n"
    )


def test_an_edited_file_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "edited.itf.json"
    text = GOLDEN.read_text(encoding="utf-8")
    path.write_text(text.replace('"agreed": true', '"agreed": false'), encoding="utf-8")
    assert main(["blame", "--assume-signatures", str(path)]) == 1
    assert "departs from the core at step" in capsys.readouterr().err
