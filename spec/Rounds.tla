------------------------------- MODULE Rounds -------------------------------
(***************************************************************************)
(* PoQI in lock-step rounds, which is what the paper assumes: "The system   *)
(* operates within synchronous assumptions".  Whatever an honest node sends *)
(* in a round arrives in the next one, in any order.  Byzantine nodes       *)
(* choose for each receiver what it hears besides, and when.  A message of  *)
(* a later step waits in the network until the node gets there.  Timers run *)
(* out only in a round in which nothing else has an effect, and a time-out  *)
(* is longer than a collection is open.                                     *)
(***************************************************************************)
EXTENDS Environment

VARIABLES
  predicted,   \* As in module PoQI.
  state,       \* As in module PoQI.
  shown,       \* As in module PoQI.
  due,         \* For each honest node what must befall it in this round.
  next_round,  \* For each honest node what arrives in the next round.
  on_record,   \* What honest nodes had signed before this round, for
               \* Byzantine nodes to quote; nothing where there are none.
  signing      \* What they have signed in this round and not before,
               \* likewise.

vars ==
  <<predicted, state, shown, due, next_round, on_record, signing>>

(***************************************************************************)
(* The event has no effect on a node in state s yet, and can have one       *)
(* later.                                                                   *)
(***************************************************************************)
Waits(s, e) ==
  LET t == Handle(Turn(s), e) IN t.state = s /\ t.remark \in {"EARLY", "LOCKED"}

(***************************************************************************)
(* The input that a node in state s waits for: its own network answers      *)
(* within the round.                                                        *)
(***************************************************************************)
DueInput(n, s) ==
  LET awaited == IF s.decided THEN s.sample + 1 ELSE s.sample
  IN  IF /\ s.prediction = NoLabel \/ s.decided
         /\ awaited < Samples
        THEN {Classified(awaited, predicted[awaited + 1][n])}
        ELSE {}

(***************************************************************************)
(* What is due in a round that begins when the nodes are in the states s,   *)
(* while `arriving' is on its way to them.                                  *)
(***************************************************************************)
DueInRound(s, arriving) ==
  LET first == [n \in Honest |->
                  IF InScope(s[n]) THEN arriving[n] \cup DueInput(n, s[n])
                                   ELSE {}]
      RunsOut(e, n)  == InScope(s[n]) /\ HasEffect(s[n], e)
      busy           == \E n \in Honest : \E e \in first[n] :
                          HasEffect(s[n], e)
      closing(n)     == {e \in Collections(s[n]) : RunsOut(e, n)}
      timeOuts(n)    == {e \in TimeOuts(s[n]) : RunsOut(e, n)}
      timers         == IF \E n \in Honest : closing(n) # {}
                          THEN [n \in Honest |-> closing(n)]
                          ELSE [n \in Honest |-> timeOuts(n)]
  IN  IF busy THEN first
              ELSE [n \in Honest |-> first[n] \cup timers[n]]

Init ==
  LET nothing == [n \in Honest |-> {}]
  IN  /\ predicted \in Patterns
      /\ state = [n \in Honest |-> InitialState(n, StartView)]
      /\ shown = [n \in Honest |-> NothingShown]
      /\ due = DueInRound(state, nothing)
      /\ next_round = nothing
      /\ on_record = {}
      /\ signing = {}
-----------------------------------------------------------------------------
(***************************************************************************)
(* Event e befalls the honest node n, with or without effect.  What it      *)
(* sends to honest nodes arrives in the next round.                         *)
(***************************************************************************)
Befalls(n, e) ==
  /\ InScope(state[n])
  /\ LET t == Step(state[n], e)
     IN  /\ state' = [state EXCEPT ![n] = t.state]
         /\ shown' = [shown EXCEPT ![n] = Follow(@, t)]
         /\ next_round' =
              [m \in Honest |->
                 next_round[m] \cup
                   {Received(n, p.message) :
                      p \in {p \in t.sends : m \in p.recipients}}]
         /\ signing' =
              signing \cup IF Byzantine = {}
                             THEN {}
                             ELSE {p \in t.sends : p.recipients = {}}
                                    \ on_record
  /\ UNCHANGED <<predicted, on_record>>

(***************************************************************************)
(* Something that is due in this round happens.                             *)
(***************************************************************************)
Arrive(n) ==
  \E e \in due[n] : /\ ~ Waits(state[n], e)
                    /\ Befalls(n, e)
                    /\ due' = [due EXCEPT ![n] = @ \ {e}]

(***************************************************************************)
(* A Byzantine node says something, at any time in the round.  It quotes    *)
(* what honest nodes have signed in earlier rounds.                         *)
(***************************************************************************)
DeliverByzantine(n) ==
  \/ \E e \in ByzantineEvent : /\ HasEffect(state[n], e)
                               /\ Befalls(n, e)
                               /\ UNCHANGED due
  \/ \E b \in ByzantineQuoting[predicted] : /\ b.quotes \subseteq on_record
                                            /\ HasEffect(state[n], b.event)
                                            /\ Befalls(n, b.event)
                                            /\ UNCHANGED due

Choose(n) ==
  \E e \in Choices(state[n]) : /\ HasEffect(state[n], e)
                               /\ Befalls(n, e)
                               /\ UNCHANGED due

(***************************************************************************)
(* The round ends once everything that is due has happened, or would have   *)
(* no effect.  What waits for a later step is due again.                    *)
(***************************************************************************)
EndRound ==
  LET Held(n)  == {e \in due[n] : e.type = "Received" /\ Waits(state[n], e)}
      arriving == [n \in Honest |-> next_round[n] \cup Held(n)]
  IN  /\ \A n \in Honest : InScope(state[n]) =>
           \A e \in due[n] : ~ HasEffect(state[n], e)
      /\ due' = DueInRound(state, arriving)
      /\ next_round' = [n \in Honest |-> {}]
      /\ on_record' = on_record \cup signing
      /\ signing' = {}
      /\ UNCHANGED <<predicted, state, shown>>
      /\ vars' # vars

Next == \/ \E n \in Honest : \/ Arrive(n)
                             \/ DeliverByzantine(n)
                             \/ Choose(n)
        \/ EndRound

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* The network is never slow: what is due happens, and the round ends.      *)
(***************************************************************************)
Fairness == /\ \A n \in Honest : WF_vars(Arrive(n)) /\ WF_vars(Choose(n))
            /\ WF_vars(EndRound)

FairSpec == Spec /\ Fairness
-----------------------------------------------------------------------------
(***************************************************************************)
(* The node has used up its ballots, which were promised to be enough.      *)
(***************************************************************************)
HasGivenUp(s) == OnEvidence /\ s.ballots.ballot >= Ballots

(***************************************************************************)
(* Nothing is on its way, no timer is left, and there is no choice to be    *)
(* made.                                                                    *)
(***************************************************************************)
Stuck ==
  \A n \in Honest :
    LET timers == IF InScope(state[n]) THEN Timers(state[n]) ELSE {}
    IN  /\ InScope(state[n]) \/ HasGivenUp(state[n])
        /\ next_round[n] = {}
        /\ DueInput(n, state[n]) = {}
        /\ \A e \in due[n] \cup timers \cup Choices(state[n]) :
             ~ HasEffect(state[n], e)
=============================================================================
