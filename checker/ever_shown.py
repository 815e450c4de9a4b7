"""The observer that most protocols can do with: it remembers everything that was shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeAlias

from checker.system import Shown

Seen: TypeAlias = frozenset[Shown]
"""What one process has shown so far."""

Predicate: TypeAlias = Callable[[Sequence[Seen[Shown]]], bool]
"""Whether a property holds, given what each process has shown, in their order."""


class EverShown(Generic[Shown]):
    """Remembers what each process has shown, and judges predicates on it.

    Show little (a decision, a vote), as every combination of what was shown is a state of its
    own; what follows from the state of a process or from what it has sent costs nothing.
    """

    def __init__(
        self,
        always: Mapping[str, Predicate[Shown]],
        in_the_end: Mapping[str, Predicate[Shown]] | None = None,
    ) -> None:
        """Predicates by the names of their properties.

        ``always`` must hold in every state, ``in_the_end`` in every state in which no progress
        is left.
        """
        self._always = dict(always)
        self._in_the_end = dict(in_the_end or {})

    @property
    def properties(self) -> Sequence[str]:
        """The names of the properties, those of the end last."""
        return (*self._always, *self._in_the_end)

    def start(self) -> Seen[Shown]:
        """Nothing."""
        return frozenset()

    def observe(self, seen: Seen[Shown], shown: Shown) -> Seen[Shown]:
        """``shown`` as well."""
        return seen | {shown}

    def broken(self, seen: Sequence[Seen[Shown]], *, stuck: bool) -> Sequence[str]:
        """The properties whose predicates are false."""
        judged = self._in_the_end if stuck else self._always
        return [name for name, holds in judged.items() if not holds(seen)]
