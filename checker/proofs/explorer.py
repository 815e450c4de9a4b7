"""Counter-models confirmed as runs: a counter-model of a proof may be no reachable state."""

import time

from checker.proofs.queries import Answer, Exploration, Kind, Outcome
from checker.question import pattern_text
from checker.sweep import Limits, answer
from checker.verdict import PropertyResult, Verdict


def explore(exploration: Exploration, seconds: float) -> Answer:
    """Ask the checker, for at most ``seconds``."""
    started = time.monotonic()
    result = answer(exploration.question, Limits(seconds=seconds)).results[0]
    if result.verdict is Verdict.UNDETERMINED:
        outcome, reason = Outcome.UNDETERMINED, "the time for the exploration ran out"
    elif result.verdict is exploration.expected:
        outcome, reason = Outcome.PROVED, None
    else:
        outcome = Outcome.REFUTED
        reason = f"the checker finds that {exploration.expected.value} is not so"
    return Answer(
        exploration.name,
        Kind.EXPLORATION,
        exploration.english,
        outcome,
        time.monotonic() - started,
        _shown(exploration, result),
        reason,
    )


def _shown(exploration: Exploration, result: PropertyResult) -> str:
    patterns = result.predictions or tuple(
        pattern_text(pattern) for pattern in exploration.question.predictions or ()
    )
    where = f"predictions {', '.join(patterns)}"
    if result.steps is None:
        return f"{result.name} {result.verdict.value} with {where}"
    return f"{result.name} violated in {result.steps} steps with {where}"
