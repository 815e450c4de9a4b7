"""First-order formulas over a few sorts, as values.

A formula is written once and used twice: :mod:`checker.proofs.solver` hands it to z3, which
proves it for every number of nodes, and :mod:`checker.proofs.structures` evaluates it on a
finite structure, such as a state of the running protocol.

A transition relation speaks of two states.  An atom speaks of the state before the
transition unless it is marked ``after``; :func:`after` marks every atom of a formula.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sort:
    """A set of things of one kind, finite or not, that has at least one."""

    name: str

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Variable:
    """A thing of a sort; a constant, where no quantifier binds it."""

    name: str
    sort: Sort

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between things of the named sorts.

    Attributes:
        name: what it is called.
        sorts: those of its places.
        fixed: whether no transition changes it.
    """

    name: str
    sorts: tuple[Sort, ...]
    fixed: bool = False

    def __hash__(self) -> int:
        return hash(self.name)

    def __call__(self, *terms: Variable) -> "Holds":
        """The atom that these ``terms`` stand in the relation.

        Raises:
            TypeError: they are too few, too many, or of other sorts.
        """
        given = tuple(term.sort for term in terms)
        if given != self.sorts:
            wanted = ", ".join(sort.name for sort in self.sorts)
            found = ", ".join(sort.name for sort in given)
            raise TypeError(f"{self.name} relates ({wanted}), not ({found})")
        return Holds(self, terms)


class Formula:
    """Any of the kinds of formulas below; ``&``, ``|`` and ``~`` combine them."""

    __slots__ = ()

    def __and__(self, other: "Formula") -> "Formula":
        return And((self, other))

    def __or__(self, other: "Formula") -> "Formula":
        return Or((self, other))

    def __invert__(self) -> "Formula":
        return Not(self)

    def implies(self, other: "Formula") -> "Formula":
        """``other`` holds where this holds."""
        return Or((Not(self), other))

    def iff(self, other: "Formula") -> "Formula":
        """Both hold or neither does."""
        return Iff(self, other)


@dataclass(frozen=True, slots=True)
class Holds(Formula):
    """The terms stand in the relation, before the transition or after it."""

    relation: Relation
    terms: tuple[Variable, ...]
    after: bool = False

    def __str__(self) -> str:
        prime = "'" if self.after else ""
        return f"{self.relation.name}{prime}({', '.join(map(str, self.terms))})"


@dataclass(frozen=True, slots=True)
class Equal(Formula):
    """Both variables are the same thing."""

    left: Variable
    right: Variable

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"


@dataclass(frozen=True, slots=True)
class Not(Formula):
    """The part does not hold."""

    part: Formula

    def __str__(self) -> str:
        return f"not {_bracketed(self.part)}"


@dataclass(frozen=True, slots=True)
class And(Formula):
    """Every part holds; true without parts."""

    parts: tuple[Formula, ...]

    def __str__(self) -> str:
        return " and ".join(map(_bracketed, self.parts)) or "true"


@dataclass(frozen=True, slots=True)
class Or(Formula):
    """Some part holds; false without parts."""

    parts: tuple[Formula, ...]

    def __str__(self) -> str:
        return " or ".join(map(_bracketed, self.parts)) or "false"


@dataclass(frozen=True, slots=True)
class Iff(Formula):
    """Both sides hold or neither does."""

    left: Formula
    right: Formula

    def __str__(self) -> str:
        return f"{_bracketed(self.left)} iff {_bracketed(self.right)}"


@dataclass(frozen=True, slots=True)
class Quantified(Formula):
    """The body holds for all values of the variables, or for some."""

    universal: bool
    variables: tuple[Variable, ...]
    body: Formula

    def __str__(self) -> str:
        word = "all" if self.universal else "some"
        return f"for {word} {', '.join(map(str, self.variables))}: {_bracketed(self.body)}"


def _bracketed(formula: Formula) -> str:
    return str(formula) if isinstance(formula, Holds | Not) else f"({formula})"


def for_all(*variables: Variable) -> Callable[[Formula], Formula]:
    """``for_all(x, y)(body)``: the body holds for all values of the variables."""
    return lambda body: Quantified(True, variables, body)


def for_some(*variables: Variable) -> Callable[[Formula], Formula]:
    """``for_some(x, y)(body)``: the body holds for some values of the variables."""
    return lambda body: Quantified(False, variables, body)


def all_of(parts: Iterable[Formula]) -> Formula:
    """Every part holds."""
    return And(tuple(parts))


def any_of(parts: Iterable[Formula]) -> Formula:
    """Some part holds."""
    return Or(tuple(parts))


def at_most(count: int, sort: Sort) -> Formula:
    """There are no more than ``count`` things of ``sort``."""
    things = tuple(Variable(f"{sort.name.lower()}_{number}", sort) for number in range(count))
    any_thing = Variable(f"any_{sort.name.lower()}", sort)
    return for_some(*things)(for_all(any_thing)(any_of(Equal(any_thing, t) for t in things)))


def after(formula: Formula) -> Formula:
    """The same about the state after the transition; fixed relations are the same in both."""
    match formula:
        case Holds():
            return formula if formula.relation.fixed else replace(formula, after=True)
        case Equal():
            return formula
        case Not(part):
            return Not(after(part))
        case And(parts):
            return And(tuple(map(after, parts)))
        case Or(parts):
            return Or(tuple(map(after, parts)))
        case Iff(left, right):
            return Iff(after(left), after(right))
        case Quantified():
            return replace(formula, body=after(formula.body))
    raise TypeError(f"{formula!r} is no formula")
