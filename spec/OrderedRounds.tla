---------------------------- MODULE OrderedRounds ----------------------------
(***************************************************************************)
(* PoQI in lock-step rounds in which "every DNN node receives inference     *)
(* predictions in the same order": a message is delivered at one moment to  *)
(* everybody whom it is sent to, a Byzantine node's to all, so that nobody  *)
(* can say different things to different nodes.                             *)
(*                                                                          *)
(* What a node's own network answers comes before anything else in a round. *)
(* Whoever cannot use a message when it comes takes it up as soon as it     *)
(* can, before anything else happens, and of several the first.  The module *)
(* mirrors poqi_core/ordered_rounds.py, and is for nodes that agree on      *)
(* labels.                                                                  *)
(***************************************************************************)
EXTENDS Environment

ASSUME ~ OnEvidence

VARIABLES
  predicted,   \* As in module PoQI.
  state,       \* As in module PoQI.
  shown,       \* As in module PoQI.
  inputs,      \* For each honest node the sample that its network answers in
               \* this round.
  arriving,    \* For each honest node the messages of honest nodes that
               \* arrive in this round, or wait for a later step.
  next_round,  \* For each honest node what arrives in the next round.
  timers,      \* For each honest node the timers that run out in this round,
               \* and have not.
  postponed,   \* For each honest node what it could not use when it came, in
               \* that order.
  moment       \* The message that is being delivered to all, with the nodes
               \* that have not received it; {} if nobody lacks one.

vars == <<predicted, state, shown, inputs, arriving, next_round, timers,
          postponed, moment>>

Elements(sequence) == {sequence[i] : i \in DOMAIN sequence}

(***************************************************************************)
(* Event e would change node n, if the nodes are in the states s; or it     *)
(* would not yet.                                                           *)
(***************************************************************************)
Matters(s, n, e) == InScope(s[n]) /\ HasEffect(s[n], e)

IsEarly(s, n, e) == InScope(s[n]) /\ Waits(s[n], e)

(***************************************************************************)
(* The moment, as long as somebody still has to receive its message.        *)
(***************************************************************************)
Open(s, moments) ==
  {m \in moments : \E n \in m.remaining : Matters(s, n, m.event)}

(***************************************************************************)
(* The delivery that must come before anything else, if there is one: to    *)
(* whom, and what.                                                          *)
(***************************************************************************)
First(ns) == {n \in ns : \A m \in ns : n <= m}

FirstPostponed(n) ==
  LET usable == {i \in DOMAIN postponed[n] :
                   Matters(state, n, postponed[n][i])}
  IN  {postponed[n][i] : i \in First(usable)}

Owed ==
  LET lacking(m) == {n \in m.remaining : Matters(state, n, m.event)}
      takes_up   == First({n \in Honest : FirstPostponed(n) # {}})
  IN  IF moment # {}
        THEN UNION {{[to |-> n, event |-> m.event] : n \in First(lacking(m))} :
                    m \in moment}
        ELSE UNION {{[to |-> n, event |-> e] : e \in FirstPostponed(n)} :
                    n \in takes_up}

NetworksAnswered ==
  \A n \in Honest : \A e \in inputs[n] : ~ Matters(state, n, e)

(***************************************************************************)
(* The timers that run out in a round that begins so: none if anything else *)
(* happens in it, and a time-out is longer than a collection is open.       *)
(***************************************************************************)
TimersIn(samples, messages) ==
  LET nothing     == [n \in Honest |-> {}]
      busy        == \/ \E n \in Honest : samples[n] # {}
                     \/ \E n \in Honest : \E e \in messages[n] :
                          Matters(state, n, e)
      closing     == [n \in Honest |->
                        {e \in Collections(state[n]) : Matters(state, n, e)}]
      running_out == [n \in Honest |->
                        {e \in TimeOuts(state[n]) : Matters(state, n, e)}]
  IN  IF busy THEN nothing
      ELSE IF closing # nothing THEN closing
      ELSE running_out

DueInputs(s) ==
  [n \in Honest |->
     IF InScope(s[n]) THEN DueInput(predicted, n, s[n]) ELSE {}]

Init ==
  LET nothing == [n \in Honest |-> {}]
  IN  /\ predicted \in Patterns
      /\ state = [n \in Honest |-> InitialState(n, StartView)]
      /\ shown = [n \in Honest |-> NothingShown]
      /\ inputs = DueInputs(state)
      /\ arriving = nothing
      /\ next_round = nothing
      /\ timers = nothing
      /\ postponed = [n \in Honest |-> <<>>]
      /\ moment = {}
-----------------------------------------------------------------------------
(***************************************************************************)
(* Event e befalls the honest node n.  What it sends to honest nodes        *)
(* arrives in the next round.  The message of `moments' is being delivered. *)
(***************************************************************************)
Befalls(n, e, moments) ==
  /\ InScope(state[n])
  /\ LET t == Step(state[n], e)
     IN  /\ state' = [state EXCEPT ![n] = t.state]
         /\ shown' = [shown EXCEPT ![n] = Follow(@, t)]
         /\ next_round' =
              [m \in Honest |->
                 next_round[m] \cup
                   {Received(n, p.message) :
                      p \in {p \in t.sends : m \in p.recipients}}]
         /\ moment' = Open([state EXCEPT ![n] = t.state], moments)
  /\ UNCHANGED <<predicted, inputs>>

(***************************************************************************)
(* Something other than a message.                                          *)
(***************************************************************************)
Happens(n, e) ==
  /\ Owed = {}
  /\ Matters(state, n, e)
  /\ Befalls(n, e, moment)
  /\ UNCHANGED <<arriving, postponed>>

Inputs(n) == {Classified(i, predicted[i + 1][n]) : i \in Sample}

Classify(n) == (\E e \in Inputs(n) : Happens(n, e)) /\ UNCHANGED timers

RunOut(n) ==
  /\ NetworksAnswered
  /\ \E e \in timers[n] : /\ Happens(n, e)
                         /\ timers' = [timers EXCEPT ![n] = @ \ {e}]

Choose(n) == /\ NetworksAnswered
             /\ \E e \in Choices(state[n]) : Happens(n, e)
             /\ UNCHANGED timers
-----------------------------------------------------------------------------
(***************************************************************************)
(* Those to whom a message comes that takes its place in the order now.     *)
(***************************************************************************)
Recipients(e) ==
  IF e.sender \in Honest THEN {n \in Honest : e \in arriving[n]} ELSE Honest

(***************************************************************************)
(* The first of those whom a message concerns: whom it changes, or else who *)
(* has to wait.  What a Byzantine node sends before anybody has got so far  *)
(* does not come.                                                           *)
(***************************************************************************)
FirstToReceive(e) ==
  LET recipients == {n \in Recipients(e) : e \notin Elements(postponed[n])}
      changed    == {n \in recipients : Matters(state, n, e)}
      waiting    == {n \in recipients : IsEarly(state, n, e)}
  IN  IF changed # {}
        THEN First(changed)
      ELSE IF e.sender \in Byzantine /\ waiting = recipients
        THEN {}
        ELSE First(waiting)

(***************************************************************************)
(* Node n takes up what it had to postpone.                                 *)
(***************************************************************************)
TakeUp(n, e) ==
  LET Others(other) == other # e
  IN  /\ postponed' = [postponed EXCEPT ![n] = SelectSeq(@, Others)]
      /\ arriving' = [arriving EXCEPT ![n] = @ \ {e}]
      /\ Befalls(n, e, moment)

(***************************************************************************)
(* Node n receives a message that others have received at this moment.      *)
(***************************************************************************)
ReceiveAsWell(n, e, m) ==
  /\ arriving' = [arriving EXCEPT ![n] = @ \ {e}]
  /\ Befalls(n, e, {[m EXCEPT !.remaining = {k \in @ : k > n}]})
  /\ UNCHANGED postponed

(***************************************************************************)
(* Node n is the first to receive a message.  At the same moment those who  *)
(* cannot use it yet keep it for later.                                     *)
(***************************************************************************)
ReceiveFirst(n, e) ==
  LET recipients  == Recipients(e)
      takes(k)    == k = n \/ Matters(state, k, e)
      postpones   == {k \in recipients :
                        /\ IsEarly(state, k, e)
                        /\ e \notin Elements(postponed[k])}
      useless     == {k \in recipients : ~ takes(k) /\ ~ IsEarly(state, k, e)}
  IN  /\ postponed' = [k \in Honest |->
                         IF k \in postpones THEN Append(postponed[k], e)
                                            ELSE postponed[k]]
      /\ arriving' = [k \in Honest |->
                        IF k = n \/ k \in useless THEN arriving[k] \ {e}
                                                  ELSE arriving[k]]
      /\ Befalls(n, e, {[event |-> e,
                         remaining |-> {k \in recipients : k > n}]})

(***************************************************************************)
(* Message e comes to node n, in its place in the order.                    *)
(***************************************************************************)
Comes(n, e) ==
  LET shared == {m \in moment : m.event = e /\ n \in m.remaining}
      isOwed == [to |-> n, event |-> e] \in Owed
  IN  /\ isOwed \/ (Owed = {} /\ NetworksAnswered /\ n \in FirstToReceive(e))
      /\ UNCHANGED timers
      /\ IF e \in Elements(postponed[n])
           THEN TakeUp(n, e)
         ELSE IF shared # {}
           THEN \E m \in shared : ReceiveAsWell(n, e, m)
           ELSE ReceiveFirst(n, e)

(***************************************************************************)
(* What comes to node n before anything else.  It may have arrived before,  *)
(* and been postponed.                                                      *)
(***************************************************************************)
OwedTo(n) == {owed.event : owed \in {owed \in Owed : owed.to = n}}

Deliver(n) ==
  \E e \in arriving[n] \cup {e \in OwedTo(n) : e.sender \in Honest} :
     Comes(n, e)

DeliverByzantine(n) ==
  /\ InScope(state[n])
  /\ \E e \in ByzantineEvent : Comes(n, e)

(***************************************************************************)
(* The round ends once everything that is due has happened, or would have   *)
(* no effect.  What waits for a later step is due again.                    *)
(***************************************************************************)
EndRound ==
  LET Held(n)   == {e \in arriving[n] : IsEarly(state, n, e)}
      Keeps(n)  == LET StillWaits(e) == IsEarly(state, n, e)
                   IN  SelectSeq(postponed[n], StillWaits)
  IN  /\ Owed = {}
      /\ NetworksAnswered
      /\ \A n \in Honest : \A e \in arriving[n] \cup timers[n] :
           ~ Matters(state, n, e)
      /\ inputs' = DueInputs(state)
      /\ arriving' = [n \in Honest |-> next_round[n] \cup Held(n)]
      /\ timers' = TimersIn(inputs', arriving')
      /\ next_round' = [n \in Honest |-> {}]
      /\ postponed' = [n \in Honest |-> Keeps(n)]
      /\ moment' = {}
      /\ UNCHANGED <<predicted, state, shown>>
      /\ vars' # vars

Next == \/ \E n \in Honest : \/ Classify(n)
                             \/ Deliver(n)
                             \/ DeliverByzantine(n)
                             \/ RunOut(n)
                             \/ Choose(n)
        \/ EndRound

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* The network is never slow, as in module Rounds, and what comes to one    *)
(* node comes to all, whoever sent it.                                      *)
(***************************************************************************)
ReceiveOwed(n) == \E e \in OwedTo(n) : Comes(n, e)

Fairness ==
  /\ \A n \in Honest : /\ WF_vars(Classify(n))
                       /\ WF_vars(Deliver(n))
                       /\ WF_vars(ReceiveOwed(n))
                       /\ WF_vars(RunOut(n))
                       /\ WF_vars(Choose(n))
  /\ WF_vars(EndRound)

FairSpec == Spec /\ Fairness
-----------------------------------------------------------------------------
(***************************************************************************)
(* Nothing is on its way, no timer is left, and there is no choice to be    *)
(* made.                                                                    *)
(***************************************************************************)
Stuck ==
  /\ Owed = {}
  /\ \A n \in Honest :
       /\ InScope(state[n])
       /\ \A e \in Inputs(n) \cup Timers(state[n]) \cup Choices(state[n])
                 \cup arriving[n] \cup next_round[n] :
            ~ HasEffect(state[n], e)
=============================================================================
