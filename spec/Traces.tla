------------------------------- MODULE Traces -------------------------------
(***************************************************************************)
(* Whether runs of the core are behaviours of PoQI.  A run is a sequence of *)
(* moments: which event befell which node, the node's state and what it had *)
(* shown after it, the packets that it sent, and why the event had no       *)
(* effect, if it had none.                                                  *)
(*                                                                          *)
(* TLC follows every run as far as it is a behaviour.  The invariant        *)
(* Followed always holds, and prints the number of each run that has been   *)
(* followed to its end.                                                     *)
(***************************************************************************)
EXTENDS PoQI, TLC

CONSTANT Runs

VARIABLES
  run,    \* The number of the run that is followed.
  moment  \* How many of its moments have been followed.

InitRun == Init /\ run \in DOMAIN Runs /\ moment = 0

Effective(m) ==
  LET t == Step(state[m.node], m.event)
  IN  /\ Possible(m.node, m.event)
      /\ Happens(m.node, m.event)
      /\ t.state = m.state
      /\ t.sends = m.sends
      /\ shown'[m.node] = m.shown

Ineffective(m) ==
  LET t == Step(state[m.node], m.event)
  IN  /\ t.state = state[m.node]
      /\ t.remark = m.remark
      /\ <<m.state, m.shown, m.sends>> = <<state[m.node], shown[m.node], {}>>
      /\ UNCHANGED vars

NextMoment ==
  /\ moment < Len(Runs[run])
  /\ LET m == Runs[run][moment + 1]
     IN  IF m.remark = "none" THEN Effective(m) ELSE Ineffective(m)
  /\ moment' = moment + 1
  /\ UNCHANGED run

Followed ==
  moment = Len(Runs[run]) => PrintT("followed " \o ToString(run))
=============================================================================
