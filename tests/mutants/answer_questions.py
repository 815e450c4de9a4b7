"""Answers questions with the core that comes first on the path, and prints the answers.

It is run in a process of its own, as a core once imported cannot be exchanged.  The arguments
are the folder in which that core must lie, the seconds for each question, and the questions.
"""

import json
import sys
from pathlib import Path

from mutant_questions import QUESTIONS, Asked, By
from open_network import OpenNetwork

import poqi_core
from checker.exploration import Budget
from checker.poqi_observer import RecordObserver
from checker.reduced import ReducedEngine
from checker.sweep import CheckerError, Limits, answer
from checker.table import Tables


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


def _admitted(asked: Asked, seconds: float) -> dict[str, str]:
    # Only some questions need z3.
    from checker.proofs.core_steps import compare

    (setting,) = asked.question.settings()
    found = compare(setting, seconds)
    verdict = "admitted" if found.complete else "undetermined"
    return {
        "every step is of the relation": "not admitted" if found.refuted else verdict,
        "actions that steps take": " ".join(sorted(found.actions)),
        "states": str(found.states),
    }


def main(arguments: list[str]) -> None:
    """Answer the questions that ``arguments`` name."""
    folder, seconds, *names = arguments
    if not Path(poqi_core.__file__).is_relative_to(folder):
        sys.exit(f"poqi_core is {poqi_core.__file__}, not the one in {folder}")
    for name in names:
        print(json.dumps([name, answered(QUESTIONS[name], float(seconds))]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
