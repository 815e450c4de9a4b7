------------------------------- MODULE Rounds -------------------------------
(***************************************************************************)
(* PoQI in lock-step rounds, which is what the paper assumes: "The system   *)
(* operates within synchronous assumptions".  Whatever an honest node sends *)
(* in a round arrives in the next one, in any order.  Byzantine nodes       *)
(* choose for each receiver what it hears besides, and when.  A message of  *)
(* a later step waits in the network until the node gets there.  Timers run *)
(* out only in a round in which nothing else has an effect, and a time-out  *)
(* is longer than a collection is open.                                     *)
(*                                                                          *)
(* A lossy network is the same, but a few messages are lost in all, each    *)
(* recipient's by itself, or a partition holds.  Byzantine nodes choose     *)
(* what they say anyway.                                                    *)
(***************************************************************************)
EXTENDS Environment

CONSTANTS
  Losses,     \* How many messages the network may lose.
  Partition   \* The groups between which nothing arrives, each a set of
              \* nodes, none if there is no partition; what it holds for:
              \* "always", "rounds" or "views"; and the period, a set of
              \* rounds or views.

VARIABLES
  predicted,   \* As in module PoQI.
  state,       \* As in module PoQI.
  shown,       \* As in module PoQI.
  due,         \* For each honest node what must befall it in this round.
  next_round,  \* For each honest node what arrives in the next round.
  on_record,   \* What honest nodes had signed before this round, for
               \* Byzantine nodes to quote; nothing where there are none.
  signing,     \* What they have signed in this round and not before,
               \* likewise.
  losses,      \* How many messages may still be lost.
  round        \* The number of the round, as long as it matters.

vars ==
  <<predicted, state, shown, due, next_round, on_record, signing, losses,
    round>>

(***************************************************************************)
(* Whether a partition keeps message m, which node n sends in this round,   *)
(* from node `to'.  It holds always, or for what arrives in some rounds, or *)
(* for messages of some views.                                              *)
(***************************************************************************)
ViewOf(m) ==
  CASE m.type \in {"PrePrepare", "NodePrediction", "Prepare", "Commit",
                   "Decision"} -> m.view
    [] m.type = "ViewChange"   -> m.view - 1
    [] OTHER                   -> -1

Separated(n, to, m) ==
  /\ Partition.groups # {}
  /\ \A group \in Partition.groups : ~ ({n, to} \subseteq group)
  /\ CASE Partition.unit = "always" -> TRUE
       [] Partition.unit = "rounds" -> round + 1 \in Partition.period
       [] Partition.unit = "views"  -> ViewOf(m) \in Partition.period

(***************************************************************************)
(* Rounds are counted for as long as the partition asks for their number.   *)
(***************************************************************************)
NextRound ==
  IF Partition.unit = "rounds" /\ \E r \in Partition.period : round <= r
    THEN round + 1
    ELSE round

(***************************************************************************)
(* What is due in a round that begins when the nodes are in the states s,   *)
(* while `arriving' is on its way to them.                                  *)
(***************************************************************************)
DueInRound(s, arriving) ==
  LET first == [n \in Honest |->
                  IF InScope(s[n]) THEN arriving[n] \cup DueInput(predicted, n, s[n])
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
      /\ losses = Losses
      /\ round = 0
-----------------------------------------------------------------------------
(***************************************************************************)
(* The deliveries of which node n sends the messages in turn t: to whom,    *)
(* and what.                                                                *)
(***************************************************************************)
Deliveries(n, t) ==
  UNION {{[to |-> m, event |-> Received(n, p.message)] :
            m \in {m \in p.recipients \cap Honest :
                     ~ Separated(n, m, p.message)}} : p \in t.sends}

(***************************************************************************)
(* Event e befalls the honest node n, with or without effect.  What it      *)
(* sends to honest nodes arrives in the next round, unless it is lost.      *)
(***************************************************************************)
Befalls(n, e) ==
  /\ InScope(state[n])
  /\ LET t    == Step(state[n], e)
         sent == Deliveries(n, t)
     IN  /\ state' = [state EXCEPT ![n] = t.state]
         /\ shown' = [shown EXCEPT ![n] = Follow(@, t)]
         /\ \E lost \in IF losses = 0 THEN {{}} ELSE SUBSET sent :
              /\ Cardinality(lost) <= losses
              /\ losses' = losses - Cardinality(lost)
              /\ next_round' =
                   [m \in Honest |->
                      next_round[m] \cup
                        {d.event : d \in {d \in sent \ lost : d.to = m}}]
         /\ signing' =
              signing \cup IF Byzantine = {}
                             THEN {}
                             ELSE {p \in t.sends : p.recipients = {}}
                                    \ on_record
  /\ UNCHANGED <<predicted, on_record, round>>

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
      /\ round' = NextRound
      /\ UNCHANGED <<predicted, state, shown, losses>>
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
        /\ DueInput(predicted, n, state[n]) = {}
        /\ \A e \in due[n] \cup timers \cup Choices(state[n]) :
             ~ HasEffect(state[n], e)
=============================================================================
