"""What the checker contributes to the proofs.

A counter-model of a proof may be no reachable state, so it is confirmed as a run; and a proof
about a relation says nothing of a protocol that does not keep to it, so the steps of the
protocol are compared with the relation.
"""

import time

from checker.proofs.core_steps import compare
from checker.proofs.queries import Answer, Correspondence, Exploration, Kind, Outcome
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
        reason = f"expected was that it {exploration.expected.value}"
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


def correspond(correspondence: Correspondence, seconds: float) -> Answer:
    """Hold every step of the setting against the relation, for at most ``seconds``."""
    started = time.monotonic()
    found = compare(next(correspondence.question.settings()), seconds)
    reason = None
    if found.refuted is not None:
        outcome, reason = Outcome.REFUTED, f"a step is not admitted: {found.refuted}"
    elif not found.complete:
        outcome, reason = Outcome.UNDETERMINED, "the time for the exploration ran out"
    else:
        outcome = Outcome.PROVED
    actions = ", ".join(f"{name} {count:,}" for name, count in sorted(found.actions.items()))
    return Answer(
        correspondence.name,
        Kind.CORRESPONDENCE,
        correspondence.english,
        outcome,
        time.monotonic() - started,
        f"{found.states:,} states, {found.transitions:,} transitions; of {found.distinct:,} that "
        f"differ in what is signed: {actions}",
        reason,
    )
