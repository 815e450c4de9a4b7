"""Everything that can happen to a node.

*Messages* travel between nodes.  *Events* are what :func:`poqi_core.step.step` takes:
a message stamped by the channel with its sender, an input sample, a time-out, and
the few signals by which an environment resolves what the paper leaves open.  A field
is named by the paper's symbol in its docstring.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from poqi_core.prediction import Label, Prediction


@dataclass(frozen=True, slots=True)
class PrePrepare:
    """``pre-prepare <a_p, y_p, v_p, r_p>``: the primary proposes its label (section III.1)."""

    primary: int
    label: Label
    view: int
    reward: Fraction


@dataclass(frozen=True, slots=True)
class NodePrediction:
    """A validator's output for the primary to combine (eq. 5; the paper names no message)."""

    node: int
    prediction: Prediction
    view: int


@dataclass(frozen=True, slots=True)
class ViewChange:
    """``view-change <a_j, v_j + 1, vo_j, r_j>``: a vote against the primary (section III.1).

    ``view`` is the view that the voter wants to enter, so the vote is about the primary of
    ``view - 1``.  ``objection`` is vo_j: True where the labels differ.
    """

    node: int
    view: int
    objection: bool
    reward: Fraction


@dataclass(frozen=True, slots=True)
class Prepare:
    """``prepare <a_p, y_p, y_final, v_p, r_p>``, by the primary or relayed (section III.2)."""

    primary: int
    label: Label
    final: Prediction
    view: int
    reward: Fraction


@dataclass(frozen=True, slots=True)
class Commit:
    """``commit <a_j, y_j, y_final, v_j, r_j>`` (section III.2)."""

    node: int
    label: Label
    final: Prediction
    view: int
    reward: Fraction


@dataclass(frozen=True, slots=True)
class Decision:
    """The primary "conveys the network's final decision" (section III, suboperations)."""

    primary: int
    label: Label
    view: int


@dataclass(frozen=True, slots=True)
class ConflictDecision:
    """The word of the node that decides a conflict sample (reading ``expert_label=told``)."""

    node: int
    sample: int
    label: Label


@dataclass(frozen=True, slots=True)
class SignedPrediction:
    """A node's label for a sample, signed, for the evidence (reading ``agree_on``)."""

    node: int
    sample: int
    label: Label


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A node has signed another's prediction.  It travels in a :class:`Relay` alone."""

    node: int
    prediction: SignedPrediction


@dataclass(frozen=True, slots=True)
class Relay:
    """A prediction with the signatures of all ``signers`` (a mask), its author's among them.

    The author begins with its own; whoever passes it on adds one (``agree_on=broadcast``).
    """

    node: int
    prediction: SignedPrediction
    signers: int


Evidence: TypeAlias = tuple[SignedPrediction, ...]
"""The signed predictions from which a sample's outcome is computed, by ascending node."""


@dataclass(frozen=True, slots=True)
class PreparedCertificate:
    """Proof that ``signers`` (a mask) signed an :class:`EvidencePrepare` for that evidence.

    With a quorum of signers it is what a node that committed is locked on.
    """

    ballot: int
    evidence: Evidence
    signers: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """The leader of a ballot proposes evidence; ``lock`` is the highest lock that it heard of."""

    leader: int
    sample: int
    ballot: int
    evidence: Evidence
    lock: PreparedCertificate | None


@dataclass(frozen=True, slots=True)
class EvidencePrepare:
    """A node accepts the proposed evidence in that ballot, whatever its own label."""

    node: int
    sample: int
    ballot: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EvidenceCommit:
    """A node has seen a quorum of prepares for that evidence in that ballot."""

    node: int
    sample: int
    ballot: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class BallotChange:
    """A node has left every ballot below ``ballot``; ``lock`` is the highest that it holds."""

    node: int
    sample: int
    ballot: int
    lock: PreparedCertificate | None


@dataclass(frozen=True, slots=True)
class DecisionProof:
    """Proof that ``signers`` (a mask) signed an :class:`EvidenceCommit`; it decides the sample."""

    node: int
    sample: int
    ballot: int
    evidence: Evidence
    signers: int


EvidenceMessage: TypeAlias = (
    SignedPrediction | Proposal | EvidencePrepare | EvidenceCommit | BallotChange | DecisionProof
)
"""What travels between nodes that agree on evidence in ballots."""

LabelMessage: TypeAlias = (
    PrePrepare | NodePrediction | ViewChange | Prepare | Commit | Decision | ConflictDecision
)
"""What travels between nodes in the published flow."""

Message: TypeAlias = LabelMessage | EvidenceMessage | Relay
"""What travels between nodes."""

EVIDENCE_MESSAGES = (
    SignedPrediction,
    Proposal,
    EvidencePrepare,
    EvidenceCommit,
    BallotChange,
    DecisionProof,
)
"""The kinds of :data:`EvidenceMessage`, in the order of the steps of a ballot."""


@dataclass(frozen=True, slots=True)
class Received:
    """``message`` arrives over the channel of ``sender``, whose name cannot be forged."""

    sender: int
    message: Message


@dataclass(frozen=True, slots=True)
class Sample:
    """The node's own network has classified input number ``index`` (eq. 2, 3)."""

    index: int
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class TimeOut:
    """The node's timer for ``view`` has run out (reading ``timeout``)."""

    view: int


@dataclass(frozen=True, slots=True)
class CollectionClosed:
    """The round in which predictions reach the primary of ``view`` is over (``collect=round``)."""

    view: int


@dataclass(frozen=True, slots=True)
class BallotTimeOut:
    """The node's timer for that ballot has run out (reading ``timeout=ballot``)."""

    sample: int
    ballot: int


@dataclass(frozen=True, slots=True)
class BallotCollectionClosed:
    """The round in which the leader of that ballot hears from everybody is over."""

    sample: int
    ballot: int


@dataclass(frozen=True, slots=True)
class RoundEnded:
    """The lock-step round is over, the ``round``-th after that in which the sample came."""

    sample: int
    round: int


@dataclass(frozen=True, slots=True)
class NextSample:
    """The environment gives up every sample before ``index`` and goes on with it in ``view``.

    It is no message of the paper: a run over data needs it to get past the dead zone in
    which neither a rejection nor a quorum can come about.
    """

    index: int
    view: int


@dataclass(frozen=True, slots=True)
class TieBreak:
    """Among nodes of equal reward, ``node`` decides conflict sample ``sample`` (``tie=free``)."""

    sample: int
    node: int


@dataclass(frozen=True, slots=True)
class Crash:
    """The node stops for ever.  The protocol knows nothing of it: a network lets it happen."""


Timer: TypeAlias = TimeOut | CollectionClosed | BallotTimeOut | BallotCollectionClosed | RoundEnded
"""What happens to a node because time has passed."""

Event: TypeAlias = Received | Sample | Timer | NextSample | TieBreak | Crash
"""What a node can be told."""
