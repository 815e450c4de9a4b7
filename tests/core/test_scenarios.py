"""Golden scenarios: each file under ``scenarios`` is a story, replayed on the core.

``POQI_REWRITE_SCENARIOS=1 pytest tests/core/test_scenarios.py`` writes what the core answers
into the files; the difference is for a reviewer to read, against the paper and the story that
the comments tell.  The language is described in ``core_scenario.py``.
"""

import os
from pathlib import Path

import pytest
from core_notation import ScenarioError, message_text, parse_message
from core_scenario import tell

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_core_tells_the_story_as_written(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    told = tell(written).text
    if os.environ.get("POQI_REWRITE_SCENARIOS"):
        path.write_text(told, encoding="utf-8")
    else:
        assert told == written


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_each_story_says_what_it_shows(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_what_came_of_a_command_is_not_taken_for_a_command() -> None:
    story = "# A story.\n\nconfig nodes=1 faults=0 profile=paper samples=1\n\nsample 0 B"
    told = tell(story).text
    assert "DECIDES sample 0 as B in view 0 by consensus" in told
    assert tell(told).text == told


def test_an_edited_story_is_noticed() -> None:
    path = SCENARIOS[0]
    edited = path.read_text(encoding="utf-8").replace("DECIDES", "REJECTS", 1)
    assert tell(edited).text != edited


@pytest.mark.parametrize(
    "text",
    [
        "pre-prepare(a0 A v0 r1)",
        "prediction(a1 C v2)",
        "view-change(a3 v1 vo1 r1/2)",
        "view-change(a3 v1 vo0 r0)",
        "prepare(a0 A/B v7 r1)",
        "commit(a2 A/B v0 r3/4)",
        "decision(a0 A v0)",
        "word(a0 s3 A)",
        "signed(a2 s1 C)",
        "proposal(a0 s0 b0 A-BB)",
        "proposal(a1 s0 b1 -ABB lock=0:-ABB:012)",
        "evidence-prepare(a2 s0 b1 AAA)",
        "evidence-commit(a3 s2 b0 -BBB)",
        "ballot-change(a3 s0 b1)",
        "ballot-change(a3 s0 b2 lock=1:AAA-B:0123)",
        "proof(a0 s0 b0 AAB by=012)",
    ],
)
def test_a_message_is_written_as_it_is_read(text: str) -> None:
    assert message_text(parse_message(text)) == text


@pytest.mark.parametrize(
    "command",
    ["sample 0 AA", "dance", "config nodes=2 faults=0 profile=paper\n\ndeliver waltz"],
)
def test_a_command_that_does_not_exist_is_refused(command: str) -> None:
    with pytest.raises(ScenarioError):
        tell(command)
