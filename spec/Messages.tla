------------------------------ MODULE Messages ------------------------------
(***************************************************************************)
(* Everything that can happen to a node.  Messages travel between nodes.    *)
(* Events are what the transition function takes: a message stamped by the  *)
(* channel with its sender, an input sample, a time-out, and the signals    *)
(* by which the environment resolves what the paper leaves open.            *)
(***************************************************************************)
EXTENDS Readings

(***************************************************************************)
(* III.1: "pre-prepare <a_p, y_p, v_p, r_p>", the primary's proposal.       *)
(***************************************************************************)
PrePrepare(primary, label, view, r) ==
  [type |-> "PrePrepare", primary |-> primary, label |-> label,
   view |-> view, reward |-> r]

(***************************************************************************)
(* Eq. (5): a validator's output for the primary to combine.  The paper     *)
(* names no message.                                                        *)
(***************************************************************************)
NodePrediction(node, prediction, view) ==
  [type |-> "NodePrediction", node |-> node, prediction |-> prediction,
   view |-> view]

(***************************************************************************)
(* III.1: "view-change <a_j, v_j + 1, vo_j, r_j>".  The view is the one     *)
(* that the voter wants to enter, so the vote is about the primary of       *)
(* view - 1.  The objection is vo_j.                                        *)
(***************************************************************************)
ViewChange(node, view, objection, r) ==
  [type |-> "ViewChange", node |-> node, view |-> view,
   objection |-> objection, reward |-> r]

(***************************************************************************)
(* III.2: "prepare <a_p, y_p, y_final, v_p, r_p>", by the primary or        *)
(* relayed.                                                                 *)
(***************************************************************************)
Prepare(primary, label, final, view, r) ==
  [type |-> "Prepare", primary |-> primary, label |-> label,
   final |-> final, view |-> view, reward |-> r]

(***************************************************************************)
(* III.2: "commit <a_j, y_j, y_final, v_j, r_j>".                           *)
(***************************************************************************)
Commit(node, label, final, view, r) ==
  [type |-> "Commit", node |-> node, label |-> label, final |-> final,
   view |-> view, reward |-> r]

(***************************************************************************)
(* III: the primary "conveys the network's final decision".                 *)
(***************************************************************************)
Decision(primary, label, view) ==
  [type |-> "Decision", primary |-> primary, label |-> label,
   view |-> view]

(***************************************************************************)
(* III.3: the word of the node that decides a conflict sample.              *)
(***************************************************************************)
ConflictDecision(node, sample, label) ==
  [type |-> "ConflictDecision", node |-> node, sample |-> sample,
   label |-> label]

(***************************************************************************)
(* The node that a message names as its author.  A channel cannot be        *)
(* forged, so only a relayed prepare comes from another.                    *)
(***************************************************************************)
Author(m) ==
  IF m.type \in {"PrePrepare", "Prepare", "Decision"} THEN m.primary
  ELSE IF m.type = "Proposal"                         THEN m.leader
  ELSE m.node
-----------------------------------------------------------------------------
(***************************************************************************)
(* The messages of the repair, see module Ballots: a node's label, signed;  *)
(* the leader's proposal of evidence, with the highest lock that it heard   *)
(* of; prepares and commits; a change of ballot; and the proof of a         *)
(* decision.                                                                *)
(***************************************************************************)
SignedPrediction(node, sample, label) ==
  [type |-> "SignedPrediction", node |-> node, sample |-> sample,
   label |-> label]

Proposal(leader, sample, ballot, evidence, certificate) ==
  [type |-> "Proposal", leader |-> leader, sample |-> sample,
   ballot |-> ballot, evidence |-> evidence, lock |-> certificate]

EvidencePrepare(node, sample, ballot, evidence) ==
  [type |-> "EvidencePrepare", node |-> node, sample |-> sample,
   ballot |-> ballot, evidence |-> evidence]

EvidenceCommit(node, sample, ballot, evidence) ==
  [type |-> "EvidenceCommit", node |-> node, sample |-> sample,
   ballot |-> ballot, evidence |-> evidence]

BallotChange(node, sample, ballot, certificate) ==
  [type |-> "BallotChange", node |-> node, sample |-> sample,
   ballot |-> ballot, lock |-> certificate]

DecisionProof(node, sample, ballot, evidence, signers) ==
  [type |-> "DecisionProof", node |-> node, sample |-> sample,
   ballot |-> ballot, evidence |-> evidence, signers |-> signers]

EvidenceMessageTypes ==
  {"SignedPrediction", "Proposal", "EvidencePrepare", "EvidenceCommit",
   "BallotChange", "DecisionProof"}

(***************************************************************************)
(* Proof that the signers prepared that evidence in that ballot: what a     *)
(* node that committed is locked on.  NoLock is below every lock.           *)
(***************************************************************************)
PreparedCertificate(ballot, evidence, signers) ==
  [ballot |-> ballot, evidence |-> evidence, signers |-> signers]

NoLock == PreparedCertificate(-1, <<>>, {})

(***************************************************************************)
(* The signed statements of whatever node that a message contains, other    *)
(* than itself, and including itself.  A signature cannot be forged, so     *)
(* nobody can send a message before they have been made.                    *)
(***************************************************************************)
LOCAL Elements(sequence) == {sequence[i] : i \in DOMAIN sequence}

LOCAL QuotedLock(sample, certificate) ==
  Elements(certificate.evidence) \cup
  {EvidencePrepare(n, sample, certificate.ballot, certificate.evidence) :
     n \in certificate.signers}

Quoted(m) ==
  CASE m.type = "Proposal" ->
         Elements(m.evidence) \cup QuotedLock(m.sample, m.lock)
    [] m.type \in {"EvidencePrepare", "EvidenceCommit"} ->
         Elements(m.evidence)
    [] m.type = "BallotChange" -> QuotedLock(m.sample, m.lock)
    [] m.type = "DecisionProof" ->
         Elements(m.evidence) \cup
         {EvidenceCommit(n, m.sample, m.ballot, m.evidence) :
            n \in m.signers}
    [] OTHER -> {}

Statements(m) ==
  Quoted(m) \cup
  (IF m.type \in {"SignedPrediction", "EvidencePrepare", "EvidenceCommit"}
     THEN {m}
     ELSE {})
-----------------------------------------------------------------------------
(***************************************************************************)
(* A message on its way: who sent it, and to whom.                          *)
(***************************************************************************)
Packet(sender, recipients, message) ==
  [sender |-> sender, recipients |-> recipients, message |-> message]
-----------------------------------------------------------------------------
Received(sender, message) ==
  [type |-> "Received", sender |-> sender, message |-> message]

(***************************************************************************)
(* Eq. (2), (3): the node's own network has classified a sample.            *)
(***************************************************************************)
Classified(index, prediction) ==
  [type |-> "Sample", index |-> index, prediction |-> prediction]

TimeOut(view) == [type |-> "TimeOut", view |-> view]

CollectionClosed(view) == [type |-> "CollectionClosed", view |-> view]

(***************************************************************************)
(* The same for a ballot of a sample: the node has waited too long, and the *)
(* round in which its leader hears from everybody is over.                  *)
(***************************************************************************)
BallotTimeOut(sample, ballot) ==
  [type |-> "BallotTimeOut", sample |-> sample, ballot |-> ballot]

BallotCollectionClosed(sample, ballot) ==
  [type |-> "BallotCollectionClosed", sample |-> sample, ballot |-> ballot]

(***************************************************************************)
(* The environment gives up every sample before `index'.                    *)
(***************************************************************************)
NextSample(index, view) ==
  [type |-> "NextSample", index |-> index, view |-> view]

(***************************************************************************)
(* Among nodes of equal reward, `node' decides a conflict sample.           *)
(***************************************************************************)
TieBreak(sample, node) ==
  [type |-> "TieBreak", sample |-> sample, node |-> node]
=============================================================================
