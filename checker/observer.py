"""What an exploration watches: the seen of each process, and the properties of all of it."""

from collections.abc import Hashable, Sequence
from typing import Protocol, TypeVar

ShownIn = TypeVar("ShownIn", bound=Hashable, contravariant=True)
Seen = TypeVar("Seen", bound=Hashable)
"""What an observer remembers of one process."""


class Observer(Protocol[ShownIn, Seen]):
    """Folds what the steps of a process show, and judges the result for all processes.

    Two runs that an observer has seen the same of are the same to it: an exploration keeps
    nothing else of the past.
    """

    @property
    def properties(self) -> Sequence[str]:
        """The names of the properties that it judges."""
        ...

    def start(self) -> Seen:
        """What is seen of a process before its first step."""
        ...

    def observe(self, seen: Seen, shown: ShownIn) -> Seen:
        """What is seen of a process after a step that shows ``shown``.

        Two shown values that make a difference after some seen make one after :meth:`start`.
        """
        ...

    def broken(self, seen: Sequence[Seen], *, stuck: bool) -> Sequence[str]:
        """The properties that are violated where ``seen`` is seen of the processes, in order.

        ``stuck`` says that no progress is left in that state; a property that is about
        stuck states is judged only there.
        """
        ...
