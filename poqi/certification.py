"""What the worst adversary can make of every sample of a test set, by each method."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from checker.certification.attainable import Bounds
from checker.certification.evidence import EvidenceCertifier, EvidenceError
from checker.certification.explore import Case, explore
from checker.certification.views import SampleCertifier
from checker.certification.word_of_primary import attained_by_word
from checker.question import QuestionError
from poqi_core.readings import Readings
from runner.aggregation import labels_of
from runner.certified_aggregation import attained_by_average, attained_by_majority
from runner.labels import TrueLabels
from runner.outputs import Outputs

Placement = tuple[int, ...]
"""The faulty nodes, in ascending order."""


@dataclass(frozen=True)
class Request:
    """What is to be certified.

    Attributes:
        outputs: of the networks of all nodes.
        labels: the true labels of the same samples.
        faults: the f of the quorums.
        placements: the sets of faulty nodes, each for itself and all together.
        start_views: the views in which a sample may begin; the adversary has the choice.
        network: ``asynchronous`` or ``rounds``.
        protocols: by name, the readings that are certified.
        workers: how many processes explore.
    """

    outputs: Outputs
    labels: TrueLabels
    faults: int
    placements: tuple[Placement, ...]
    start_views: tuple[int, ...]
    network: str
    protocols: tuple[tuple[str, Readings], ...]
    workers: int = 1


@dataclass(frozen=True, eq=False)
class Marks:
    """What can be attained, for each placement and sample: bool, shape (placements, samples).

    Attributes:
        certified: the true label can be decided, and nothing else can.
        breakable: another label can be decided.
        differ: two honest nodes can come to differ.
        blocked: one can be left undecided for ever; None where nobody waits for anything.
        conflict: one can take the sample for a conflict sample; None where there is no such thing.
    """

    certified: NDArray[np.bool_]
    breakable: NDArray[np.bool_]
    differ: NDArray[np.bool_]
    blocked: NDArray[np.bool_] | None = None
    conflict: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Method:
    """A method and what can be attained against it.

    Attributes:
        name: of the method.
        marks: what can be attained at most; ``certified`` is what nothing can be done about.
            None where it is not known.
        least: what can be attained at least, if that is known to be less or is not known to be
            the same.
        reason: why nothing is known.
    """

    name: str
    marks: Marks | None
    least: Marks | None = None
    reason: str | None = None


class _Certifier(Protocol):
    """Says what can be attained for a sample, at least and at most."""

    def __call__(self, labels: Sequence[int], placement: Placement) -> Bounds: ...


def certify(request: Request, report: Callable[[int], None]) -> Iterator[Method]:
    """Certify every protocol of ``request``, then the aggregations.

    Args:
        request: what is to be certified.
        report: called with the number of patterns that are done, of all protocols together; there
            are :func:`patterns` of them.
    """
    distinct, where = _patterns(request)
    for place, (name, readings) in enumerate(request.protocols):
        before = place * len(distinct)
        try:
            found = _bounds(request, readings, distinct, _counted_from(before, report))
        except (QuestionError, EvidenceError) as error:
            yield Method(f"PoQI, {name}", None, reason=str(error))
            continue
        most = _marks(request, found, where, most=True)
        exact = all(bounds.least == bounds.most for row in found for bounds in row)
        least = None if exact else _marks(request, found, where, most=False)
        yield Method(f"PoQI, {name}", most, least)
    yield from _aggregations(request)


def _counted_from(before: int, report: Callable[[int], None]) -> Callable[[int], None]:
    return lambda done: report(before + done)


def patterns(request: Request) -> int:
    """How many distinct patterns of labels the samples have, once for each protocol."""
    return len(request.protocols) * len(_patterns(request)[0])


def _patterns(request: Request) -> tuple[list[list[int]], NDArray[np.int64]]:
    """The distinct patterns of labels, and for each sample which one it has."""
    labels = labels_of(request.outputs.vectors).T
    distinct, where = np.unique(labels, axis=0, return_inverse=True)
    return distinct.tolist(), where.reshape(-1)


def _bounds(
    request: Request,
    readings: Readings,
    distinct: Sequence[Sequence[int]],
    report: Callable[[int], None],
) -> list[list[Bounds]]:
    """What can be attained for each distinct pattern and each placement.

    Raises:
        QuestionError: nothing certifies nodes that follow ``readings``; it says why.
        EvidenceError: likewise.
    """
    if readings.agree_on == "evidence" or readings.decide == "obey":
        certifier = _certifier(request, readings)
        found = []
        for done, labels in enumerate(distinct, 1):
            found.append([certifier(labels, chosen) for chosen in request.placements])
            report(done)
        return found
    composed = SampleCertifier(request.outputs.nodes, request.faults, readings, request.network)
    cases = list(product(map(tuple, distinct), request.placements))
    known: dict[Case, Bounds] = {}
    for some in explore(composed, cases, request.start_views, request.workers):
        known |= some
        report(len(known) // len(request.placements))
    return [[known[tuple(labels), chosen] for chosen in request.placements] for labels in distinct]


def _certifier(request: Request, readings: Readings) -> _Certifier:
    """What certifies nodes that agree on evidence, or obey the primary's word.

    Raises:
        QuestionError: nothing does; it says why.
        EvidenceError: likewise.
    """
    nodes, faults, views = request.outputs.nodes, request.faults, request.start_views
    if readings.agree_on == "evidence":
        evidence = EvidenceCertifier(nodes, faults, readings, request.network)
        return lambda labels, placement: evidence.bounds(labels, placement, views)

    def by_word(labels: Sequence[int], placement: Placement) -> Bounds:
        found = attained_by_word(nodes, faults, readings, request.network, labels, placement, views)
        if found is None:
            raise QuestionError(
                "with decide=obey a faulty primary attains everything; for start views in "
                "which none is the primary nothing is certified"
            )
        return found

    return by_word


def _marks(
    request: Request,
    found: Sequence[Sequence[Bounds]],
    where: NDArray[np.int64],
    *,
    most: bool,
) -> Marks:
    """The marks of the upper or of the lower bounds; ``certified`` is the same for both."""
    truth = request.labels.values.tolist()
    shape = len(request.placements), len(truth)
    certified, breakable = np.empty(shape, dtype=bool), np.empty(shape, dtype=bool)
    one = [[bounds.most if most else bounds.least for bounds in row] for row in found]
    for sample, (pattern, label) in enumerate(zip(where.tolist(), truth, strict=True)):
        certified[:, sample] = [bounds.is_certified(label) for bounds in found[pattern]]
        breakable[:, sample] = [attained.is_breakable(label) for attained in one[pattern]]
    differ = np.array([[attained.differ for attained in row] for row in one])[where].T
    blocked = np.array([[attained.blocked for attained in row] for row in one])[where].T
    conflict = np.array([[attained.conflict for attained in row] for row in one])[where].T
    return Marks(certified, breakable, differ, blocked, conflict)


def _aggregations(request: Request) -> Iterator[Method]:
    vectors, truth = request.outputs.vectors, request.labels.values
    weights = (labels_of(vectors) == truth).mean(axis=1)
    yield Method(
        "majority voting",
        _of_classes(
            [attained_by_majority(vectors, placement) for placement in request.placements], truth
        ),
    )
    yield Method(
        "weighted average",
        _of_classes(
            [attained_by_average(vectors, weights, placement) for placement in request.placements],
            truth,
        ),
    )


def _of_classes(attained: Sequence[NDArray[np.bool_]], truth: NDArray[np.int64]) -> Marks:
    """The marks of classes that are attained, each of shape (samples, classes)."""
    true = np.arange(attained[0].shape[1]) == truth[:, np.newaxis]
    breakable = np.stack([(classes & ~true).any(axis=1) for classes in attained])
    certified = np.stack([(classes & true).any(axis=1) for classes in attained]) & ~breakable
    differ = np.stack([classes.sum(axis=1) > 1 for classes in attained])
    return Marks(certified, breakable, differ)


def every_placement(nodes: int, faulty: int) -> tuple[Placement, ...]:
    """Every choice of so many faulty nodes."""
    return tuple(combinations(range(nodes), faulty))
