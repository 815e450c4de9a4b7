"""Answers questions with the core that comes first on the path, and prints the answers.

It is run in a process of its own, as a core once imported cannot be exchanged.  The arguments
are the folder in which that core must lie, the seconds for each question, and the questions.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from mutant_questions import QUESTIONS, Asked, By
from open_network import OpenNetwork
from step_laws import STEP_LAWS

import poqi_core
from checker.evidence_adversary import EvidenceAdversary
from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_observer import RecordObserver
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.reduced import ReducedEngine
from checker.sweep import CheckerError, Limits, answer
from checker.table import Tables
from poqi_core.history import EVERY_FACET, Record, follow
from poqi_core.judgement import judge
from poqi_core.messages import Message
from poqi_core.outputs import Settled
from poqi_core.properties import property_named
from poqi_core.state import NodeState, initial
from poqi_core.step import step


def answered(asked: Asked, seconds: float) -> dict[str, str]:
    """For each property of a question what became of it, in words.

    ``holds``, ``violated in K steps`` or ``undetermined``; of the proofs ``admitted``,
    ``not admitted`` or ``undetermined``; ``fails`` where the core itself fails.
    """
    try:
        match asked.by:
            case By.CHECKER:
                return _checked(asked, seconds)
            case By.OPEN:
                return _openly(asked, seconds)
            case By.STEPS:
                return _step_by_step(asked, seconds)
            case By.OUTCOMES:
                return _outcomes(asked)
        return _admitted(asked, seconds)
    except (AssertionError, CheckerError, LookupError, TypeError, ValueError) as error:
        return {"the run itself": f"fails: {type(error).__name__}: {error}"}


def _checked(asked: Asked, seconds: float) -> dict[str, str]:
    found = answer(asked.question, Limits(seconds=seconds))
    return {
        result.name: result.verdict.value
        if result.steps is None
        else f"violated in {result.steps} steps"
        for result in found.results
    } | {"states": str(found.states)}


def _openly(asked: Asked, seconds: float) -> dict[str, str]:
    (setting,) = asked.question.settings()
    properties = [
        entry for entry in asked.question.properties if entry.premise(setting.predicted_by_honest)
    ]
    engine = ReducedEngine(Tables(OpenNetwork(setting)), RecordObserver(setting, properties))
    explored = engine.explore(Budget(seconds=seconds), {})
    otherwise = "holds" if explored.complete else "undetermined"
    verdicts = {entry.name: otherwise for entry in properties}
    for name, found in explored.counterexamples.items():
        verdicts[name] = f"violated in {len(found.deliveries)} steps"
    return verdicts | {"states": str(explored.states)}


def _step_by_step(asked: Asked, seconds: float) -> dict[str, str]:
    """Every step that an exploration without reduction takes, by the laws of single steps."""
    (setting,) = asked.question.settings()
    engine = FullEngine(
        Tables(PoqiSystem(setting)), RecordObserver(setting, [property_named("integrity")])
    )
    explored = engine.explore(Budget(seconds=seconds), {})
    verdicts = dict.fromkeys(STEP_LAWS, "holds" if explored.complete else "undetermined")
    for before, happening in engine.followed():
        after, outputs = step(setting.config, before, happening.event)
        for name, keeps in STEP_LAWS.items():
            if not keeps(before, happening.event, outputs, after):
                verdicts[name] = "violated by a step"
    return verdicts | {"states": str(explored.states)}


def _outcomes(asked: Asked) -> dict[str, str]:
    """The properties of what follows from each evidence that can come about for one sample."""
    (setting,) = asked.question.settings()
    config, first = setting.config, initial(setting.config, setting.honest[0], setting.start_view)
    verdicts = {entry.name: "holds" for entry in asked.question.properties if not entry.when_stuck}
    count = 0
    for evidence in EvidenceAdversary(setting).evidence(0):
        count += 1
        judgement = judge(config, first.view, first.rewards, 0, evidence)
        record = follow(
            Record(),
            (Settled(0, evidence), *judgement.facts),
            first._replace(rewards=judgement.rewards),
            EVERY_FACET,
        )
        records = dict.fromkeys(setting.honest, record)
        for entry in asked.question.properties:
            if entry.violation(records, setting.predicted_by_honest) and not entry.when_stuck:
                verdicts[entry.name] = "violated by an outcome"
    return verdicts | {"states": str(count)}


def _admitted(asked: Asked, seconds: float) -> dict[str, str]:
    """Whether every step is one of the proved relation, and of which of its actions."""
    # Only some questions need z3.
    from checker.proofs.correspondence import Frame, NotAdmittedError, admit

    (setting,) = asked.question.settings()
    tables = Tables(OpenNetwork(setting))
    engine = FullEngine(tables, RecordObserver(setting, [property_named("integrity")]))
    explored = engine.explore(Budget(seconds=seconds), {})
    verdict = "admitted" if explored.complete else "undetermined"
    frame = Frame(setting.config, 0, setting.predicted_by_honest[0], setting.ballots)
    actions: set[str] = set()
    try:
        for before, new in _signed(engine, tables.messages.values):
            actions.update(admit(*frame.images(before, new)))
    except NotAdmittedError:
        verdict = "not admitted"
    return {
        "every step is of the relation": verdict,
        "actions that steps take": " ".join(sorted(actions)),
        "states": str(explored.states),
    }


_Engine: TypeAlias = FullEngine[NodeState, Happening, Packet, Facts, Record]
_Signed: TypeAlias = frozenset[Message]


def _signed(engine: _Engine, messages: Sequence[Packet]) -> Iterator[tuple[_Signed, _Signed]]:
    """For every step that was explored what is signed before it, and what is signed by it."""
    known: dict[int, _Signed] = {}

    def said(mask: int) -> _Signed:
        if mask not in known:
            known[mask] = frozenset(
                messages[number].message
                for number in range(mask.bit_length())
                if mask >> number & 1
            )
        return known[mask]

    pairs: set[tuple[_Signed, _Signed]] = set()
    for state in engine.visited:
        sent = engine.sent(state)
        for automaton, local in zip(engine.automata, engine.unpack(state), strict=True):
            for edge in automaton.edges(local):
                if not edge.needs & ~sent:
                    new = said(automaton.sent_mask[edge.target]) - said(sent)
                    if new and (said(sent), new) not in pairs:
                        pairs.add((said(sent), new))
                        yield said(sent), new


def main(arguments: list[str]) -> None:
    """Answer the questions that ``arguments`` name."""
    folder, seconds, *names = arguments
    if not Path(poqi_core.__file__).is_relative_to(folder):
        sys.exit(f"poqi_core is {poqi_core.__file__}, not the one in {folder}")
    for name in names:
        print(json.dumps([name, answered(QUESTIONS[name], float(seconds))]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
