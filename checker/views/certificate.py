"""What the worst adversary can make of one sample: an exact certificate for a pattern of labels.

A :class:`Certifier` is made once for a configuration and asked for many patterns.  Two patterns
that differ by the names of the labels, or by where in the rotation of primaries the run begins,
have the same certificate up to those names; each class of them is explored once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from checker.question import Pattern, Question, QuestionError
from checker.setting import Setting
from checker.views.conditions import is_composable, require
from checker.views.endings import Endings
from checker.views.one_sample import Ending, Meeting, OneSample, members
from checker.views.relation import Relations
from checker.views.resting import Resting
from poqi_core.prediction import Label
from poqi_core.properties import property_named
from poqi_core.readings import PAPER, Readings


@dataclass(frozen=True)
class ConflictState:
    """Honest nodes that can all take the sample for a conflict sample in one run.

    Attributes:
        nodes: those nodes; any part of them can, too.
        decided: how one honest node has decided before in that run, if one has: in which view,
            counted from the first, and what (a label of None is one that no honest node
            predicted).
        rewards: by node, what each of ``nodes`` then holds to be the reward of that node.
    """

    nodes: frozenset[int]
    decided: Ending | None
    rewards: tuple[Fraction, ...]


@dataclass(frozen=True)
class Certificate:
    """What can become of a sample, over every behaviour of the faulty nodes and every schedule.

    Attributes:
        decidable: the labels, of those that honest nodes predict, that some honest node can be
            made to decide.
        invented: whether one can be made to decide a label that no honest node predicts.
        can_differ: whether two honest nodes can be made to decide different labels.
        blockable: the honest nodes that can be left undecided in a view for ever, though every
            message of an honest node arrives: no honest step is left.  (Who ends in a conflict is
            not counted.)
        conflicts: the largest sets of honest nodes that can all end in a conflict; empty if no
            conflict can be reached.
    """

    decidable: frozenset[Label]
    invented: bool
    can_differ: bool
    blockable: frozenset[int]
    conflicts: tuple[ConflictState, ...]

    @property
    def conflict_reachable(self) -> bool:
        """Whether some honest node can take the sample for a conflict sample."""
        return bool(self.conflicts)


@dataclass(frozen=True)
class PlainPattern:
    """What stands for all patterns that differ by the names of labels, or by a rotation.

    Attributes:
        pattern: the pattern; view 0 is the first, and labels are numbered as they first occur.
        labels: by such a number the label that it stands for here.
        first: the place of the first primary among the nodes here.
    """

    pattern: Pattern
    labels: tuple[Label, ...]
    first: int

    def renamed(self, known: Certificate) -> Certificate:
        """A certificate of :attr:`pattern`, with the names that labels and nodes have here."""
        nodes = len(self.pattern)
        return Certificate(
            frozenset(self.labels[label] for label in known.decidable),
            known.invented,
            known.can_differ,
            frozenset((node + self.first) % nodes for node in known.blockable),
            tuple(_turned(state, self.labels, self.first) for state in known.conflicts),
        )


def plain_pattern(nodes: int, pattern: Pattern, start_view: int) -> PlainPattern:
    """What stands for ``pattern`` where view ``start_view`` is the first.

    Raises:
        ValueError: the pattern is not of as many nodes, or none of them is honest.
    """
    if len(pattern) != nodes:
        raise ValueError(f"a pattern for {nodes} nodes has {nodes} labels, not {len(pattern)}")
    first = start_view % nodes
    turned = (*pattern[first:], *pattern[:first])
    names: dict[Label, Label] = {}
    for label in turned:
        if label is not None:
            names.setdefault(label, len(names))
    if not names:
        raise ValueError("a pattern needs an honest node")
    plain = tuple(None if label is None else names[label] for label in turned)
    return PlainPattern(plain, tuple(names), first)


class Certifier:
    """Certificates for samples of one configuration, each class of patterns explored once."""

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
        question = Question(nodes, faults, readings, network, byzantine=())
        if network != "asynchronous":
            raise QuestionError(
                f"samples are certified for the network asynchronous, not {network}: in lock-step "
                "rounds it matters when a node enters a view.  What is impossible there is "
                "impossible in rounds as well"
            )
        require(question)
        if not is_composable(question, property_named("reward-consistency")):
            raise QuestionError(
                f"with reward_when={readings.reward_when} rewards change before a node leaves a "
                "view; certificates name the rewards, and need reward_when=decided"
            )
        self.config = question.config
        """The configuration of the core."""
        self._relations: dict[int, Relations] = {}
        self._endings: dict[int, Endings] = {}
        self._resting: dict[int, Resting] = {}
        self._known: dict[Pattern, Certificate] = {}

    @property
    def explored(self) -> int:
        """How many classes of patterns have been explored."""
        return len(self._known)

    def certificate(self, pattern: Pattern, start_view: int = 0) -> Certificate:
        """The certificate for a sample of which each node predicts its label in ``pattern``.

        ``pattern`` has None for the faulty nodes; there may be more or fewer of them than the
        quorums assume.  All nodes begin in ``start_view``.

        Raises:
            ValueError: the pattern is not of as many nodes, or none of them is honest.
        """
        plain = plain_pattern(self.config.nodes, pattern, start_view)
        known = self._known.get(plain.pattern)
        if known is None:
            setting = self.setting(plain)
            known = self._known[plain.pattern] = self._explore(setting, len(plain.labels))
        return plain.renamed(known)

    def setting(self, plain: "PlainPattern") -> Setting:
        """The setting that stands for a class of patterns."""
        return Setting(self.config, (plain.pattern,), views=self.config.conflict_after)

    def relations(self, setting: Setting) -> Relations:
        """The relations of the views of ``setting``, one of :meth:`setting`."""
        labels = setting.labels
        if labels not in self._relations:
            self._relations[labels] = Relations(self.config, labels)
            self._endings[labels] = Endings(self._relations[labels])
            self._resting[labels] = Resting(self._relations[labels])
        return self._relations[labels]

    def _explore(self, setting: Setting, labels: int) -> Certificate:
        """The certificate for a setting whose honest nodes predict so many labels."""
        composition = OneSample(self.relations(setting), setting)
        endings = self._endings[setting.labels]
        decided: set[Label] = set()
        can_differ = False
        conflicts: list[ConflictState] = []
        for meeting in composition.meetings():
            records = endings.records(setting, meeting)
            both = (meeting.first, meeting.second)
            decides = [end.label for end in both if end is not None and end.label is not None]
            decided.update(decides)
            can_differ |= len(set(decides)) > 1
            for nodes, before in _conflicting(self.config.conflict_after, meeting):
                conflicts.append(ConflictState(nodes, before, records[-1].rewards[-1].rewards))
        return Certificate(
            decidable=frozenset(label for label in decided if label < labels),
            invented=any(label >= labels for label in decided),
            can_differ=can_differ,
            blockable=self._resting[setting.labels].blockable(setting),
            conflicts=tuple(_largest(conflicts)),
        )


def _conflicting(after: int, meeting: Meeting) -> Iterator[tuple[frozenset[int], Ending | None]]:
    """The nodes of a meeting that end in a conflict, and how one has decided before."""
    conflict = Ending(after, None)
    if meeting.second is None and meeting.first == conflict:
        yield frozenset(members(meeting.who)), None
    elif meeting.second == conflict and meeting.first != conflict:
        alone = meeting.who & ~meeting.other
        deciders = [0] if alone or not meeting.who else [1 << node for node in members(meeting.who)]
        for decider in deciders:
            yield frozenset(members(meeting.other & ~decider)), meeting.first


def _largest(conflicts: list[ConflictState]) -> Iterator[ConflictState]:
    """Those of which no other has more nodes and says the same of who has decided before."""
    distinct = list(dict.fromkeys(conflicts))
    for one in distinct:
        if not any(
            one.nodes < other.nodes and one.decided in (other.decided, None) for other in distinct
        ):
            yield one


def _turned(state: ConflictState, labels: tuple[Label, ...], first: int) -> ConflictState:
    nodes = len(state.rewards)
    decided = state.decided
    if decided is not None and decided.label is not None:
        label = labels[decided.label] if decided.label < len(labels) else None
        decided = Ending(decided.rejections, label)
    return ConflictState(
        frozenset((node + first) % nodes for node in state.nodes),
        decided,
        tuple(state.rewards[(node - first) % nodes] for node in range(nodes)),
    )
