"""Runs to their end that leave a sample undecided at an honest node.

For one sample, up to a conflict: every fair run ends then.  A node is undecided at the end if and
only if it rests in a view (``docs/reductions.md``, 15), or has taken the sample for a conflict
sample, which the next sample would have to decide.
"""

from collections.abc import Iterator

from checker.setting import Setting
from checker.views.blocking import block
from checker.views.expansion import Expansion, expanded
from checker.views.in_rounds import to_rest_in_rounds
from checker.views.one_sample import OneSample
from checker.views.relation import Relations
from checker.views.resting import Resting
from poqi_core.properties import property_named
from poqi_core.run import Run

_TERMINATION = property_named("termination")


class Undecided:
    """Looks for such runs in the settings of one configuration."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._resting = Resting(relations)

    def runs(self, setting: Setting) -> Iterator[Run]:
        """Runs of the asynchronous network of ``setting`` after which somebody is undecided.

        None if there is none.  The first is the one in which the faulty nodes say nothing, if
        that is one.
        """
        blockable = sorted(self._resting.blockable(setting))
        if blockable:
            silent = Expansion(setting)
            run = silent.rest()
            if silent.execution.violation(_TERMINATION) is not None:
                yield run
        for node in blockable:
            blocked = block(self._relations, setting, node)
            assert blocked is not None
            yield blocked
        composition = OneSample(self._relations, setting)
        for meeting in composition.meetings():
            conflict = meeting.first.rejections == setting.config.conflict_after
            if conflict and meeting.second is None:
                yield expanded(setting, composition.stages(meeting)).rest()


def undecided_in_rounds(run: Run) -> Run | None:
    """``run`` played in lock-step rounds to its end, if somebody is undecided there as well."""
    rest = to_rest_in_rounds(run)
    if rest is None or _TERMINATION.violation(rest.records, rest.run.predicted) is None:
        return None
    return rest.run
