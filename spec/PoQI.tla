-------------------------------- MODULE PoQI --------------------------------
(***************************************************************************)
(* Proof of Quality Inference, after section III of                         *)
(*                                                                          *)
(*    D. Papaioannou, V. Mygdalis, I. Pitas, "Proof of Quality Inference    *)
(*    (PoQI): An AI Consensus Protocol for Decentralized DNN Inference      *)
(*    Frameworks"                                                           *)
(*                                                                          *)
(* in an asynchronous network with Byzantine nodes.                         *)
(*                                                                          *)
(* Messages persist: what was sent can arrive at any later time or never,   *)
(* in any order, more than once.  For safety this covers delay, reordering, *)
(* loss and duplication at once.  One delivery is one step, and a delivery  *)
(* that has no effect is no step.                                           *)
(***************************************************************************)
EXTENDS Environment

VARIABLES
  predicted,  \* For each sample the label that each honest node's own
              \* network gives it.  It never changes.
  state,      \* The state of each honest node.
  sent,       \* The packets that honest nodes have sent so far.
  shown       \* What each honest node has shown, see module History.

vars == <<predicted, state, sent, shown>>

Init == /\ predicted \in Patterns
        /\ state = [n \in Honest |-> InitialState(n, StartView)]
        /\ sent = {}
        /\ shown = [n \in Honest |-> NothingShown]

(***************************************************************************)
(* Event e befalls the honest node n.                                       *)
(***************************************************************************)
Happens(n, e) ==
  /\ InScope(state[n])
  /\ HasEffect(state[n], e)
  /\ LET t == Step(state[n], e)
     IN  /\ state' = [state EXCEPT ![n] = t.state]
         /\ sent'  = sent \cup t.sends
         /\ shown' = [shown EXCEPT ![n] = Follow(@, t)]
  /\ UNCHANGED predicted

Inputs(n) == {Classified(i, predicted[i + 1][n]) : i \in Sample}

(***************************************************************************)
(* SAMPLE, ELECTION, HISTORY: the node's own network answers.  If the node  *)
(* is the primary of its view it proposes.                                  *)
(***************************************************************************)
Classify(n) == \E e \in Inputs(n) : Happens(n, e)

(***************************************************************************)
(* A message of an honest node arrives: AGREE, OBJECT, VOTE_LOG, REJECTION, *)
(* COLLECT, COMBINE, PREPARE_LOG, RELAY, COMMIT, COMMIT_LOG, CONSENSUS,     *)
(* CONVEY, OBEY, CONFLICT, EXPERTS, MOST_HONEST, TOLD; PREPARE_EVIDENCE,    *)
(* COMMIT_EVIDENCE, DECIDE_EVIDENCE, PROVE_DECISION, PASS, COMPUTE.         *)
(***************************************************************************)
Deliver(n) ==
  \E p \in sent : /\ n \in p.recipients
                  /\ Happens(n, Received(p.sender, p.message))

(***************************************************************************)
(* A message of a Byzantine node arrives, with the same effects.  It quotes *)
(* only what is on record.                                                  *)
(***************************************************************************)
DeliverByzantine(n) ==
  /\ InScope(state[n])
  /\ \/ \E e \in ByzantineEvent : Happens(n, e)
     \/ \E b \in ByzantineQuoting[predicted] : /\ b.quotes \subseteq sent
                                               /\ Happens(n, b.event)

(***************************************************************************)
(* TIME_OUT, COLLECTION_CLOSED; BALLOT_CHANGE, HAND_IN, PROPOSE_EVIDENCE.   *)
(***************************************************************************)
RunOut(n) == \E e \in Timers(state[n]) : Happens(n, e)

(***************************************************************************)
(* TIE.                                                                     *)
(***************************************************************************)
Choose(n) == \E e \in Choices(state[n]) : Happens(n, e)

(***************************************************************************)
(* NEXT_SAMPLE.                                                             *)
(***************************************************************************)
GiveUp(n) == \E e \in GivingUp(state[n]) : Happens(n, e)

(***************************************************************************)
(* What comes about by itself where the network is fair and the nodes'      *)
(* networks answer; what a Byzantine node sends does not, nor is a sample   *)
(* ever bound to be given up.                                               *)
(***************************************************************************)
Progress(n) == Classify(n) \/ Deliver(n) \/ RunOut(n) \/ Choose(n)

Next == \E n \in Honest : \/ Classify(n)
                          \/ Deliver(n)
                          \/ DeliverByzantine(n)
                          \/ RunOut(n)
                          \/ Choose(n)
                          \/ GiveUp(n)

(***************************************************************************)
(* Whether event e can befall the honest node n, with effect or without.    *)
(***************************************************************************)
Possible(n, e) ==
  \/ e \in Inputs(n) \cup Timers(state[n]) \cup Choices(state[n])
            \cup GivingUp(state[n])
  \/ \E p \in sent : n \in p.recipients /\ e = Received(p.sender, p.message)
  \/ e \in ByzantineEvent
  \/ \E b \in ByzantineQuoting[predicted] : /\ e = b.event
                                            /\ b.quotes \subseteq sent

Spec == Init /\ [][Next]_vars

(***************************************************************************)
(* Whether progress is possible at node n.                                  *)
(***************************************************************************)
CanProgress(n) ==
  /\ InScope(state[n])
  /\ \/ \E e \in Inputs(n) \cup Timers(state[n]) \cup Choices(state[n]) :
          HasEffect(state[n], e)
     \/ \E p \in sent : /\ n \in p.recipients
                        /\ HasEffect(state[n], Received(p.sender, p.message))

(***************************************************************************)
(* Every step changes a node's state, and each node can be in finitely many *)
(* states, so a behaviour has finitely many steps.  It is therefore enough  *)
(* to ask, for each node, that progress which stays possible is made.  This *)
(* is WF_vars(Progress(n)), with its condition of being enabled spelled     *)
(* out, as TLC takes very long to find out by itself.                       *)
(***************************************************************************)
Fairness ==
  \A n \in Honest : \/ []<>(~ CanProgress(n))
                    \/ []<><<Progress(n)>>_vars

FairSpec == Spec /\ Fairness
-----------------------------------------------------------------------------
(***************************************************************************)
(* No progress is left, within the bounds, unless Byzantine nodes help.     *)
(***************************************************************************)
Stuck == \A n \in Honest : InScope(state[n]) /\ ~ CanProgress(n)
=============================================================================
