----------------------------- MODULE Judgement ------------------------------
(***************************************************************************)
(* From evidence to an outcome.  Nodes that agree on the evidence, and on   *)
(* the view and the rewards with which the sample began, compute the same;  *)
(* so agreement on the evidence is agreement on everything else.  Where the *)
(* evidence holds every node's prediction, the computation is the published *)
(* one.  The module mirrors poqi_core/judgement.py.                         *)
(*                                                                          *)
(* Evidence is a sequence of signed predictions, by ascending node.         *)
(***************************************************************************)
EXTENDS Conflicts

EvidenceSize == IF evidence_size = 0 THEN N - F ELSE evidence_size

Support == IF support = 0 THEN F + 1 ELSE support

(***************************************************************************)
(* Enough predictions, all of the sample, each node once.                   *)
(***************************************************************************)
IsEvidence(sample, evidence) ==
  /\ Len(evidence) >= EvidenceSize
  /\ \A i \in DOMAIN evidence : /\ evidence[i].node \in Node
                                /\ evidence[i].sample = sample
  /\ \A i \in 1 .. Len(evidence) - 1 :
       \/ evidence[i].node < evidence[i + 1].node
       \/ /\ evidence[i].node = evidence[i + 1].node
          /\ evidence_distinct = "no"

Supporters(evidence, label) ==
  Cardinality({i \in DOMAIN evidence : evidence[i].label = label})

(***************************************************************************)
(* The label of a node in the evidence, NoLabel if it is not in it.  If it  *)
(* is in it twice, the later one.                                           *)
(***************************************************************************)
LabelOf(evidence, node) ==
  LET places == {i \in DOMAIN evidence : evidence[i].node = node}
      last   == CHOOSE i \in places : \A j \in places : j <= i
  IN  IF places = {} THEN NoLabel ELSE evidence[last].label

(***************************************************************************)
(* EXPERTS, MOST_HONEST, III.3 on the evidence, among the labels that have  *)
(* support enough: the lowest label whose group holds 0.51 of all reward,   *)
(* or else that of the node with the highest reward, the lowest such node.  *)
(***************************************************************************)
Settle(view, rewards, sample, evidence) ==
  LET given     == SelectSeq(evidence, LAMBDA signed :
                     Supporters(evidence, signed.label) >= Support)
      supported == {given[i].node : i \in DOMAIN given}
      label(n)  == LabelOf(given, n)
      total     == Sum(rewards, Node)
      share     == InLowestTerms(51 * total[1], 100 * total[2])
      expert    == {l \in {label(n) : n \in supported} :
                      AtMost(share, Sum(rewards,
                                        {n \in supported : label(n) = l}))}
      honest    == {n \in supported : \A m \in supported :
                      /\ AtMost(rewards[m], rewards[n])
                      /\ rewards[m] = rewards[n] => n <= m}
  IN  IF supported = {}
        THEN [Undecided(sample) EXCEPT !.agreed = TRUE]
      ELSE IF total # Zero /\ expert # {}
        THEN Decided(sample, CHOOSE l \in expert : \A o \in expert : l <= o,
                     view, "experts")
        ELSE Decided(sample, label(CHOOSE n \in honest : TRUE), view,
                     "most honest")

(***************************************************************************)
(* REJECTION, PENALTY, REWARD, PASS, CONFLICT: walk the views from          *)
(* `current' to `last'.  A primary that half of the nodes in the evidence   *)
(* object to is rejected; otherwise its label stands, if it has support     *)
(* enough; otherwise the view passes.                                       *)
(***************************************************************************)
RECURSIVE Walk(_, _, _, _, _, _)
Walk(current, last, rewards, sample, evidence, facts) ==
  LET primary    == Primary(current)
      label      == LabelOf(evidence, primary)
      supporters == IF label = NoLabel THEN 0 ELSE Supporters(evidence, label)
      voters     == IF absent = "silent" THEN Len(evidence) ELSE N
      collected  == IF reward = "accumulate"
                      THEN Plus(rewards[primary], q)
                      ELSE q
      conflict   == Conflicted(sample, last)
      settled    == Settle(last, rewards, sample, evidence)
  IN  IF current > last
        THEN [facts   |-> facts \o <<conflict, settled>>,
              rewards |-> rewards,
              view    |-> current]
      ELSE IF label # NoLabel /\ 2 * (voters - supporters) >= N
        THEN Walk(current + 1, last,
                  [rewards EXCEPT ![primary] = Half(@)],
                  sample, evidence,
                  Append(facts, Rejected(sample, current)))
      ELSE IF label # NoLabel /\ supporters >= Support
        THEN [facts   |-> Append(facts, Decided(sample, label, current,
                                                "consensus")),
              rewards |-> [rewards EXCEPT ![primary] = collected],
              view    |-> current + 1]
        ELSE Walk(current + 1, last, rewards, sample, evidence,
                  Append(facts, Passed(sample, current)))

(***************************************************************************)
(* The facts that follow from evidence, the rewards of all nodes after it,  *)
(* and the view in which the next sample begins.                            *)
(***************************************************************************)
Judge(view, rewards, sample, evidence) ==
  Walk(view, view + ConflictAfter - 1, rewards, sample, evidence, <<>>)
=============================================================================
