------------------------------ MODULE Readings ------------------------------
(***************************************************************************)
(* What all nodes of a run have in common: their number, the assumed        *)
(* faults, and one answer to every question that the paper leaves open.     *)
(* The questions, the answers, and why each profile takes the answers that  *)
(* it takes stand in README.md, section "Readings".  The constants have the *)
(* names that the readings have there and in poqi_core/readings.py.         *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, Rationals

CONSTANTS
  N,         \* The number of nodes.  They are 0 to N-1.
  F,         \* f, the number of faulty nodes that quorums assume.
  Samples,   \* The number of input samples.  They are 0 to Samples-1.
  NoLabel    \* Stands where there is no label (yet).  It is no number.

CONSTANTS
  quorum,                     \* "2f+1", "majority", "intersecting"
  decide,                     \* "commits", "obey", "primary"
  commit_to,                  \* "all", "primary"
  check_final,                \* "yes", "no"
  prepare_once,               \* "yes", "no"
  first_preprepare_only,      \* "yes", "no"
  prepare_needs_preprepare,   \* "yes", "no"
  latch,                      \* "yes", "no"
  commit_needs_prepare,       \* "yes", "no"
  primary_commit_counts,      \* "yes", "no"
  primary_hears_view_change,  \* "yes", "no"
  stop_after_decision,        \* "yes", "no"
  late_messages,              \* "yes", "no"
  wrong_view,                 \* "ignore", "vote"
  predictions_to,             \* "primary", "all"
  collect,                    \* a count from 1 ("own" is 1); 0 is "round"
  timeout,                    \* "none", "vote", "ballot"
  reward,                     \* "accumulate", "assign"
  reward_when,                \* "decided", "not_rejected"
  q,                          \* a rational
  reward_start,               \* a rational
  combine,                    \* "average", "median"
  tie,                        \* "lowest", "free"
  conflict_after,             \* a count from 1; 0 is "N"
  expert_label,               \* "heard", "told"
  authentication              \* "channel", "signatures"

(***************************************************************************)
(* The readings that the paper does not raise: each switches a part of the  *)
(* repaired protocol, see module Ballots.                                   *)
(***************************************************************************)
CONSTANTS
  agree_on,                   \* "label", "evidence"
  evidence_size,              \* a count from 1; 0 is "N-f"
  evidence_distinct,          \* "yes", "no"
  absent,                     \* "silent", "objectors"
  support,                    \* a count from 1; 0 is "f+1"
  ballot_leader,              \* "rotates", "fixed"
  lock,                       \* "highest", "any", "none"
  lock_proof,                 \* "yes", "no"
  ballot_changes,             \* a count from 1; 0 is "quorum"
  commit_late,                \* "yes", "no"
  decision_proof              \* "yes", "no"

YesOrNo == {"yes", "no"}

ASSUME /\ N \in Nat \ {0}
       /\ F \in 0 .. N - 1
       /\ Samples \in Nat \ {0}
       /\ quorum \in {"2f+1", "majority", "intersecting"}
       /\ decide \in {"commits", "obey", "primary"}
       /\ commit_to \in {"all", "primary"}
       /\ {check_final, prepare_once, first_preprepare_only,
           prepare_needs_preprepare, latch, commit_needs_prepare,
           primary_commit_counts, primary_hears_view_change,
           stop_after_decision, late_messages} \subseteq YesOrNo
       /\ wrong_view \in {"ignore", "vote"}
       /\ predictions_to \in {"primary", "all"}
       /\ collect \in Nat
       /\ timeout \in {"none", "vote", "ballot"}
       /\ reward \in {"accumulate", "assign"}
       /\ reward_when \in {"decided", "not_rejected"}
       /\ {q, reward_start} \subseteq Nat \X (Nat \ {0})
       /\ combine \in {"average", "median"}
       /\ tie \in {"lowest", "free"}
       /\ conflict_after \in Nat
       /\ expert_label \in {"heard", "told"}
       /\ authentication \in {"channel", "signatures"}
       /\ agree_on \in {"label", "evidence"}
       /\ {evidence_size, support, ballot_changes} \subseteq Nat
       /\ {evidence_distinct, lock_proof, commit_late, decision_proof}
            \subseteq YesOrNo
       /\ absent \in {"silent", "objectors"}
       /\ ballot_leader \in {"rotates", "fixed"}
       /\ lock \in {"highest", "any", "none"}

(***************************************************************************)
(* With decide = "primary" nobody but the primary learns the decision, so a *)
(* run cannot go beyond one sample.                                         *)
(***************************************************************************)
ASSUME decide = "primary" => Samples = 1

(***************************************************************************)
(* Evidence is what others signed, and only those who agree on it have      *)
(* ballots.                                                                 *)
(***************************************************************************)
ASSUME IF agree_on = "evidence"
         THEN authentication = "signatures" /\ timeout # "vote"
         ELSE timeout # "ballot"
-----------------------------------------------------------------------------
Node == 0 .. N - 1

Sample == 0 .. Samples - 1

IsLast(sample) == sample >= Samples - 1

(***************************************************************************)
(* Eq. (1): the primary of a view.                                          *)
(***************************************************************************)
Primary(view) == view % N

(***************************************************************************)
(* How many identical messages from different agents are a quorum.          *)
(***************************************************************************)
QuorumSize == CASE quorum = "2f+1"         -> 2 * F + 1
                [] quorum = "majority"     -> N \div 2 + 1
                [] quorum = "intersecting" -> (N + F) \div 2 + 1

(***************************************************************************)
(* III.1: sum(vo)/N >= 0.5 rejects a primary.                               *)
(***************************************************************************)
Rejects(objectors) == 2 * Cardinality(objectors) >= N

(***************************************************************************)
(* How many rejected views in a row make a conflict sample.                 *)
(***************************************************************************)
ConflictAfter == IF conflict_after = 0 THEN N ELSE conflict_after

(***************************************************************************)
(* The readings `combine' and `authentication' change no step of a node:    *)
(* predictions stand here for their labels, and the label of a combined     *)
(* vector is the primary's by definition; what a third party can prove is   *)
(* no matter of steps.                                                      *)
(***************************************************************************)
=============================================================================
