"""Agreement on evidence once, and what follows from each evidence: a shortcut to 'holds'.

Where nodes agree on evidence (reading ``agree_on=evidence``), a node uses what is in it for
nothing but to tell one evidence from another, until the evidence is settled and the outcome is
computed from it.  So two questions can be answered apart:

1. Can two honest nodes settle on different evidence?  That depends neither on what the
   honest nodes predict nor on the samples before.  It is explored for one sample in which all
   honest nodes predict alike and a faulty node can sign two labels, for every turn of the
   leaders that the samples bring.
2. Does the outcome of every evidence that can come about have the properties that are asked?
   All honest nodes have the same record then, so each evidence is judged by itself.

If both are answered well, the properties hold; ``docs/reductions.md`` has the argument.
Otherwise nothing is concluded, and the whole is explored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from checker.evidence_adversary import EvidenceAdversary
from checker.question import Question
from checker.setting import Setting
from poqi_core.history import Facet, Record, follow
from poqi_core.judgement import judge
from poqi_core.messages import Evidence
from poqi_core.outputs import Settled
from poqi_core.properties import Property, property_named
from poqi_core.state import NodeState, initial


class Explored(NamedTuple):
    """What an exploration of the first part has shown.

    Attributes:
        holds: the properties that hold.
        complete: whether the exploration came to its end.
        states: global states reached.
        transitions: steps followed.
    """

    holds: frozenset[str]
    complete: bool
    states: int
    transitions: int


Explorer = Callable[[Question, Setting], Explored]
"""Pursues the properties of a question in a setting."""


@dataclass(frozen=True)
class Shortcut:
    """What needs no exploration of its own in a setting.

    Attributes:
        holds: the names of the properties that are shown to hold.
        complete: False if the first part ran out of its budget; nothing is shown then.
        states: global states that were reached for the first time for it.
        transitions: the steps followed from them.
    """

    holds: frozenset[str]
    complete: bool = True
    states: int = 0
    transitions: int = 0


def applies(question: Question) -> bool:
    """Whether the argument covers the question, and something is to be gained."""
    readings = question.readings
    return (
        question.config.has_ballots
        and question.network == "asynchronous"
        and question.engine == "reduced"
        and question.fault.forges
        and readings.prepare_once == "yes"
        and readings.evidence_distinct == "yes"
        and question.adversary_labels is None
        and question.adversary_evidence is None
        and not question.coverage
        and all(entry.of_signed is None for entry in question.properties)
    )


class Composition:
    """The first part of the settings of one question, each explored once."""

    def __init__(self) -> None:
        self._explored: dict[tuple[int, ...], Explored] = {}

    def shortcut(
        self,
        question: Question,
        setting: Setting,
        asked: Sequence[Property],
        explore: Explorer,
    ) -> Shortcut:
        """Which of the properties ``asked`` of ``setting`` hold by the two parts."""
        states = transitions = 0
        for sample in range(len(setting.predicted)):
            placement = _turned(setting, sample)
            known = self._explored.get(placement)
            if known is None:
                known = explore(*_first_part(question, setting, placement))
                if known.complete:
                    self._explored[placement] = known
                states += known.states
                transitions += known.transitions
            if not known.complete or "evidence-agreement" not in known.holds:
                return Shortcut(frozenset(), known.complete, states, transitions)
        holds = frozenset(entry.name for entry in asked if _follows(setting, entry))
        return Shortcut(holds, True, states, transitions)


def _turned(setting: Setting, sample: int) -> tuple[int, ...]:
    """The faulty nodes, numbered so that the leaders of ``sample`` are those of sample 0."""
    nodes = setting.config.nodes
    return tuple(sorted((node - sample) % nodes for node in setting.byzantine))


def _first_part(
    question: Question, setting: Setting, placement: tuple[int, ...]
) -> tuple[Question, Setting]:
    alike = tuple(None if node in placement else 0 for node in range(setting.config.nodes))
    asked = property_named("evidence-agreement")
    faulty_leader = setting.config.leader(0, 0) in placement
    enough = 2 if setting.ballots == 1 and faulty_leader else None
    return (
        replace(question, predictions=(alike,), byzantine=None, samples=1, properties=(asked,)),
        replace(
            setting,
            config=replace(setting.config, samples=1),
            predicted=(alike,),
            adversary_labels=None,
            adversary_evidence=enough,
        ),
    )


_OUTCOMES = Facet.HISTORY | Facet.CONFLICTS | Facet.OUTCOMES | Facet.REWARDS
"""What follows from evidence alone."""


def _follows(setting: Setting, entry: Property) -> bool:
    """Whether a property holds whatever evidence is settled, sample after sample."""
    if entry.of_evidence:
        return True
    if entry.when_stuck or entry.of_signed is not None or entry.facets & ~_OUTCOMES:
        return False
    adversary = EvidenceAdversary(setting)
    start = initial(setting.config, setting.honest[0], setting.start_view)
    reached: dict[tuple[NodeState, Record], None] = {(start, Record()): None}
    for sample in range(len(setting.predicted)):
        evidence = list(adversary.evidence(sample))
        following: dict[tuple[NodeState, Record], None] = {}
        for state, record in reached:
            for settled in evidence:
                after, shown = _settle(setting, state, record, sample, settled, entry)
                following[after, shown] = None
        for _, record in following:
            records = dict.fromkeys(setting.honest, record)
            if entry.violation(records, setting.predicted_by_honest) is not None:
                return False
        reached = following
    return True


def _settle(
    setting: Setting,
    state: NodeState,
    record: Record,
    sample: int,
    evidence: Evidence,
    entry: Property,
) -> tuple[NodeState, Record]:
    """The state between two samples after ``evidence`` is settled, and what is seen by then."""
    judgement = judge(setting.config, state.view, state.rewards, sample, evidence)
    after = state._replace(view=judgement.view, opened=judgement.view, rewards=judgement.rewards)
    facts = (Settled(sample, evidence), *judgement.facts)
    return after, follow(record, facts, after, entry.facets)
