----------------------------- MODULE MCExamples -----------------------------
(***************************************************************************)
(* Values for the configuration files beside this module, which can be      *)
(* given to TLC as they are:                                                *)
(*                                                                          *)
(*   java -cp tla2tools.jar tlc2.TLC -deadlock -config PaperHolds.cfg       *)
(*        MCExamples.tla                                                    *)
(*                                                                          *)
(* The first line of each says what TLC must find.                          *)
(***************************************************************************)
EXTENDS MCPoQI

None == 0 .. -1

Nothing == <<0, 1>>

One == <<1, 1>>

TwoLabels == {0, 1}

ThreeLabels == {0, 1, 2}

(***************************************************************************)
(* One sample, for which all honest nodes predict the same label, or each   *)
(* predicts another, or each predicts one of two.                           *)
(***************************************************************************)
Unanimous == {<<[n \in Honest |-> 0]>>}

Different == {<<[n \in Honest |-> n]>>}

Split == {<<labels>> : labels \in [Honest -> {0, 1}]}
=============================================================================
