----------------------------- MODULE ViewChanges ----------------------------
(***************************************************************************)
(* View change, III.1: pre-prepares, votes against the primary, rejection.  *)
(* The module mirrors poqi_core/view_change.py.                             *)
(***************************************************************************)
EXTENDS Conflicts

(***************************************************************************)
(* Remember with which label `primary' counts, should the sample become a   *)
(* conflict: the first one heard.                                           *)
(***************************************************************************)
Hear(t, primary, label) ==
  IF t.state.heard # <<>> /\ t.state.heard[primary] = NoLabel
    THEN [t EXCEPT !.state.heard[primary] = label]
    ELSE t

(***************************************************************************)
(* REJECTION, III.1: sum(vo)/N >= 0.5 on the node's own log rejects the     *)
(* primary.  The next view begins; after so many rejections in a row, the   *)
(* next sample.                                                             *)
(***************************************************************************)
RejectIfOutvoted(t) ==
  LET s        == t.state
      fined    == Penalise(Emit(t, Rejected(s.sample, s.view)), ViewPrimary(t))
      kept     == IF late_messages = "yes" /\ s.log.commits # {}
                    THEN {[view |-> s.view, commits |-> s.log.commits]}
                    ELSE {}
      left     == [fined EXCEPT !.state.view    = @ + 1,
                                !.state.log     = EmptyLog,
                                !.state.earlier = @ \cup kept]
  IN  IF ~ Rejects(s.log.objectors) THEN t
      ELSE IF left.state.view - s.opened >= ConflictAfter THEN Declare(left)
      ELSE left

(***************************************************************************)
(* III.1: "immediately multi-cast a view-change message to the rest of the  *)
(* validators".                                                             *)
(***************************************************************************)
MulticastVote(t, objection) ==
  LET s == t.state
  IN  Send(t,
           ViewChange(s.node, s.view + 1, objection, OwnReward(t)),
           IF primary_hears_view_change = "yes"
             THEN Node
             ELSE Node \ {ViewPrimary(t)})

Object(t) ==
  RejectIfOutvoted(
    [MulticastVote(t, TRUE) EXCEPT
       !.state.log.objected  = TRUE,
       !.state.log.objectors = @ \cup {t.state.node}])

(***************************************************************************)
(* OBJECT_VIEW, III.1: "or if v_j # v_p" asks for a vote, with vo = 0.      *)
(***************************************************************************)
ObjectView(t) ==
  [MulticastVote(t, FALSE) EXCEPT !.state.log.objected_view = TRUE]

(***************************************************************************)
(* AGREE, OBJECT, eq. (3): a validator compares the primary's label with    *)
(* its own.  It hands in its prediction or votes against the primary.       *)
(***************************************************************************)
OnPrePrepare(t, m) ==
  LET s      == t.state
      log    == s.log
      agrees == m.label = s.prediction
      heard  == [Hear(t, m.primary, m.label) EXCEPT
                   !.state.log.heard  = TRUE,
                   !.state.log.agreed = @ \/ agrees]
  IN  CASE m.primary # Primary(m.view) -> Ignore(t, "NOT_THE_PRIMARY")
        [] m.primary = Primary(m.view) /\ Misplaced(t, m.view) ->
             Ignore(IF /\ wrong_view = "vote"
                       /\ ~ IsPrimary(t)
                       /\ ~ log.objected_view
                      THEN ObjectView(t)
                      ELSE t,
                    Misplacement(t, m.view))
        [] m.primary = Primary(m.view) /\ ~ Misplaced(t, m.view) ->
             IF s.prediction = NoLabel
               THEN Ignore(t, "EARLY")
             ELSE IF log.heard /\ first_preprepare_only = "yes"
               THEN Ignore(t, "DUPLICATE")
             ELSE IF log.heard /\ (IF agrees THEN log.agreed ELSE log.objected)
               THEN Ignore(t, "DUPLICATE")
             ELSE IF agrees
               THEN Send(heard,
                         NodePrediction(s.node, s.prediction, s.view),
                         IF predictions_to = "primary" THEN {m.primary}
                                                       ELSE Node)
             ELSE IF log.objected
               THEN heard
               ELSE Object(heard)

(***************************************************************************)
(* VOTE_LOG, III.1: a node "appends to a local log" the vote of a validator *)
(* against the primary of its view.                                         *)
(***************************************************************************)
OnViewChange(t, m) ==
  CASE ~ m.objection -> Ignore(t, "NO_OBJECTION")
    [] m.objection ->
         IF Misplaced(t, m.view - 1)
           THEN Ignore(t, Misplacement(t, m.view - 1))
         ELSE IF m.node = ViewPrimary(t)
           THEN Ignore(t, "NOT_A_VALIDATOR")
         ELSE IF IsPrimary(t) /\ primary_hears_view_change = "no"
           THEN Ignore(t, "NOT_FOR_THIS_NODE")
         ELSE IF m.node \in t.state.log.objectors
           THEN Ignore(t, "DUPLICATE")
           ELSE RejectIfOutvoted(
                  [t EXCEPT !.state.log.objectors = @ \cup {m.node}])

(***************************************************************************)
(* TIME_OUT, II on PBFT: a validator stops waiting for the primary and      *)
(* votes against it, whatever the primary has said.                         *)
(***************************************************************************)
OnTimeOut(t, e) ==
  IF timeout = "none"
    THEN Ignore(t, "NOT_BINDING")
  ELSE IF Misplaced(t, e.view)
    THEN Ignore(t, Misplacement(t, e.view))
  ELSE IF IsPrimary(t)
    THEN Ignore(t, "NOT_A_VALIDATOR")
  ELSE IF t.state.log.objected
    THEN Ignore(t, "DUPLICATE")
    ELSE Object(t)
=============================================================================
