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
from checker.proofs.structures import Assignment, Compiled, Row, Structure
from checker.proofs.transitions import Action
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

    def images(
        self, before: Iterable[Message], new: Iterable[Message]
    ) -> tuple[Structure, Structure]:
        """The images of a state in which ``before`` is signed, and of one with ``new`` besides.

        Evidence is numbered in the order in which it occurs.
        """
        numbers: dict[Evidence, int] = {}
        earlier = self._rows(before, numbers)
        later = earlier | self._rows(new, numbers)
        universe = {
            NODE: tuple(range(self.config.nodes)),
            QUORUM: self.quorums,
            BALLOT: tuple(range(self.ballots + 1)),
            VALUE: tuple(numbers.values()),
        }
        valid = frozenset((number,) for value, number in numbers.items() if self.is_valid(value))
        first, second = (
            self._certified(
                Structure(
                    universe,
                    {
                        **self._fixed,
                        VALID: valid,
                        **{
                            relation: frozenset(row for other, row in rows if other is relation)
                            for relation in TRANSITIONS.relations
                        },
                    },
                )
            )
            for rows in (earlier, later)
        )
        return first, second

    def _rows(
        self, signed: Iterable[Message], numbers: dict[Evidence, int]
    ) -> set[tuple[Relation, Row]]:
        """What it means that honest nodes have signed these messages."""
        rows: set[tuple[Relation, Row]] = set()
        for message in signed:
            match message:
                case EvidencePrepare(node, self.sample, ballot, evidence):
                    value = numbers.setdefault(evidence, len(numbers))
                    rows.add((PREPARED, (node, ballot, value)))
                case EvidenceCommit(node, self.sample, ballot, evidence):
                    value = numbers.setdefault(evidence, len(numbers))
                    rows.add((COMMITTED, (node, ballot, value)))
                case DecisionProof(node, self.sample, ballot, evidence):
                    value = numbers.setdefault(evidence, len(numbers))
                    rows.add((DECIDED, (node, ballot, value)))
                case BallotChange(node, self.sample, ballot, lock):
                    rows.add((CHANGED, (node, ballot)))
                    rows |= {(LEFT, (node, lower)) for lower in range(ballot)}
                    if lock is not None:
                        covered = range(lock.ballot + 1)
                        rows |= {(REPORTED, (node, ballot, lower)) for lower in covered}
                case _:
                    pass
        return rows

    def _certified(self, state: Structure) -> Structure:
        """``state`` with every certificate of prepares that can be put together."""
        rows = {
            (ballot, value)
            for _, ballot, value in state.of(PREPARED)
            if any(_CERTIFY.adding(CERTIFIED, (ballot, value), state))
        }
        return state.with_rows(CERTIFIED, frozenset(rows))


class _Doing:
    """An action with its formulas made ready."""

    def __init__(self, action: Action) -> None:
        self.name = action.name
        self._action = action
        self._guard = Compiled(action.guard)
        self._step = Compiled(TRANSITIONS.step(action))
        self._adds = {
            relation: Compiled(addition.condition)
            for relation, addition in action.additions.items()
        }

    def adding(self, relation: Relation, row: Row, state: Structure) -> Iterator[Assignment]:
        """The parameters with which it can happen in ``state`` and adds ``row``."""
        addition = self._action.additions.get(relation)
        if addition is None:
            return
        places = dict(zip(addition.row, row, strict=True))
        known = {
            parameter: places[place]
            for place, parameter in _equal_to(addition.condition)
            if place in places
        }
        free = [parameter for parameter in self._action.parameters if parameter not in known]
        for chosen in product(*(state.universe[parameter.sort] for parameter in free)):
            given = {**known, **dict(zip(free, chosen, strict=True))}
            if self._adds[relation].holds(state, state, {**given, **places}) and (
                self._guard.holds(state, state, given)
            ):
                yield given

    def after(self, given: Assignment, state: Structure, target: Structure) -> Structure | None:
        """The state that it leads to, if that has no row that ``target`` has not."""
        following = state
        for relation, addition in self._action.additions.items():
            old, condition = state.of(relation), self._adds[relation]
            added = {
                row
                for row in target.of(relation) - old
                if condition.holds(
                    state, state, {**given, **dict(zip(addition.row, row, strict=True))}
                )
            }
            following = following.with_rows(relation, old | added)
        return following if self._step.holds(state, following, given) else None


def _equal_to(condition: Formula) -> Iterator[tuple[Variable, Variable]]:
    """The pairs of variables that ``condition`` says are the same."""
    match condition:
        case Equal(left, right):
            yield left, right
        case And(parts):
            for part in parts:
                yield from _equal_to(part)
        case _:
            return


_DOINGS = tuple(map(_Doing, TRANSITIONS.actions))
_CERTIFY = next(doing for doing in _DOINGS if doing.name == "certify")


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
                (following, doing.name)
                for doing in _DOINGS
                for given in doing.adding(relation, row, state)
                for following in (doing.after(given, state, after),)
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
