------------------------------- MODULE MCPoQI -------------------------------
(***************************************************************************)
(* What TLC is asked about module PoQI.                                     *)
(***************************************************************************)
EXTENDS PoQI, TLC

INSTANCE Properties

(***************************************************************************)
(* No reachable state leaves an honest node undecided with no honest step   *)
(* left.                                                                    *)
(***************************************************************************)
NoDeadEnd == Stuck => AllDecided

(***************************************************************************)
(* Under fairness every honest node decides every sample.                   *)
(***************************************************************************)
Termination == <>AllDecided

(***************************************************************************)
(* TLC evaluates an invariant once for every state, in the order in which   *)
(* it finds them.  This one always holds, and prints the names of the       *)
(* properties that are broken there; so a state graph that TLC dumps comes  *)
(* with a verdict for every state.                                          *)
(***************************************************************************)
Reported == PrintT("broken " \o ToString(
  Broken \cup (IF NoDeadEnd THEN {} ELSE {"termination"})))
=============================================================================
