------------------------------ MODULE Conflicts -----------------------------
(***************************************************************************)
(* Conflict decision agreement, III.3.  A sample that no primary settled    *)
(* waits until the next one is decided.  Then the primary under which that  *)
(* happened decides it, if the group of experts with its label holds 0.51   *)
(* of all reward (eq. 6), and otherwise the node with the highest reward.   *)
(* The module mirrors poqi_core/conflict.py.                                *)
(***************************************************************************)
EXTENDS Rewards

(***************************************************************************)
(* After the last sample a conflict that nobody has been named for can no   *)
(* longer fall.                                                             *)
(***************************************************************************)
SettleTheRest(t) ==
  LET Named(conflict)   == conflict.deciders # {}
      Unnamed(conflict) == conflict.deciders = {}
      given_up          == SelectSeq(t.state.conflicts, Unnamed)
  IN  [t EXCEPT !.state.conflicts = SelectSeq(@, Named),
                !.facts = @ \o [i \in DOMAIN given_up |->
                                  Undecided(given_up[i].sample)]]

(***************************************************************************)
(* Leave the current sample and wait for `sample' in `view'.                *)
(***************************************************************************)
BeginSample(t, sample, view) ==
  LET begun == [t EXCEPT !.state.sample     = sample,
                         !.state.view       = view,
                         !.state.opened     = view,
                         !.state.prediction = NoLabel,
                         !.state.decided    = FALSE,
                         !.state.log        = EmptyLog,
                         !.state.heard      = NothingHeard(sample),
                         !.state.earlier    = {},
                         !.state.ballots    = EmptyBallotLog]
  IN  IF sample >= Samples THEN SettleTheRest(begun) ELSE begun

(***************************************************************************)
(* CONFLICT, III.3: the node's sample becomes a conflict sample, and the    *)
(* next one begins in this view.                                            *)
(***************************************************************************)
Declare(t) ==
  LET s      == t.state
      labels == [s.heard EXCEPT ![s.node] = s.prediction]
      called == Emit(t, Conflicted(s.sample, s.view - 1))
      kept   == IF ~ IsLast(s.sample)
                  THEN [called EXCEPT !.state.conflicts =
                          Append(@, Conflict(s.sample, labels))]
                  ELSE IF s.decided
                  THEN called
                  ELSE Emit(called, Undecided(s.sample))
  IN  BeginSample(kept, s.sample + 1, s.view)
-----------------------------------------------------------------------------
Enter(t, conflict, label) ==
  Emit(t, Decided(conflict.sample, label, t.state.view, conflict.rule))

(***************************************************************************)
(* EXPERTS, MOST_HONEST, eq. (6): who decides a conflict sample now that    *)
(* the next one has been decided under `primary'.                           *)
(***************************************************************************)
NameDeciders(t, conflict, primary) ==
  LET rewards    == t.state.rewards
      labels     == conflict.labels
      experts    == {n \in Node : /\ labels[n] # NoLabel
                                  /\ labels[n] = labels[primary]}
      total      == Sum(rewards, Node)
      share      == InLowestTerms(51 * total[1], 100 * total[2])
      candidates == {n \in Node : \/ labels[n] # NoLabel
                                  \/ expert_label = "told"}
      best       == {n \in candidates :
                       \A m \in candidates : AtMost(rewards[m], rewards[n])}
      lowest     == {n \in best : \A m \in best : n <= m}
  IN  IF total # Zero /\ AtMost(share, Sum(rewards, experts))
        THEN [conflict EXCEPT !.deciders = {primary}, !.rule = "experts"]
        ELSE [conflict EXCEPT
                !.deciders = IF tie = "lowest" THEN lowest ELSE best,
                !.rule     = "most honest"]

(***************************************************************************)
(* Decide a conflict sample whose deciders are named.  The pair is the turn *)
(* and whether the sample has fallen; if not, it must wait: for a tie to be *)
(* broken, or (TOLD) for the word of the node that decides it.              *)
(***************************************************************************)
DecideConflict(t, conflict) ==
  LET n      == t.state.node
      labels == {conflict.labels[d] : d \in conflict.deciders}
      label  == CHOOSE l \in labels : TRUE
  IN  CASE conflict.deciders = {} ->
             <<Emit(t, Undecided(conflict.sample)), TRUE>>
        [] conflict.deciders # {} /\ expert_label = "heard" ->
             IF Cardinality(labels) = 1 /\ label # NoLabel
               THEN <<Enter(t, conflict, label), TRUE>>
               ELSE <<t, FALSE>>
        [] conflict.deciders # {} /\ expert_label = "told" ->
             IF conflict.deciders # {n}
               THEN <<t, FALSE>>
               ELSE IF label = NoLabel
               THEN <<Emit(t, Undecided(conflict.sample)), TRUE>>
               ELSE <<Enter(Send(t,
                                 ConflictDecision(n, conflict.sample, label),
                                 Node),
                            conflict, label),
                      TRUE>>

(***************************************************************************)
(* EXPERTS, MOST_HONEST: the next sample is decided under `primary', and    *)
(* every conflict sample falls, in order.  `waiting' are those that have    *)
(* been looked at and must wait.                                            *)
(***************************************************************************)
RECURSIVE FallFrom(_, _, _)
FallFrom(t, primary, waiting) ==
  IF t.state.conflicts = <<>>
    THEN [t EXCEPT !.state.conflicts = waiting]
    ELSE LET first == Head(t.state.conflicts)
             named == IF first.deciders # {}
                        THEN first
                        ELSE NameDeciders(t, first, primary)
             fallen == DecideConflict(t, named)
             rest   == [fallen[1] EXCEPT !.state.conflicts = Tail(@)]
         IN  FallFrom(rest, primary,
                      IF fallen[2] THEN waiting ELSE Append(waiting, named))

Fall(t, primary) == FallFrom(t, primary, <<>>)
-----------------------------------------------------------------------------
(***************************************************************************)
(* The conflict samples that wait under a number; there is one at most.     *)
(***************************************************************************)
Waiting(t, sample) ==
  {i \in DOMAIN t.state.conflicts : t.state.conflicts[i].sample = sample}

RemoveConflict(t, sample) ==
  LET Other(conflict) == conflict.sample # sample
  IN  [t EXCEPT !.state.conflicts = SelectSeq(@, Other)]

(***************************************************************************)
(* TIE, III.3: the environment chooses among nodes of equal reward.         *)
(***************************************************************************)
OnTieBreak(t, e) ==
  LET tied == {i \in Waiting(t, e.sample) : Tied(t.state.conflicts[i])}
      i    == CHOOSE j \in tied : TRUE
      conflict == t.state.conflicts[i]
      chosen   == [conflict EXCEPT !.deciders = {e.node}]
      fallen   == DecideConflict(t, chosen)
  IN  CASE tied = {}                        -> Ignore(t, "UNEXPECTED")
        [] tied # {} /\ e.node \notin conflict.deciders
                                            -> Ignore(t, "NOT_THE_DECIDER")
        [] OTHER ->
             IF fallen[2]
               THEN RemoveConflict(fallen[1], e.sample)
               ELSE [fallen[1] EXCEPT !.state.conflicts[i] = chosen]

(***************************************************************************)
(* TOLD, III.3: the deciding node gives its word.                           *)
(***************************************************************************)
OnConflictDecision(t, m) ==
  LET waiting  == Waiting(t, m.sample)
      conflict == t.state.conflicts[CHOOSE i \in waiting : TRUE]
  IN  CASE expert_label # "told" -> Ignore(t, "NOT_BINDING")
        [] expert_label = "told" /\ waiting = {} ->
             Ignore(t, IF IsLast(m.sample)            THEN "UNEXPECTED"
                       ELSE IF m.sample >= t.state.sample THEN "EARLY"
                       ELSE "STALE")
        [] expert_label = "told" /\ waiting # {} ->
             IF conflict.deciders = {} \/ Tied(conflict)
               THEN Ignore(t, "EARLY")
               ELSE IF conflict.deciders # {m.node}
               THEN Ignore(t, "NOT_THE_DECIDER")
               ELSE RemoveConflict(Enter(t, conflict, m.label), m.sample)
=============================================================================
