"""What can be attained where nodes agree on signed evidence (profile ``hardened``).

All honest nodes compute the outcome from one evidence (agreement on it is checked and proved for
N >= 3f+1, ``docs/hardened.md``).  Evidence holds the signed predictions of N-f nodes or more:
those of honest nodes say what their networks answered, a faulty one is absent or says anything.
So the core's own judgement of each evidence that can be is all that can be attained; where it
depends on rewards it is taken over every node that can hold the highest.

In the asynchronous network every such evidence can come about.  In lock-step rounds an honest
leader hears every honest node, so at least what follows from evidence with all of them is
attained, and at most the same as asynchronously, where the leader is faulty.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import NamedTuple, TypeAlias

from checker.certification.attainable import Attainable, Bounds, either
from checker.question import Pattern
from poqi_core.config import Config
from poqi_core.judgement import judge
from poqi_core.messages import Evidence, SignedPrediction
from poqi_core.outputs import Conflicted, Decided, Rule
from poqi_core.prediction import Label
from poqi_core.readings import HARDENED, Readings

_ABSENT = -1
_Said: TypeAlias = tuple[int, ...]
"""For each node the label that it has signed in an evidence, or that it is absent."""

_ALMOST_ALL = Fraction(10**6)
"""A reward beside which those of all others together are nothing, even halved once a view."""


class _Outcome(NamedTuple):
    """What can come of an evidence, over every node that can hold the highest reward."""

    labels: frozenset[Label]
    conflict: bool


class EvidenceError(ValueError):
    """Agreement on evidence is not promised there."""


class EvidenceCertifier:
    """What can be attained for samples of one configuration; equal patterns are explored once."""

    def __init__(
        self,
        nodes: int,
        faults: int,
        readings: Readings = HARDENED,
        network: str = "asynchronous",
    ) -> None:
        """A certifier for ``nodes`` nodes of which ``faults`` at most are faulty.

        Raises:
            EvidenceError: N < 3f+1, or nodes do not agree on evidence.
        """
        self._config = Config(nodes, faults, readings)
        if not self._config.has_ballots:
            raise EvidenceError("the readings do not let nodes agree on evidence in ballots")
        if nodes < 3 * faults + 1:
            raise EvidenceError(
                f"agreement on evidence needs N >= 3f+1, and {nodes} < {3 * faults + 1}"
            )
        self._in_rounds = network == "rounds"
        self._bounds = lru_cache(maxsize=None)(self._explore)
        self._outcome = lru_cache(maxsize=None)(self._judge)

    def attainable(
        self, labels: Sequence[Label], faulty: Collection[int], start_views: Collection[int]
    ) -> Attainable:
        """What is attained at most for a sample; see :meth:`bounds`."""
        return self.bounds(labels, faulty, start_views).most

    def bounds(
        self, labels: Sequence[Label], faulty: Collection[int], start_views: Collection[int]
    ) -> Bounds:
        """What is attained for a sample for which the networks of all nodes answer ``labels``.

        In the asynchronous network both bounds are the same.

        Args:
            labels: of each node; those of faulty nodes do not matter.
            faulty: the faulty nodes, f at most.
            start_views: the views in which all nodes may begin with the sample.

        Raises:
            EvidenceError: more than f nodes are faulty.
        """
        nodes, config = len(labels), self._config
        if len(faulty) > config.faults:
            raise EvidenceError(f"{len(faulty)} nodes are faulty, more than f = {config.faults}")
        found = []
        for view in sorted({view % nodes for view in start_views}):
            turned = [
                None if (view + place) % nodes in faulty else labels[(view + place) % nodes]
                for place in range(nodes)
            ]
            names = sorted({label for label in turned if label is not None})
            plain = tuple(None if label is None else names.index(label) for label in turned)
            found.append(self._bounds(plain).renamed(names))
        return Bounds(
            either([bounds.least for bounds in found]), either([bounds.most for bounds in found])
        )

    def _explore(self, pattern: Pattern) -> Bounds:
        """The same for a run that begins in view 0; labels are numbered from 0."""
        labels = len({label for label in pattern if label is not None})
        most = self._from(pattern, self._evidence(pattern, labels))
        if not self._in_rounds:
            return Bounds(most, most)
        whole = (said for said in self._evidence(pattern, labels) if _has_honest(pattern, said))
        return Bounds(self._from(pattern, whole), most)

    def _from(self, pattern: Pattern, evidence: Iterable[_Said]) -> Attainable:
        """What follows from these pieces of evidence, labels numbered as in ``pattern``."""
        honest = {label for label in pattern if label is not None}
        decided: set[Label] = set()
        conflict = False
        for said in evidence:
            # Judgement only compares labels, so evidence is judged up to their names.
            names = list(dict.fromkeys(label for label in said if label != _ABSENT))
            plain = tuple(_ABSENT if label == _ABSENT else names.index(label) for label in said)
            outcome = self._outcome(plain)
            decided.update(names[label] for label in outcome.labels)
            conflict |= outcome.conflict
        return Attainable(
            frozenset(decided & honest),
            every_label=bool(decided - honest),
            differ=False,
            blocked=False,
            conflict=conflict,
        )

    def _judge(self, said: _Said) -> _Outcome:
        evidence = _evidence(said)
        decided: set[Label] = set()
        conflict = False
        for highest in range(len(said)):
            rewards = tuple(
                _ALMOST_ALL if node == highest else Fraction(1) for node in range(len(said))
            )
            facts = judge(self._config, 0, rewards, 0, evidence).facts
            last = facts[-1]
            if isinstance(last, Decided):
                decided.add(last.label)
                if last.rule is Rule.CONSENSUS:
                    break
            conflict |= any(isinstance(fact, Conflicted) for fact in facts)
        return _Outcome(frozenset(decided), conflict)

    def _evidence(self, pattern: Pattern, labels: int) -> Iterator[_Said]:
        """Every evidence that can be; a faulty node has one label more than the honest ones."""
        choices = [
            (_ABSENT, label) if label is not None else (_ABSENT, *range(labels + 1))
            for label in pattern
        ]
        most = len(pattern) - self._config.evidence_size
        for said in product(*choices):
            if said.count(_ABSENT) <= most:
                yield said


def _evidence(said: _Said) -> Evidence:
    return tuple(
        SignedPrediction(node, 0, label) for node, label in enumerate(said) if label != _ABSENT
    )


def _has_honest(pattern: Pattern, said: _Said) -> bool:
    """Whether every honest node's prediction is in the evidence."""
    return all(
        label is None or signed != _ABSENT for label, signed in zip(pattern, said, strict=True)
    )
