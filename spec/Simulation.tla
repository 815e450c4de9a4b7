----------------------------- MODULE Simulation -----------------------------
(***************************************************************************)
(* PoQI with what befell whom last, and what came of it.  TLC simulates it  *)
(* at bounds that nothing exhausts, and the runs are replayed on the core.  *)
(***************************************************************************)
EXTENDS PoQI, TLC

VARIABLE last

Nothing == [node |-> NoLabel]

InitAndLast == Init /\ last = Nothing

(***************************************************************************)
(* The turn in which event e befalls node n.                                *)
(***************************************************************************)
Takes(n, e) ==
  /\ Happens(n, e)
  /\ LET t == Step(state[n], e)
     IN  last' = [node |-> n, event |-> e, sends |-> t.sends,
                  facts |-> t.facts]

(***************************************************************************)
(* A simulation chooses among actions first, so that the many messages of   *)
(* Byzantine nodes do not crowd out the others.                             *)
(***************************************************************************)
Own(n) ==
  \E e \in Inputs(n) \cup Timers(state[n]) \cup Choices(state[n])
             \cup GivingUp(state[n]) : Takes(n, e)

Hears(n) ==
  \E p \in sent : /\ n \in p.recipients
                  /\ Takes(n, Received(p.sender, p.message))

HearsByzantine(n) ==
  /\ InScope(state[n])
  /\ \/ \E e \in ByzantineEvent : Takes(n, e)
     \/ \E b \in ByzantineQuoting[predicted] : /\ b.quotes \subseteq sent
                                               /\ Takes(n, b.event)

NextAndLast == \E n \in Honest : Own(n) \/ Hears(n) \/ HearsByzantine(n)
=============================================================================
