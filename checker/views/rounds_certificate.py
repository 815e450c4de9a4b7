"""Certificates in lock-step rounds, between two bounds that mostly meet.

Whatever is impossible with asynchronous messages is impossible in rounds; so the certificate of
the asynchronous network says what is possible *at most*.  What it says to be possible is played in
rounds (:mod:`checker.views.in_rounds`); what comes about there is possible *at least*.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from checker.question import Pattern, Question
from checker.setting import Setting
from checker.views.blocking import block
from checker.views.certificate import Certificate, Certifier, ConflictState, plain_pattern
from checker.views.conditions import require
from checker.views.demonstrations import holding, in_conflict, in_disagreement
from checker.views.expansion import expand
from checker.views.in_rounds import in_rounds, to_rest_in_rounds
from checker.views.one_sample import Ending, Meeting, OneSample
from checker.views.shortening import Judge
from poqi_core.prediction import Label
from poqi_core.readings import PAPER, Readings
from poqi_core.run import Execution, Run

_TRIES = 6
"""How many asynchronous runs are played in rounds for one claim."""


@dataclass(frozen=True)
class Bounds:
    """What can become of a sample in rounds.

    Attributes:
        at_most: nothing beyond this is possible.
        at_least: this is possible: each claim was played in rounds.  Its ``conflicts`` are some in
            which runs ended, if any did, not the largest.
    """

    at_most: Certificate
    at_least: Certificate

    @property
    def exact(self) -> bool:
        """Whether both say the same of labels, of disagreement, of conflicts, and of blocking."""
        one, other = self.at_most, self.at_least
        return (
            one.decidable == other.decidable
            and one.invented == other.invented
            and one.can_differ == other.can_differ
            and one.blockable == other.blockable
            and one.conflict_reachable == other.conflict_reachable
        )


class RoundsCertifier:
    """Certificates in rounds for one configuration, each class of patterns explored once."""

    def __init__(self, nodes: int, faults: int, readings: Readings = PAPER) -> None:
        """A certifier for ``nodes`` nodes with quorums for ``faults`` faults.

        Raises:
            QuestionError: views cannot be composed there; it says which condition is not met.
        """
        require(Question(nodes, faults, readings, "rounds", byzantine=()))
        self._certifier = Certifier(nodes, faults, readings)
        self.config = self._certifier.config
        """The configuration of the core."""
        self._known: dict[Pattern, Bounds] = {}

    def bounds(self, pattern: Pattern, start_view: int = 0) -> Bounds:
        """What :meth:`Certifier.certificate` says, at most and at least.

        Raises:
            ValueError: the pattern is not of as many nodes, or none of them is honest.
        """
        plain = plain_pattern(self.config.nodes, pattern, start_view)
        known = self._known.get(plain.pattern)
        if known is None:
            most = self._certifier.certificate(plain.pattern)
            known = self._known[plain.pattern] = Bounds(
                most, self._least(self._certifier.setting(plain), most, len(plain.labels))
            )
        return Bounds(plain.renamed(known.at_most), plain.renamed(known.at_least))

    def _least(self, setting: Setting, most: Certificate, labels: int) -> Certificate:
        """What of the claims of ``most`` comes about in rounds."""
        composition = OneSample(self._certifier.relations(setting), setting)
        shown: dict[Claim, Run] = {}
        tries: Counter[Claim] = Counter()
        for meeting in composition.meetings():
            for claim in _claims(meeting, self.config.conflict_after):
                if claim in shown or tries[claim] >= _TRIES:
                    continue
                if claim in _LESSER and not _DIFFERING.isdisjoint(shown):
                    continue
                tries[claim] += 1
                run = in_rounds(expand(setting, composition.stages(meeting)), _judge(claim))
                if run is not None:
                    shown[claim] = run
        decided = {claim for claim in shown if isinstance(claim, int)}
        return Certificate(
            decidable=frozenset(label for label in decided if label < labels),
            invented=any(label >= labels for label in decided),
            can_differ=_DIFFERENT in shown,
            blockable=self._blocked(setting, most),
            conflicts=tuple(_conflict(shown[claim]) for claim in _CONFLICTS if claim in shown),
        )

    def _blocked(self, setting: Setting, most: Certificate) -> frozenset[int]:
        blocked: set[int] = set()
        for node in sorted(most.blockable):
            if node not in blocked:
                run = block(self._certifier.relations(setting), setting, node)
                rest = None if run is None else to_rest_in_rounds(run)
                if rest is not None:
                    blocked |= {
                        other
                        for other, record in rest.records.items()
                        if not record.history and not record.conflicts
                    }
        return frozenset(blocked)


_DIFFERENT = "two labels are decided"
_CONFLICT = "a conflict is reached"
_TWO_CONFLICTS = "two nodes reach a conflict"
_DECIDED_BEFORE = "one node decides and another reaches a conflict"
_CONFLICTS = (_CONFLICT, _TWO_CONFLICTS, _DECIDED_BEFORE)
_LESSER = (_TWO_CONFLICTS, _DECIDED_BEFORE)
"""Of no interest where two nodes are known to come to differ: by labels, or by one of these."""
_DIFFERING = frozenset({_DIFFERENT, *_LESSER})

Claim = Label | str
"""A label that is decided, or one of the sentences above."""


def _claims(meeting: Meeting, conflict_after: int) -> list[Claim]:
    """What a meeting shows that meetings of fewer nodes do not."""
    endings = [end for end in (meeting.first, meeting.second) if end is not None]
    labels = {end.label for end in endings if end.label is not None}
    conflicts = sum(end.rejections == conflict_after for end in endings)
    if len(endings) == 1:
        return [*labels, *([_CONFLICT] if conflicts else [])]
    if len(labels) > 1:
        return [_DIFFERENT]
    if conflicts:
        return [_DECIDED_BEFORE if labels else _TWO_CONFLICTS]
    return []


def _judge(claim: Claim) -> Judge:
    if isinstance(claim, int):
        return lambda execution: holding(execution, claim)
    if claim == _DIFFERENT:
        return in_disagreement

    def in_conflicts(execution: Execution) -> Sequence[int] | None:
        nodes = in_conflict(execution) or ()
        if claim == _TWO_CONFLICTS:
            return nodes if len(nodes) > 1 else None
        decided = any(record.history for record in execution.records.values())
        return nodes if nodes and (decided or claim == _CONFLICT) else None

    return in_conflicts


def _conflict(run: Run) -> ConflictState:
    """The nodes that are in conflict at the end of ``run``, with what rewards, and who decided."""
    execution = Execution(run)
    for act in run.acts:
        execution.perform(act)
    records = execution.records
    ended = [node for node, record in records.items() if record.conflicts]
    decided = next(
        (
            Ending(len(record.outcomes) - 1, record.history[0].label)
            for record in records.values()
            if record.history
        ),
        None,
    )
    return ConflictState(frozenset(ended), decided, records[ended[0]].rewards[-1].rewards)
