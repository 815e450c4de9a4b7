"""Which clauses of section III a trace exercised."""

from collections import Counter

from poqi_core.clauses import Clause
from poqi_core.outputs import Cited
from traces.replay import faithful
from traces.trace import Trace


def coverage(trace: Trace) -> Counter[Clause]:
    """How often the core applied each clause along ``trace``.

    Raises:
        DepartureError: the trace departs from the core.
    """
    return Counter(
        output.clause
        for moment in faithful(trace)
        for output in moment.outputs
        if isinstance(output, Cited)
    )
