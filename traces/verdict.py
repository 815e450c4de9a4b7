"""Whether a property is violated at a point of a run."""

from poqi_core.loops import endless_violation
from poqi_core.properties import Property, Violation
from poqi_core.run import Execution


def violation_at(entry: Property, execution: Execution, *, last: bool) -> Violation | None:
    """Why ``entry`` does not hold at a step of a run, the ``last`` one or not; or None.

    A run whose last acts repeat for ever violates it as a whole, or not at all.

    Raises:
        DepartureError: the acts of such a run cannot repeat, or an event is owed for ever.
    """
    if execution.run.loop is None:
        return violation_now(entry, execution)
    return endless_violation(execution.run, entry) if last else None


def violation_now(entry: Property, execution: Execution) -> Violation | None:
    """Why ``entry`` does not hold here, or None.

    A property that is asked only of stuck states holds as long as an honest step is left.
    """
    violation = execution.violation(entry)
    if violation is not None and entry.when_stuck:
        if next(execution.honest_steps(), None) is not None:
            return None
    return violation
