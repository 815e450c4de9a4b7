"""What can be attained where nodes agree on a label, view by view (profile ``paper``).

In the asynchronous network consensus is exact, from
:class:`~checker.views.certificate.Certifier`; in lock-step rounds it is known between the two
bounds of :class:`~checker.views.rounds_certificate.RoundsCertifier`.

What a conflict leads to depends on rewards and on the next sample; here it is what the core decides
over every order of rewards and every next primary (:mod:`checker.certification.after_conflict`).
A faulty primary may have proposed in its own view what it likes to every honest node: that can only
make them reject it, as a node that goes into a conflict does anyway.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache

from checker.certification.after_conflict import AfterConflict
from checker.certification.attainable import Attainable, Bounds, either
from checker.question import Pattern
from checker.views.certificate import Certificate, Certifier
from checker.views.rounds_certificate import RoundsCertifier
from poqi_core.config import Config
from poqi_core.prediction import Label
from poqi_core.readings import PAPER, Readings


class SampleCertifier:
    """What can be attained for samples of one configuration; equal patterns are explored once."""

    def __init__(
        self,
        nodes: int,
        faults: int,
        readings: Readings = PAPER,
        network: str = "asynchronous",
    ) -> None:
        """A certifier for ``nodes`` nodes with quorums for ``faults`` faults.

        Raises:
            QuestionError: views cannot be composed there; it says which condition is not met.
        """
        self._nodes = nodes
        if network == "rounds":
            in_rounds = RoundsCertifier(nodes, faults, readings)

            def certificates(pattern: Pattern, view: int) -> tuple[Certificate, Certificate]:
                bounds = in_rounds.bounds(pattern, view)
                return bounds.at_least, bounds.at_most

        else:
            exact = Certifier(nodes, faults, readings, network)

            def certificates(pattern: Pattern, view: int) -> tuple[Certificate, Certificate]:
                certificate = exact.certificate(pattern, view)
                return certificate, certificate

        self._certificates = certificates
        self._after_conflict = AfterConflict(Config(nodes, faults, readings))
        self._bounds = lru_cache(maxsize=None)(self._explore)

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
            faulty: the faulty nodes; at least one node must not be.
            start_views: the views in which all nodes may begin with the sample; the adversary has
                the choice.
        """
        pattern = tuple(None if node in faulty else label for node, label in enumerate(labels))
        views = tuple(sorted({view % self._nodes for view in start_views}))
        names = sorted({label for label in pattern if label is not None})
        plain = tuple(None if label is None else names.index(label) for label in pattern)
        return self._bounds(plain, views).renamed(names)

    def _explore(self, pattern: Pattern, start_views: tuple[int, ...]) -> Bounds:
        both = [self._certificates(pattern, view) for view in start_views]
        return Bounds(
            either([self._of(least, pattern) for least, _ in both]),
            either([self._of(most, pattern) for _, most in both]),
        )

    def _of(self, certificate: Certificate, pattern: Pattern) -> Attainable:
        labels, faulty = certificate.decidable, None in pattern
        invented, conflict = certificate.invented, certificate.conflict_reachable
        if conflict:
            fallen = self._after_conflict.labels(pattern)
            predicted = {label for label in pattern if label is not None}
            labels |= fallen & predicted
            invented |= bool(fallen - predicted)
        return Attainable(
            labels=labels,
            every_label=invented,
            differ=certificate.can_differ
            or any(
                state.decided is not None or (faulty and len(state.nodes) > 1)
                for state in certificate.conflicts
            ),
            blocked=bool(certificate.blockable),
            conflict=conflict,
        )
