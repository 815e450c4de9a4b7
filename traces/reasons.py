"""Why a property broke, with labels as letters."""

from dataclasses import replace

from poqi_core.history import Record
from poqi_core.occurrence import Records
from poqi_core.prediction import Label
from poqi_core.properties import Predicted, Property, Violation, property_named
from traces.labels import letter
from traces.trace import Trace


class _Lettered(int):
    """A label that a property writes as its letter; it is equal to the number it stands for."""

    def __str__(self) -> str:
        return letter(int(self))


def reason(trace: Trace) -> str:
    """The conjunct that broke at the end of ``trace``, with labels as letters.

    Raises:
        TraceError: the trace is an ordinary walk.
    """
    if trace.run.loop is not None:
        return trace.violation.conjunct
    entry = property_named(trace.property_name)
    found = lettered_violation(entry, trace.snapshots[-1].records, trace.run.predicted)
    return trace.violation.conjunct if found is None else found.conjunct


def lettered_violation(entry: Property, records: Records, predicted: Predicted) -> Violation | None:
    """What ``entry`` says of ``records``, with labels as letters.

    The property itself words it, over records whose labels are written as letters.
    """
    return entry.violation(
        {node: _lettered(record) for node, record in records.items()},
        [{node: _Lettered(label) for node, label in labels.items()} for labels in predicted],
    )


def _lettered(record: Record) -> Record:
    def name(label: Label | None) -> Label | None:
        return None if label is None else _Lettered(label)

    return record._replace(
        history=tuple(entry._replace(label=_Lettered(entry.label)) for entry in record.history),
        outcomes=tuple(outcome._replace(label=name(outcome.label)) for outcome in record.outcomes),
        evidence=tuple(
            basis._replace(
                evidence=tuple(
                    replace(signed, label=_Lettered(signed.label)) for signed in basis.evidence
                )
            )
            for basis in record.evidence
        ),
    )
