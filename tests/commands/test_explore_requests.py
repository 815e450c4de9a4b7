"""What the explorer's page can ask: the walk, a violation, to save; and what is refused."""

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from explore_client import ask, ground
from trace_runs import by_name

import traces
from poqi.explorer.api import MOST_ACTS, Explorer
from poqi.explorer.errors import RefusedError
from poqi.explorer.ground import ground_of_question, ground_of_trace
from poqi_core.messages import Decision, Received
from poqi_core.run import Act
from traces.codec import encode
from traces.json_text import Json


class TestRequests:
    def test_the_steps_of_a_trace_are_the_walk_to_start_from(self) -> None:
        trace = by_name()["order in rounds"].trace()
        explorer = Explorer(ground_of_trace(trace))
        start = ask(explorer, "start")
        acts = start["acts"]
        assert isinstance(acts, list)
        assert acts == [encode(Act, act) for act in trace.run.acts]
        told = ask(explorer, "walk", acts=acts, at=len(acts), round=0, draw=True)
        picture = told["picture"]
        assert isinstance(picture, dict)
        rows = picture["rows"]
        assert isinstance(rows, list)
        assert len(rows) == trace.steps
        assert told["round"] == trace.run.acts[-1].round

    def test_a_choice_can_be_taken(self) -> None:
        explorer = Explorer(ground())
        acts: list[Json] = []
        for _ in range(6):
            told = ask(explorer, "walk", acts=acts, at=len(acts), round=0, draw=False)
            assert told["picture"] is None
            choices = told["choices"]
            assert isinstance(choices, list)
            first = choices[0]
            assert isinstance(first, dict)
            acts.append(first["act"])
        told = ask(explorer, "walk", acts=acts, at=2, round=0, draw=True)
        picture = told["picture"]
        assert isinstance(picture, dict)
        assert isinstance(picture["rows"], list)
        assert len(picture["rows"]) == 6, "the steps after the cursor are drawn as well"

    @pytest.mark.parametrize("network", ["asynchronous", "rounds"])
    def test_a_violation_is_found_where_there_is_one(self, network: str) -> None:
        where = ground(network=network, check_final="no")
        assert where.asked is not None
        where = ground_of_question(replace(where.asked, views=1), "paper")
        explorer = Explorer(where)
        found = ask(explorer, "search", property="decided-validity")
        assert found["verdict"] == "violated"
        acts = found["acts"]
        assert isinstance(acts, list)
        saved = ask(explorer, "save", acts=acts, property="decided-validity", name="found.itf.json")
        assert isinstance(saved["text"], str)
        assert '"property": "decided-validity"' in saved["text"]

    def test_a_property_that_holds_has_no_violation(self) -> None:
        asked = ground().asked
        assert asked is not None
        explorer = Explorer(ground_of_question(replace(asked, views=1), "paper"))
        found = ask(explorer, "search", property="integrity")
        assert (found["verdict"], found["acts"]) == ("holds", None)

    def test_a_search_ends_with_its_budget(self) -> None:
        explorer = Explorer(ground("??AABBA", faults=2), seconds=0.001)
        assert ask(explorer, "search", property="agreement")["verdict"] == "undetermined"

    def test_nodes_that_keep_early_messages_are_not_the_checker_s(self) -> None:
        explorer = Explorer(ground_of_trace(by_name()["order in rounds"].trace()))
        with pytest.raises(RefusedError, match="nodes that keep no early messages"):
            ask(explorer, "search", property="agreement")

    def test_a_walk_is_saved_and_nothing_is_written_over(self, tmp_path: Path) -> None:
        trace = by_name()["forged final"].trace()
        explorer = Explorer(ground_of_trace(trace), tmp_path)
        acts: list[Json] = [encode(Act, act) for act in trace.run.acts]
        saved = ask(explorer, "save", acts=acts[:5], property=None, name="walk.itf.json")
        assert saved == {
            "name": "walk.itf.json",
            "text": None,
            "path": str(tmp_path / "walk.itf.json"),
        }
        again = traces.read(tmp_path / "walk.itf.json")
        assert again.breach is None
        assert again.run.acts == trace.run.acts[:5]
        assert traces.replay(again).departure is None
        with pytest.raises(RefusedError, match=r"there is a file .* already"):
            ask(explorer, "save", acts=acts, property=None, name="walk.itf.json")
        ask(explorer, "save", acts=acts, property="decided-validity", name="whole.itf.json")
        assert traces.read(tmp_path / "whole.itf.json").violation == trace.violation

    @pytest.mark.parametrize(
        "name",
        ["../up.itf.json", "/etc/passwd", "a/b.itf.json", "x.json", ".itf.json", "", 7, None],
    )
    def test_no_other_file_is_written(self, name: Json, tmp_path: Path) -> None:
        explorer = Explorer(ground(), tmp_path)
        with pytest.raises(RefusedError, match="the name of a trace file"):
            ask(explorer, "save", acts=[], property=None, name=name)
        assert list(tmp_path.iterdir()) == []

    def test_only_what_is_so_is_claimed_of_a_walk(self) -> None:
        trace = by_name()["forged final"].trace()
        explorer = Explorer(ground_of_trace(trace))
        acts: list[Json] = [encode(Act, act) for act in trace.run.acts]
        with pytest.raises(RefusedError, match="the run does not violate agreement"):
            ask(explorer, "save", acts=acts, property="agreement", name="x.itf.json")

    REFUSED: tuple[tuple[str, dict[str, Json], str], ...] = (
        ("walk", {}, "acts: expected a list"),
        ("walk", {"acts": [1], "at": 1, "round": 0, "draw": True}, "acts[0]: expected an object"),
        ("walk", {"acts": [], "at": 1, "round": 0, "draw": True}, "at: expected a whole number"),
        ("walk", {"acts": [], "at": True, "round": 0, "draw": True}, "at: expected a whole number"),
        (
            "walk",
            {"acts": [], "at": 0, "round": -1, "draw": True},
            "round: expected a whole number",
        ),
        ("walk", {"acts": [], "at": 0, "round": 10**9, "draw": True}, "round: expected a whole"),
        ("walk", {"acts": [], "at": 0, "round": 0}, "draw: expected true or false"),
        ("walk", {"more": 1}, "there is no field 'more'"),
        ("walk", {"acts": [0] * (MOST_ACTS + 1)}, "a walk has at most 1,000 steps, not 1,001"),
        (
            "walk",
            {
                "acts": [
                    {"node": 1, "event": {"tag": "TimeOut", "value": {"view": 0}}, "round": 10**18}
                ],
                "at": 0,
                "round": 0,
                "draw": True,
            },
            "acts[0].round: an asynchronous network has no rounds",
        ),
        (
            "walk",
            {
                "acts": [
                    {
                        "node": 1,
                        "event": {"tag": "NextSample", "value": {"index": 10**18, "view": 0}},
                        "round": 0,
                    }
                ],
                "at": 0,
                "round": 0,
                "draw": True,
            },
            "acts[0].event.index: there are only 1 samples",
        ),
        (
            "walk",
            {
                "acts": [
                    {"node": 0, "event": {"tag": "TimeOut", "value": {"view": 0}}, "round": 0}
                ],
                "at": 1,
                "round": 0,
                "draw": True,
            },
            "step 1: node 0 is not an honest node of this run",
        ),
        ("search", {"property": "peace"}, "property: there is none of that name"),
        ("start", {"x": 0}, "there is no field 'x'"),
        ("save", {"acts": {}, "property": None, "name": "a.itf.json"}, "acts: expected a list"),
    )

    @pytest.mark.parametrize(("path", "request_", "reason"), REFUSED)
    def test_a_request_without_sense_is_refused_with_a_reason(
        self, path: str, request_: dict[str, Json], reason: str
    ) -> None:
        with pytest.raises(RefusedError) as caught:
            ask(Explorer(ground()), path, **request_)
        assert str(caught.value).startswith(reason)
        assert "\n" not in str(caught.value)

    def test_a_message_that_was_never_sent_is_refused(self) -> None:
        forged = Act(1, Received(2, Decision(2, 0, 2)))
        with pytest.raises(RefusedError, match="the honest node 2 has not sent that to node 1"):
            ask(
                Explorer(ground()),
                "walk",
                acts=[encode(Act, forged)],
                at=1,
                round=0,
                draw=True,
            )


