"""Whether a property is violated at a point of a run."""

from poqi_core.properties import Property, Violation
from poqi_core.run import Execution


def violation_now(entry: Property, execution: Execution) -> Violation | None:
    """Why ``entry`` does not hold here, or None.

    A property that is asked only of stuck states holds as long as an honest step is left.
    """
    violation = execution.violation(entry)
    if violation is not None and entry.when_stuck:
        if next(execution.honest_steps(), None) is not None:
            return None
    return violation
