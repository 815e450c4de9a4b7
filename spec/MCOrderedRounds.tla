--------------------------- MODULE MCOrderedRounds ---------------------------
(***************************************************************************)
(* What TLC is asked about module OrderedRounds.                            *)
(***************************************************************************)
EXTENDS OrderedRounds, TLC

INSTANCE Properties

(***************************************************************************)
(* No reachable state leaves an honest node undecided with nothing on its   *)
(* way.                                                                     *)
(***************************************************************************)
NoDeadEnd == Stuck => AllDecided

(***************************************************************************)
(* Every honest node decides every sample, where the network is as fair as  *)
(* module OrderedRounds says.                                               *)
(***************************************************************************)
Termination == <>AllDecided

(***************************************************************************)
(* See module MCPoQI.                                                       *)
(***************************************************************************)
Reported == PrintT("broken " \o ToString(
  Broken \cup (IF NoDeadEnd THEN {} ELSE {"termination"})))
=============================================================================