NASTY: tuple[Json, ...] = (
    None,
    True,
    0,
    -1,
    10**18,
    "",
    "x" * 5_000,
    "\ud800",
    [],
    {},
    [[]],
    {"tag": "TieBreak", "value": {"sample": -1, "node": 10**18}},
    {"tag": "NextSample", "value": {"index": 1, "view": 10**18}},
    {"tag": "TimeOut", "value": {"view": -(10**18)}},
    {"tag": "Received", "value": {"sender": 0, "message": {}}},
)


def _mutate(value: Json, chance: random.Random) -> Json:
    """``value`` with one thing in it changed."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        return {**value, name: _mutate(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], _mutate(value[at], chance), *value[at + 1 :]]
    return chance.choice(NASTY)


def _outcome(explorer: Explorer, path: str, request: Json) -> str | None:
    """The reason why a request is refused; None: it is answered."""
    try:
        answered = explorer.answer(path, request)
    except RefusedError as error:
        return str(error)
    assert isinstance(answered, dict)
    return None


@pytest.mark.parametrize("name", ["two words", "forged final", "order in rounds", "no lock"])
def test_a_mutated_request_is_answered_or_refused(name: str) -> None:
    """Whatever is asked: an answer or a reason in one line, within seconds, and no traceback."""
    explorer = Explorer(ground_of_trace(by_name()[name].trace()))
    acts: list[Json] = [encode(Act, act) for act in by_name()[name].run.acts[:12]]
    requests: dict[str, Json] = {
        "/api/walk": {"acts": acts, "at": len(acts), "round": 0, "draw": True},
        "/api/save": {"acts": acts, "property": None, "name": "a.itf.json"},
        "/api/start": {},
    }
    refused = 0
    for seed in range(150):
        chance = random.Random(seed)
        path = chance.choices(list(requests), [8, 3, 1])[0]
        mutated = _mutate(requests[path], chance) if chance.random() < 0.8 else requests[path]
        started = time.monotonic()
        reason = _outcome(explorer, path, mutated)
        assert time.monotonic() - started < 10, seed
        if reason is not None:
            refused += 1
            assert "\n" not in reason, seed
            reason.encode("utf-8")
    assert 80 < refused < 140
