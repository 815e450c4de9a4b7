------------------------------- MODULE History ------------------------------
(***************************************************************************)
(* What a node has shown so far: its decisions in order, the samples that   *)
(* it took for conflict samples, how it left each view (with a label, or    *)
(* NoLabel; in the latter case, whether the primary was passed over and not *)
(* rejected), the rewards with which it left it, the samples for which it   *)
(* has agreed that there is no label, and the evidence that it took for     *)
(* agreed.  A node's state forgets its history, so the history is read off  *)
(* the facts of each turn.  The module mirrors poqi_core/history.py.        *)
(***************************************************************************)
EXTENDS Step

NothingShown ==
  [history   |-> <<>>,   \* <<sample, label>>
   conflicts |-> <<>>,   \* samples
   outcomes  |-> <<>>,   \* <<view, label, passed>>
   rewards   |-> <<>>,   \* <<view, rewards>>
   undecided |-> <<>>,   \* samples
   evidence  |-> <<>>]   \* <<sample, evidence>>

(***************************************************************************)
(* The record after one fact; `rewards' are the node's after the turn.      *)
(***************************************************************************)
FollowFact(shown, fact, rewards) ==
  LET left(view, label, passed) ==
        [shown EXCEPT !.outcomes = Append(@, <<view, label, passed>>),
                      !.rewards  = Append(@, <<view, rewards>>)]
      entered(before) ==
        [before EXCEPT !.history = Append(@, <<fact.sample, fact.label>>)]
  IN  CASE fact.type = "Decided" /\ fact.rule = "consensus" ->
             entered(left(fact.view, fact.label, FALSE))
        [] fact.type = "Decided" /\ fact.rule # "consensus" -> entered(shown)
        [] fact.type = "Rejected"   -> left(fact.view, NoLabel, FALSE)
        [] fact.type = "Passed"     -> left(fact.view, NoLabel, TRUE)
        [] fact.type = "Settled"    ->
             [shown EXCEPT
                !.evidence = Append(@, <<fact.sample, fact.evidence>>)]
        [] fact.type = "Conflicted" ->
             [shown EXCEPT !.conflicts = Append(@, fact.sample)]
        [] fact.type = "Undecided"  ->
             IF fact.agreed
               THEN [shown EXCEPT !.undecided = Append(@, fact.sample)]
               ELSE shown

RECURSIVE FollowFacts(_, _, _)
FollowFacts(shown, facts, rewards) ==
  IF facts = <<>>
    THEN shown
    ELSE FollowFacts(FollowFact(shown, Head(facts), rewards), Tail(facts),
                     rewards)

Follow(shown, turn) == FollowFacts(shown, turn.facts, turn.state.rewards)
=============================================================================
