"""Runs of the core that show what a certificate says: a label decided, two labels, a conflict.

The runs are of the pattern, the faulty nodes and the start view as they were given, and can be
recorded as traces like any other.  Nothing can be left out of them, but they need not be shortest.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from checker.question import Pattern
from checker.setting import Setting
from checker.views.blocking import block
from checker.views.expansion import expand
from checker.views.one_sample import Meeting, OneSample
from checker.views.relation import Relations
from checker.views.shortening import Judge, shorten
from poqi_core.config import Config
from poqi_core.messages import (
    Commit,
    Decision,
    NodePrediction,
    Prepare,
    PrePrepare,
    Received,
    Sample,
)
from poqi_core.prediction import Label, label_of
from poqi_core.run import Act, Execution, Run


class Demonstrations:
    """Demonstrations for one configuration, which must be one that can be certified."""

    def __init__(self, config: Config) -> None:
        """Demonstrations for ``config``, that of :attr:`Certifier.config`."""
        self._config = config
        self._relations: dict[int, Relations] = {}

    def deciding(self, pattern: Pattern, start_view: int, label: Label) -> Run | None:
        """A run in which an honest node decides ``label``; None if there is none.

        A label that no honest node predicts stands for every such label.
        """
        names = _names(pattern)
        wanted = names.get(label, len(names))

        def decides(meeting: Meeting) -> bool:
            return meeting.second is None and meeting.first.label == wanted

        return self._run(pattern, start_view, decides, lambda execution: holding(execution, wanted))

    def differing(self, pattern: Pattern, start_view: int) -> Run | None:
        """A run in which two honest nodes decide different labels; None if there is none."""

        def differs(meeting: Meeting) -> bool:
            ends = [end for end in (meeting.first, meeting.second) if end is not None]
            return len({end.label for end in ends if end.label is not None}) > 1

        return self._run(pattern, start_view, differs, in_disagreement)

    def conflicting(self, pattern: Pattern, start_view: int) -> Run | None:
        """A run in which an honest node ends in a conflict; None if there is none."""
        after = self._config.conflict_after

        def conflicts(meeting: Meeting) -> bool:
            return meeting.second is None and meeting.first.rejections == after

        return self._run(pattern, start_view, conflicts, in_conflict)

    def blocking(self, pattern: Pattern, start_view: int, node: int) -> Run | None:
        """A run that leaves ``node`` undecided in a view with no honest step left, or None."""
        setting, relations, labels = self._plain(pattern, start_view)
        run = block(relations, setting, node)
        return None if run is None else _relabelled(run, labels)

    def _run(
        self,
        pattern: Pattern,
        start_view: int,
        wanted: Callable[[Meeting], bool],
        judge: Judge,
    ) -> Run | None:
        setting, relations, labels = self._plain(pattern, start_view)
        composition = OneSample(relations, setting)
        for meeting in composition.meetings():
            if wanted(meeting):
                run = expand(setting, composition.stages(meeting))
                return _relabelled(shorten(run, judge), labels)
        return None

    def _plain(
        self, pattern: Pattern, start_view: int
    ) -> tuple[Setting, Relations, Mapping[Label, Label]]:
        """The setting with its labels renamed to the lowest, and the labels by their new names."""
        names = _names(pattern)
        plain = tuple(None if label is None else names[label] for label in pattern)
        setting = Setting(self._config, (plain,), self._config.conflict_after, start_view)
        relations = self._relations.setdefault(
            setting.labels, Relations(self._config, setting.labels)
        )
        labels = {new: old for old, new in names.items()}
        labels[len(names)] = 1 + max(names)
        return setting, relations, labels


def _names(pattern: Pattern) -> dict[Label, Label]:
    names: dict[Label, Label] = {}
    for label in pattern:
        if label is not None:
            names.setdefault(label, len(names))
    return names


def holding(execution: Execution, label: Label) -> tuple[int, ...] | None:
    """The honest nodes that have decided ``label``, or None."""
    nodes = tuple(
        node
        for node, record in execution.records.items()
        if any(entry.label == label for entry in record.history)
    )
    return nodes or None


def in_disagreement(execution: Execution) -> tuple[int, ...] | None:
    """Honest nodes that have decided different labels, or None."""
    held = {
        entry.label: node for node, record in execution.records.items() for entry in record.history
    }
    return tuple(held.values()) if len(held) > 1 else None


def in_conflict(execution: Execution) -> tuple[int, ...] | None:
    """The honest nodes that have taken the sample for a conflict sample, or None."""
    nodes = tuple(node for node, record in execution.records.items() if record.conflicts)
    return nodes or None


def _relabelled(run: Run, labels: Mapping[Label, Label]) -> Run:
    """``run`` with its labels replaced by those that they stand for."""
    return replace(
        run,
        predicted=tuple(
            {node: labels[label] for node, label in row.items()} for row in run.predicted
        ),
        acts=tuple(_relabel(act, labels) for act in run.acts),
    )


def _relabel(act: Act, labels: Mapping[Label, Label]) -> Act:
    match act.event:
        case Sample(index, prediction):
            return act._replace(event=Sample(index, labels[label_of(prediction)]))
        case Received(sender, PrePrepare() | Decision() as named):
            return act._replace(event=Received(sender, replace(named, label=labels[named.label])))
        case Received(sender, Prepare() | Commit() as final):
            label, last = labels[final.label], labels[label_of(final.final)]
            return act._replace(event=Received(sender, replace(final, label=label, final=last)))
        case Received(sender, NodePrediction() as own):
            prediction = labels[label_of(own.prediction)]
            return act._replace(event=Received(sender, replace(own, prediction=prediction)))
        case _:
            return act
