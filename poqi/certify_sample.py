"""What the worst adversary can make of one sample, shown by a run of the core."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checker.question import Pattern
from checker.views.certificate import Certificate, Certifier
from checker.views.demonstrations import Demonstrations, in_conflict, in_disagreement
from checker.views.in_rounds import in_rounds
from checker.views.shortening import Judge
from poqi.certification import Placement, Request
from poqi_core.prediction import Label
from poqi_core.readings import Readings
from poqi_core.run import Execution, Run
from runner.aggregation import labels_of


@dataclass(frozen=True)
class Demonstration:
    """The worst that can be attained for a sample, and a run in which it is.

    Attributes:
        claim: what it shows, in words.
        property: the property that the run violates in its last step, if it is one of the
            protocol's.
        placement: the faulty nodes.
        start_view: the view in which all nodes begin.
        run: a run of the core from which nothing can be left out.
    """

    claim: str
    property: str | None
    placement: Placement
    start_view: int
    run: Run


@dataclass(frozen=True)
class _Claim:
    """Something that can be attained, and how it is shown."""

    text: str
    property: str | None
    attained: Callable[[Certificate], bool]
    run: Callable[[Demonstrations, Pattern, int, Certificate], Run | None]
    judge: Callable[[Label, Run], Judge]
    """Given the true label and such a run: what finds the same in another run."""


def demonstrate(request: Request, readings: Readings, sample: int) -> Demonstration | None:
    """The worst that can be attained for ``sample``; None if nothing can.

    Worst is a wrong label, then two labels, then a conflict, then a node that is blocked.  In
    lock-step rounds it is the first of these of which the asynchronous run can be played there.

    Raises:
        QuestionError: views cannot be composed there; it says which condition is not met.
    """
    truth = int(request.labels.values[sample])
    answers: list[int] = labels_of(request.outputs.vectors)[:, sample].tolist()
    certifier = Certifier(request.outputs.nodes, request.faults, readings)
    demonstrations = Demonstrations(certifier.config)
    certified = list(_certified(request, answers, certifier))
    for claim in _claims(truth):
        for placement, view, pattern, certificate in certified:
            if claim.attained(certificate):
                run = claim.run(demonstrations, pattern, view, certificate)
                if run is not None and request.network == "rounds":
                    run = in_rounds(run, claim.judge(truth, run))
                if run is not None:
                    return Demonstration(claim.text, claim.property, placement, view, run)
    return None


def _certified(
    request: Request, answers: list[int], certifier: Certifier
) -> Iterator[tuple[Placement, int, Pattern, Certificate]]:
    for placement in request.placements:
        pattern = tuple(None if node in placement else label for node, label in enumerate(answers))
        for view in request.start_views:
            yield placement, view, pattern, certifier.certificate(pattern, view)


def _claims(truth: int) -> tuple[_Claim, ...]:
    def deciding(
        demonstrations: Demonstrations, pattern: Pattern, view: int, certificate: Certificate
    ) -> Run | None:
        return demonstrations.deciding(pattern, view, min(certificate.decidable - {truth}))

    def inventing(
        demonstrations: Demonstrations, pattern: Pattern, view: int, certificate: Certificate
    ) -> Run | None:
        invented = 1 + max(label for label in pattern if label is not None)
        return demonstrations.deciding(pattern, view, invented)

    return (
        _Claim(
            "an honest node decides a wrong label",
            None,
            lambda certificate: bool(certificate.decidable - {truth}),
            deciding,
            lambda truth, _: lambda execution: _deciding_other_than(execution, truth),
        ),
        _Claim(
            "an honest node decides a label that no honest node predicted",
            "decided-validity",
            lambda certificate: certificate.invented,
            inventing,
            lambda _, run: lambda execution: _inventing(execution, run),
        ),
        _Claim(
            "two honest nodes decide different labels",
            "agreement",
            lambda certificate: certificate.can_differ,
            lambda demonstrations, pattern, view, _: demonstrations.differing(pattern, view),
            lambda _, run: in_disagreement,
        ),
        _Claim(
            "an honest node takes the sample for a conflict sample",
            None,
            lambda certificate: certificate.conflict_reachable,
            lambda demonstrations, pattern, view, _: demonstrations.conflicting(pattern, view),
            lambda _, run: in_conflict,
        ),
        _Claim(
            "an honest node is left in a view for ever",
            "termination",
            lambda certificate: bool(certificate.blockable),
            lambda demonstrations, pattern, view, certificate: demonstrations.blocking(
                pattern, view, min(certificate.blockable)
            ),
            lambda _, run: _at_rest,
        ),
    )


def _deciding_other_than(execution: Execution, truth: Label) -> tuple[int, ...] | None:
    """The honest nodes that have decided a wrong label, or None."""
    nodes = tuple(
        node
        for node, record in execution.records.items()
        if any(entry.label != truth for entry in record.history)
    )
    return nodes or None


def _inventing(execution: Execution, run: Run) -> tuple[int, ...] | None:
    """The honest nodes that have decided what no honest node predicted, or None."""
    predicted = {label for sample in run.predicted for label in sample.values()}
    nodes = tuple(
        node
        for node, record in execution.records.items()
        if any(entry.label not in predicted for entry in record.history)
    )
    return nodes or None


def _at_rest(execution: Execution) -> tuple[int, ...] | None:
    """The honest nodes without a label or a conflict where no honest step is left, or None."""
    if next(execution.honest_steps(), None) is not None:
        return None
    nodes = tuple(
        node
        for node, record in execution.records.items()
        if not record.history and not record.conflicts
    )
    return nodes or None
