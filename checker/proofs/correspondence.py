"""The running protocol held against the relation that is proved.

What honest nodes of the profile ``hardened`` have signed for a sample is a state of the proved
relation: the *image* of a state of the protocol.  A step of the protocol is *admitted* if a
sequence of the relation's actions leads from the image before it to the image after it.
Whether an action can happen is not programmed here: the formulas that z3 was given are
evaluated.  What the image leaves out, messages under way and what nodes remember, is what the
relation makes no assumption about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

from checker.proofs.agreement import (
    BALLOT,
    BELOW,
    CERTIFIED,
    CHANGED,
    COMMITTED,
    DECIDED,
    HONEST,
    LEFT,
    MEMBER,
    NODE,
    PREPARED,
    QUORUM,
    REPORTED,
    TRANSITIONS,
    VALID,
    VALUE,
)
from checker.proofs.logic import And, Equal, Formula, Relation, Variable
from checker.proofs.structures import Assignment, Row, Structure, evaluate
from checker.proofs.transitions import Action, Addition
from poqi_core.config import Config
from poqi_core.judgement import is_evidence
from poqi_core.messages import (
    BallotChange,
    DecisionProof,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
)
from poqi_core.prediction import Label

_ORDER = (CHANGED, PREPARED, CERTIFIED, COMMITTED, DECIDED)
"""The order in which one step of a node can bring about new rows of several relations."""


class NotAdmittedError(Exception):
    """A step of the protocol is none of the relation; the message says what is new by it."""


@dataclass(frozen=True)
class Frame:
    """What an image needs to know beside what was signed.

    Attributes:
        config: the parameters of the protocol.
        sample: the sample that the image is about.
        honest: the label that each honest node predicts for it.
        ballots: the number of ballots that occur; a change to one more can.
    """

    config: Config
    sample: int
    honest: Mapping[int, Label]
    ballots: int

    @cached_property
    def _fixed(self) -> dict[Relation, frozenset[Row]]:
        return {
            HONEST: frozenset((node,) for node in self.honest),
            MEMBER: frozenset((node, quorum) for quorum in self.quorums for node in quorum),
            BELOW: frozenset(combinations(range(self.ballots + 1), 2)),
        }

    @cached_property
    def quorums(self) -> tuple[tuple[int, ...], ...]:
        """Every quorum that has no needless member."""
        return tuple(combinations(range(self.config.nodes), self.config.quorum))

    def is_valid(self, evidence: Evidence) -> bool:
        """Whether the core accepts it, and no honest prediction in it is forged."""
        return is_evidence(self.config, self.sample, evidence) and all(
            signed.label == self.honest[signed.node]
            for signed in evidence
            if signed.node in self.honest
        )

    def images(self, *signed: Iterable[Message]) -> Iterator[Structure]:
        """The images of several states, over the same things; each by what was signed in it."""
        rows = [
            [row for message in messages for row in self._rows(message)] for messages in signed
        ]
        values = {
            value: None
            for of_state in rows
            for relation, row in of_state
            for sort, value in zip(relation.sorts, row, strict=True)
            if sort == VALUE
        }
        universe = {
            NODE: tuple(range(self.config.nodes)),
            QUORUM: self.quorums,
            BALLOT: tuple(range(self.ballots + 1)),
            VALUE: tuple(values),
        }
        valid = frozenset((value,) for value in values if self.is_valid(value))
        for of_state in rows:
            tables: dict[Relation, set[Row]] = {relation: set() for relation in TRANSITIONS.relations}
            for relation, row in of_state:
                tables[relation].add(row)
            frozen = {relation: frozenset(found) for relation, found in tables.items()}
            yield self._certified(Structure(universe, {**self._fixed, VALID: valid, **frozen}))

    def _rows(self, message: Message) -> Iterator[tuple[Relation, Row]]:
        """What it means that an honest node has signed ``message``."""
        match message:
            case EvidencePrepare(node, self.sample, ballot, evidence):
                yield PREPARED, (node, ballot, evidence)
            case EvidenceCommit(node, self.sample, ballot, evidence):
                yield COMMITTED, (node, ballot, evidence)
            case BallotChange(node, self.sample, ballot, lock):
                yield CHANGED, (node, ballot)
                yield from ((LEFT, (node, lower)) for lower in range(ballot))
                if lock is not None:
                    yield from (
                        (REPORTED, (node, ballot, lower)) for lower in range(lock.ballot + 1)
                    )
            case DecisionProof(node, self.sample, ballot, evidence):
                yield DECIDED, (node, ballot, evidence)
            case _:
                return

    def _certified(self, state: Structure) -> Structure:
        """``state`` with every certificate of prepares that can be put together."""
        certify = TRANSITIONS.action("certify")
        rows = {
            (ballot, value)
            for _, ballot, value in state.of(PREPARED)
            if any(_satisfying(certify, CERTIFIED, (ballot, value), state))
        }
        return state.with_rows(CERTIFIED, frozenset(rows))


def _named_by(condition: Formula) -> Iterator[tuple[Variable, Variable]]:
    """The pairs of a place of a row and the parameter that it must equal."""
    match condition:
        case Equal(left, right):
            yield left, right
        case And(parts):
            for part in parts:
                yield from _named_by(part)
        case _:
            return


def _satisfying(
    action: Action, relation: Relation, row: Row, state: Structure
) -> Iterator[Assignment]:
    """The parameters with which ``action`` can happen in ``state`` and adds ``row``."""
    addition = action.additions.get(relation)
    if addition is None:
        return
    places = dict(zip(addition.row, row, strict=True))
    known = {
        parameter: places[place]
        for place, parameter in _named_by(addition.condition)
        if place in places
    }
    free = [parameter for parameter in action.parameters if parameter not in known]
    for chosen in product(*(state.universe[parameter.sort] for parameter in free)):
        given = {**known, **dict(zip(free, chosen, strict=True))}
        if evaluate(addition.condition, state, state, {**given, **places}) and evaluate(
            action.guard, state, state, given
        ):
            yield given


def _added(
    relation: Relation, addition: Addition, state: Structure, given: Assignment
) -> frozenset[Row]:
    rows = product(*(state.universe[sort] for sort in relation.sorts))
    return frozenset(
        row
        for row in rows
        if evaluate(
            addition.condition,
            state,
            state,
            {**given, **dict(zip(addition.row, row, strict=True))},
        )
    )


def _following(
    action: Action, given: Assignment, state: Structure, target: Structure
) -> Structure | None:
    """The state after ``action``, if it has no row that ``target`` has not."""
    following = state
    for relation, addition in action.additions.items():
        rows = state.of(relation) | _added(relation, addition, state, given)
        if not rows <= target.of(relation):
            return None
        following = following.with_rows(relation, rows)
    step = TRANSITIONS.step(action)
    return following if evaluate(step, state, following, given) else None


def admit(before: Structure, after: Structure) -> tuple[str, ...]:
    """The names of actions that lead from ``before`` to ``after``, none if they are the same.

    Raises:
        NotAdmittedError: there are none.
    """
    names: list[str] = []
    state = before
    for relation in _ORDER:
        for row in sorted(after.of(relation) - before.of(relation), key=repr):
            found = [
                (following, action.name)
                for action in TRANSITIONS.actions
                for given in _satisfying(action, relation, row, state)
                for following in (_following(action, given, state, after),)
                if following is not None
            ]
            if not found:
                raise NotAdmittedError(f"{relation.name}{row} is the row of no action")
            state, name = max(found, key=lambda pair: _size(pair[0]))
            names.append(name)
    missing = [
        f"{relation.name}{row}"
        for relation in TRANSITIONS.relations
        for row in after.of(relation) ^ state.of(relation)
    ]
    if missing:
        raise NotAdmittedError(f"no action accounts for {', '.join(sorted(missing))}")
    return tuple(names)


def _size(state: Structure) -> int:
    return sum(len(state.of(relation)) for relation in TRANSITIONS.relations)
