"""What a step yields: messages to send, facts about the node, and remarks.

Facts (``Settled``, ``Decided``, ``Rejected``, ``Passed``, ``Conflicted``, ``Undecided``) are how
a node's history is read: the state forgets whatever can no longer influence the future, the
history among it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from poqi_core.clauses import Clause
from poqi_core.messages import Evidence, Message
from poqi_core.prediction import Label


class Rule(Enum):
    """How a sample came to be decided."""

    CONSENSUS = "consensus"
    EXPERTS = "experts"
    MOST_HONEST = "most honest"


class Reason(Enum):
    """Why an event had no effect on the node, in words for a person."""

    STALE = "its view or sample is over"
    EARLY = "the node has not got so far"
    DUPLICATE = "the node has it already"
    FINISHED = "the node has finished its last sample"
    NOT_THE_SENDER = "the channel says that somebody else sent it"
    NOT_THE_PRIMARY = "its author is not the primary of that view"
    NOT_A_VALIDATOR = "the primary has no vote about itself"
    NOT_FOR_THIS_NODE = "the node does not listen to it in its role"
    OTHER_LABEL = "its label is not the node's own"
    OTHER_FINAL = "its final decision is not the primary's label"
    NO_OBJECTION = "a vote with vo = 0 counts against nobody"
    VOTED_AGAINST = "the node has voted against this primary"
    PREPARED_ALREADY = "the node has prepared already"
    NOT_BINDING = "the readings give it no effect"
    NOT_THE_DECIDER = "its sender does not decide that conflict sample"
    UNEXPECTED = "the node waits for nothing of the kind"
    INVALID_EVIDENCE = "its evidence is none, or is of too few nodes"
    INVALID_LOCK = "the lock or the proof that it shows is none"
    TOO_FEW_SIGNATURES = "it lacks signatures that it needs in this round"
    EQUIVOCATED = "its author has contradicted itself already"
    LOCKED = "a higher lock may have been decided"
    MALFORMED = "it names a node, view, sample or label that does not exist"

    @property
    def waits(self) -> bool:
        """Whether the same event can have an effect later, once the node has got further."""
        return self in (Reason.EARLY, Reason.LOCKED)

    @property
    def lasts(self) -> bool:
        """Whether the same event stays without effect for as long as the node is in that view.

        It holds while the node's sample, prediction and ballot stay as well, and for nodes that
        keep no early messages (``Config.keep_early``).
        """
        return not self.waits and self not in (Reason.UNEXPECTED, Reason.NOT_THE_DECIDER)


@dataclass(frozen=True, slots=True)
class Send:
    """``message`` goes to each of ``recipients``, in ascending order, never the sender itself."""

    recipients: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class Decided:
    """The node appends (``sample``, ``label``) to its history, by ``rule``, in ``view``."""

    sample: int
    label: Label
    view: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Rejected:
    """The node leaves ``view`` as its primary has lost the majority."""

    sample: int
    view: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The node takes ``evidence`` for what all agree on; the sample's outcome follows from it."""

    sample: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Passed:
    """The node leaves ``view``, whose primary the evidence neither supports nor rejects."""

    sample: int
    view: int


@dataclass(frozen=True, slots=True)
class Conflicted:
    """The node takes ``sample`` for a conflict sample after the last rejection in ``view``."""

    sample: int
    view: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """The node leaves ``sample`` without a label for good.

    ``agreed`` says that this is the outcome on which the nodes have agreed; it is part of the
    node's log then.
    """

    sample: int
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """The event had no effect, and why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Cited:
    """An arm of the transition function has applied ``clause``."""

    clause: Clause


Output: TypeAlias = (
    Send | Settled | Decided | Rejected | Passed | Conflicted | Undecided | Remark | Cited
)
"""What a step can yield."""
