----------------------------- MODULE Properties -----------------------------
(***************************************************************************)
(* What the protocol promises, as predicates over what the honest nodes     *)
(* have shown.  The names and meanings are those of                         *)
(* poqi_core/properties.py.                                                 *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS Honest, Sample, NoLabel

VARIABLES predicted, shown

LOCAL Range(f) == {f[i] : i \in DOMAIN f}

LOCAL Samples(history) == {entry[1] : entry \in Range(history)}

(***************************************************************************)
(* No two honest nodes hold different labels for a sample, nor does one     *)
(* hold a label and another that there is none.                             *)
(***************************************************************************)
Agreement ==
  \A n, m \in Honest :
    n # m =>
      \A mine \in Range(shown[n].history) :
        /\ \A theirs \in Range(shown[m].history) :
             mine[1] = theirs[1] => mine[2] = theirs[2]
        /\ mine[1] \notin Range(shown[m].undecided)

(***************************************************************************)
(* A sample occurs at most once in an honest history.                       *)
(***************************************************************************)
Integrity ==
  \A n \in Honest :
    LET history == shown[n].history
    IN  \A i, j \in DOMAIN history :
          history[i][1] = history[j][1] => i = j

(***************************************************************************)
(* Of two sequences one is a prefix of the other.                           *)
(***************************************************************************)
LOCAL Comparable(one, other) ==
  \A i \in DOMAIN one \cap DOMAIN other : one[i] = other[i]

LOCAL PrefixesWithout(samples) ==
  \A n, m \in Honest :
    LET Kept(entry) == entry[1] \notin samples
    IN  n < m => Comparable(SelectSeq(shown[n].history, Kept),
                            SelectSeq(shown[m].history, Kept))

(***************************************************************************)
(* Honest histories, without the samples that any honest node treated as a  *)
(* conflict, are prefixes of one another.                                   *)
(***************************************************************************)
TotalOrder ==
  PrefixesWithout(UNION {Range(shown[n].conflicts) : n \in Honest})

(***************************************************************************)
(* Honest histories, conflict samples included, are prefixes of one         *)
(* another.                                                                 *)
(***************************************************************************)
TotalOrderStrict == PrefixesWithout({})

(***************************************************************************)
(* A decided label was predicted by an honest node.                         *)
(***************************************************************************)
DecidedValidity ==
  \A n \in Honest : \A entry \in Range(shown[n].history) :
    entry[2] \in Range(predicted[entry[1] + 1])

(***************************************************************************)
(* If all honest nodes predict one label, no other is decided, nor is it    *)
(* agreed that there is none.                                               *)
(***************************************************************************)
Unanimity ==
  \A n \in Honest :
    /\ \A entry \in Range(shown[n].history) :
         LET labels == Range(predicted[entry[1] + 1])
         IN  Cardinality(labels) = 1 => entry[2] \in labels
    /\ \A sample \in Range(shown[n].undecided) :
         Cardinality(Range(predicted[sample + 1])) > 1

(***************************************************************************)
(* If all honest nodes predict one label, the sample is no conflict sample. *)
(***************************************************************************)
Acceptance ==
  \A n \in Honest : \A sample \in Range(shown[n].conflicts) :
    Cardinality(Range(predicted[sample + 1])) > 1

(***************************************************************************)
(* Honest nodes that left a view left it with the same outcome: the same    *)
(* decided label, or all rejected the primary, or all passed it over.       *)
(***************************************************************************)
ViewConsistency ==
  \A n, m \in Honest :
    n < m =>
      \A mine \in Range(shown[n].outcomes), theirs \in Range(shown[m].outcomes) :
        mine[1] = theirs[1] => mine = theirs

(***************************************************************************)
(* Honest nodes that finished the same view hold the same rewards.          *)
(***************************************************************************)
RewardConsistency ==
  \A n, m \in Honest :
    n < m =>
      \A mine \in Range(shown[n].rewards), theirs \in Range(shown[m].rewards) :
        mine[1] = theirs[1] => mine[2] = theirs[2]

(***************************************************************************)
(* No two honest nodes compute the outcome of a sample from different       *)
(* evidence.                                                                *)
(***************************************************************************)
EvidenceAgreement ==
  \A n, m \in Honest :
    n < m =>
      \A mine \in Range(shown[n].evidence), theirs \in Range(shown[m].evidence) :
        mine[1] = theirs[1] => mine = theirs

(***************************************************************************)
(* Every honest node has decided every sample, or agreed that it has no     *)
(* label.                                                                   *)
(***************************************************************************)
AllDecided ==
  \A n \in Honest :
    Samples(shown[n].history) \cup Range(shown[n].undecided) = Sample
-----------------------------------------------------------------------------
(***************************************************************************)
(* The names of the predicates that do not hold.                            *)
(***************************************************************************)
LOCAL Unless(holds, name) == IF holds THEN {} ELSE {name}

Broken ==
       Unless(Agreement, "agreement")
  \cup Unless(Integrity, "integrity")
  \cup Unless(TotalOrder, "total-order")
  \cup Unless(TotalOrderStrict, "total-order-strict")
  \cup Unless(DecidedValidity, "decided-validity")
  \cup Unless(Unanimity, "unanimity")
  \cup Unless(Acceptance, "acceptance")
  \cup Unless(ViewConsistency, "view-consistency")
  \cup Unless(RewardConsistency, "reward-consistency")
  \cup Unless(EvidenceAgreement, "evidence-agreement")
=============================================================================
