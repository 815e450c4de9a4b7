"""Watching what the honest nodes of PoQI sign: whether it ever convicts one of them."""

from collections.abc import Sequence

from checker.poqi_system import Facts
from checker.setting import Setting
from poqi_core.evidence_offences import OFFENCES
from poqi_core.messages import Message
from poqi_core.offences import Offence, bare, convictions
from poqi_core.outputs import Send
from poqi_core.properties import BLAME_SOUNDNESS, Property

Statements = frozenset[Message]
"""The messages that a node has signed, rewards apart."""


class SignedObserver:
    """Remembers the messages that each honest node has signed, and judges a property of them.

    The system must show what its nodes send.
    """

    def __init__(self, setting: Setting, entry: Property) -> None:
        assert entry.of_signed is not None
        self._config, self._honest = setting.config, setting.honest
        self._name, self._violation = entry.name, entry.of_signed

    @property
    def properties(self) -> Sequence[str]:
        """The one name."""
        return (self._name,)

    def start(self) -> Statements:
        """Nothing is signed."""
        return frozenset()

    def observe(self, seen: Statements, shown: Facts) -> Statements:
        """What is signed after a step."""
        sent = [bare(output.message) for output in shown.outputs if isinstance(output, Send)]
        return seen.union(sent)

    def broken(self, seen: Sequence[Statements], *, stuck: bool) -> Sequence[str]:
        """The property, if it is violated."""
        signed = dict(zip(self._honest, seen, strict=True))
        found = None if stuck else self._violation(self._config, signed)
        return () if found is None else self.properties


class BlameObserver(SignedObserver):
    """Judges whether what they have signed convicts an honest node."""

    def __init__(self, setting: Setting, offences: Sequence[Offence] = OFFENCES) -> None:
        super().__init__(setting, BLAME_SOUNDNESS)
        stands = [offence for offence in offences if offence.stands(setting.config)]
        self._of_one = [offence for offence in stands if not offence.of_others]
        self._of_others = [offence for offence in stands if offence.of_others]
        self._judged: dict[tuple[int, Statements], bool] = {}

    def broken(self, seen: Sequence[Statements], *, stuck: bool) -> Sequence[str]:
        """The property, if an honest node is convicted."""
        if stuck:
            return ()
        signed = dict(zip(self._honest, seen, strict=True))
        convicted = any(self._is_guilty(node, own) for node, own in signed.items()) or any(
            convictions(self._config, signed, self._of_others)
        )
        return self.properties if convicted else ()

    def _is_guilty(self, node: int, own: Statements) -> bool:
        known = self._judged.get((node, own))
        if known is None:
            known = any(convictions(self._config, {node: own}, self._of_one))
            self._judged[node, own] = known
        return known


def signed_observer(setting: Setting, entry: Property) -> SignedObserver:
    """Who judges a property of what is signed."""
    return BlameObserver(setting) if entry == BLAME_SOUNDNESS else SignedObserver(setting, entry)
