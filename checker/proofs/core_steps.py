"""Every step of the running protocol that an exploration takes, held against the relation."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.exploration import Budget
from checker.full import FullEngine
from checker.poqi_system import Facts, Happening, Packet, PoqiSystem
from checker.proofs.correspondence import Frame, NotAdmittedError, admit
from checker.setting import Setting
from checker.table import Tables
from poqi_core.messages import Message
from poqi_core.state import NodeState


@dataclass(frozen=True)
class Comparison:
    """What came of holding the steps of an exploration against the relation.

    Attributes:
        states: global states that were reached.
        transitions: steps from them.
        distinct: how many different pairs of what was signed before and what is new there are.
        actions: how often each action of the relation accounts for such a pair, or a part of it.
        complete: whether every state of the setting was reached.
        refuted: the first step that is not admitted, in words.
    """

    states: int
    transitions: int
    distinct: int
    actions: Mapping[str, int]
    complete: bool
    refuted: str | None


class _Unwatched:
    """An observer that sees nothing: what was sent is all that matters."""

    properties: Sequence[str] = ("nothing",)

    def start(self) -> int:
        return 0

    def observe(self, seen: int, shown: Facts) -> int:
        return seen

    def broken(self, seen: Sequence[int], *, stuck: bool) -> Sequence[str]:
        return ()


class _Comparing:
    def __init__(self, setting: Setting, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._budget = Budget(seconds=seconds)
        self._tables = Tables(PoqiSystem(setting, name_signers=False))
        self._engine: FullEngine[NodeState, Happening, Packet, Facts, int] = FullEngine(
            self._tables, _Unwatched()
        )
        self._frames = [
            Frame(setting.config, sample, predicted, setting.ballots)
            for sample, predicted in enumerate(setting.predicted_by_honest)
        ]
        self._signed: dict[int, frozenset[Message]] = {}
        self._pairs: set[tuple[frozenset[Message], frozenset[Message]]] = set()
        self._actions: Counter[str] = Counter()

    def compare(self) -> Comparison:
        explored = self._engine.explore(self._budget, {})
        refuted = None
        complete = explored.complete
        try:
            for count, state in enumerate(self._engine.visited):
                self._hold(state)
                if count % 64 == 0 and time.monotonic() > self._until:
                    complete = False
                    break
        except NotAdmittedError as error:
            refuted = str(error)
        return Comparison(
            explored.states,
            explored.transitions,
            len(self._pairs),
            dict(self._actions),
            complete,
            refuted,
        )

    def _hold(self, state: int) -> None:
        """Every step from ``state``."""
        engine = self._engine
        missing = ~engine.sent(state)
        locals_ = list(zip(engine.automata, engine.unpack(state), strict=True))
        before = frozenset[Message]().union(
            *(self._signed_in(automaton.sent_mask[local]) for automaton, local in locals_)
        )
        for automaton, local in locals_:
            for edge in automaton.edges(local):
                if not edge.needs & missing:
                    self._pair(before, self._signed_in(automaton.sent_mask[edge.target]) - before)

    def _pair(self, before: frozenset[Message], new: frozenset[Message]) -> None:
        if not new or (before, new) in self._pairs:
            return
        self._pairs.add((before, new))
        for frame in self._frames:
            self._actions.update(admit(*frame.images(before, new)))

    def _signed_in(self, sent: int) -> frozenset[Message]:
        """What the messages of the mask ``sent`` say that was signed."""
        known = self._signed.get(sent)
        if known is None:
            values = self._tables.messages.values
            known = self._signed[sent] = frozenset(
                values[number].message for number in range(sent.bit_length()) if sent >> number & 1
            )
        return known


def compare(setting: Setting, seconds: float) -> Comparison:
    """Explore ``setting`` without reduction and hold each step against the relation.

    What takes longer than ``seconds`` is not complete.
    """
    return _Comparing(setting, seconds).compare()
