--------------------------- MODULE NormalOperation --------------------------
(***************************************************************************)
(* Normal operation, III.2: propose, collect, prepare, commit, decide.      *)
(* The module mirrors poqi_core/normal_operation.py.                        *)
(***************************************************************************)
EXTENDS ViewChanges

(***************************************************************************)
(* SAMPLE, eq. (2), (3): the node's own network has classified its sample.  *)
(* HISTORY: a node that has decided goes on to the next one.                *)
(***************************************************************************)
OnSample(t, e) ==
  LET s     == t.state
      begun == BeginSample(t, e.index, s.view + 1)
  IN  IF e.index = s.sample + 1 /\ s.decided
        THEN IF IsLast(s.sample)
               THEN Ignore(t, "FINISHED")
               ELSE [begun EXCEPT !.state.prediction = e.prediction]
      ELSE IF e.index > s.sample
        THEN Ignore(t, "EARLY")
      ELSE IF e.index < s.sample
        THEN Ignore(t, "STALE")
      ELSE IF s.prediction # NoLabel
        THEN Ignore(t, "DUPLICATE")
        ELSE [t EXCEPT !.state.prediction = e.prediction]
-----------------------------------------------------------------------------
(***************************************************************************)
(* CONSENSUS, HISTORY, CONVEY, III.2: the sample is decided.  The conflict  *)
(* samples before it fall with it, the primary conveys the decision, and    *)
(* the next sample begins in the next view.                                 *)
(***************************************************************************)
Decide(t, label, view) ==
  LET primary  == Primary(view)
      granted  == IF reward_when = "decided" /\ ~ t.state.decided
                    THEN GrantReward(t, primary)
                    ELSE t
      kept     == IF view = t.state.view THEN KeepMajority(granted)
                                         ELSE granted
      fallen   == Fall(kept, primary)
      s        == fallen.state
      entered  == Emit(fallen, Decided(s.sample, label, view, "consensus"))
      conveyed == IF primary = s.node /\ decide # "primary"
                    THEN Send(entered, Decision(primary, label, view), Node)
                    ELSE entered
  IN  IF stop_after_decision = "yes"
        THEN BeginSample(conveyed, s.sample + 1,
                         IF view + 1 > s.view THEN view + 1 ELSE s.view)
        ELSE [conveyed EXCEPT !.state.decided     = TRUE,
                              !.state.log.decided = @ \cup {label}]

(***************************************************************************)
(* The commits that a node has counted for a view.                          *)
(***************************************************************************)
CommitsOf(s, view) ==
  IF view = s.view
    THEN s.log.commits
    ELSE UNION {e.commits : e \in {e \in s.earlier : e.view = view}}

Committers(commits, final) ==
  {c[2] : c \in {c \in commits : c[1] = final}}

(***************************************************************************)
(* COMMIT_LOG, III.2: count a commit; 2f+1 from different agents decide.    *)
(***************************************************************************)
CountCommit(t, view, agent, final) ==
  LET commits == CommitsOf(t.state, view) \cup {<<final, agent>>}
      others  == {e \in t.state.earlier : e.view # view}
      counted == IF view = t.state.view
                   THEN [t EXCEPT !.state.log.commits = commits]
                   ELSE [t EXCEPT !.state.earlier =
                           others \cup {[view |-> view, commits |-> commits]}]
  IN  IF Cardinality(Committers(commits, final)) = QuorumSize
        THEN Decide(counted, final, view)
        ELSE counted

(***************************************************************************)
(* Whether the node decides on a quorum of commits of a view.               *)
(***************************************************************************)
CountsCommits(s, view) == Primary(view) = s.node \/ decide = "commits"
-----------------------------------------------------------------------------
Preparers(prepares, label, final) ==
  {p[3] : p \in {p \in prepares : p[1] = label /\ p[2] = final}}

(***************************************************************************)
(* Whether prepares of other contents are dead once the node has prepared.  *)
(***************************************************************************)
CommitsOnlyWhatItPrepared ==
  prepare_once = "yes" /\ commit_needs_prepare = "yes"

(***************************************************************************)
(* COMMIT, III.2: 2f+1 identical prepares from different agents lead to the *)
(* commit phase.                                                            *)
(***************************************************************************)
CommitIfQuorum(t, label, final) ==
  LET s      == t.state
      log    == s.log
      agents == Preparers(log.prepares, label, final)
      once   == prepare_once = "yes"
      marked == [t EXCEPT
                   !.state.log.committed = @ \cup {final},
                   !.state.log.prepares  = IF once THEN {} ELSE @]
      sent   == Send(marked,
                     Commit(s.node, s.prediction, final, s.view,
                            OwnReward(t)),
                     IF commit_to = "primary" THEN {ViewPrimary(t)}
                                              ELSE Node)
  IN  IF \/ Cardinality(agents) < QuorumSize
         \/ final \in log.committed
         \/ once /\ log.committed # {}
         \/ /\ commit_needs_prepare = "yes"
            /\ <<label, final>> \notin log.prepared
         \/ IsPrimary(t) /\ primary_commit_counts = "no"
        THEN t
      ELSE IF CountsCommits(s, s.view)
        THEN CountCommit(sent, s.view, s.node, final)
        ELSE sent

(***************************************************************************)
(* Count the node's own prepare.                                            *)
(***************************************************************************)
HasPrepared(t, label, final) ==
  LET granted  == KeepMajority(t)
      s        == granted.state
      counted  == s.log.prepares \cup {<<label, final, s.node>>}
      prepares == IF CommitsOnlyWhatItPrepared
                    THEN {p \in counted : p[1] = label /\ p[2] = final}
                    ELSE counted
  IN  CommitIfQuorum(
        [granted EXCEPT
           !.state.log.prepares = prepares,
           !.state.log.prepared = @ \cup {<<label, final>>}],
        label, final)

(***************************************************************************)
(* COMBINE, III.2: the primary combines what it collected and multicasts    *)
(* the prepare, to itself as well.                                          *)
(***************************************************************************)
MulticastPrepare(t) ==
  LET s     == t.state
      label == s.prediction
      sent  == Send([t EXCEPT !.state.log.collected = {}],
                    Prepare(s.node, label, label, s.view, OwnReward(t)),
                    Node)
  IN  HasPrepared(sent, label, label)

(***************************************************************************)
(* ELECTION, eq. (1), (2): the primary of a view that has begun proposes    *)
(* its label to all.                                                        *)
(***************************************************************************)
ProposeIfPrimary(t) ==
  LET s        == t.state
      label    == s.prediction
      heard    == [Hear(t, s.node, label) EXCEPT
                     !.state.log.heard     = TRUE,
                     !.state.log.agreed    = TRUE,
                     !.state.log.collected = {s.node}]
      proposed == Send(heard,
                       PrePrepare(s.node, label, s.view, OwnReward(t)),
                       Node)
  IN  IF s.prediction = NoLabel \/ s.log.heard \/ ~ IsPrimary(t)
        THEN t
      ELSE IF collect = 1
        THEN MulticastPrepare(proposed)
        ELSE proposed
-----------------------------------------------------------------------------
(***************************************************************************)
(* COLLECT, eq. (5): the primary collects the predictions that match its    *)
(* own.                                                                     *)
(***************************************************************************)
OnPrediction(t, m) ==
  LET s         == t.state
      log       == s.log
      collected == log.collected \cup {m.node}
      counted   == [t EXCEPT !.state.log.collected = collected]
  IN  IF Misplaced(t, m.view)
        THEN Ignore(t, Misplacement(t, m.view))
      ELSE IF ~ IsPrimary(t)
        THEN Ignore(t, "NOT_FOR_THIS_NODE")
      ELSE IF log.prepared # {}
        THEN Ignore(t, "PREPARED_ALREADY")
      ELSE IF ~ log.heard
        THEN Ignore(t, "EARLY")
      ELSE IF m.prediction # s.prediction
        THEN Ignore(t, "OTHER_LABEL")
      ELSE IF m.node \in log.collected
        THEN Ignore(t, "DUPLICATE")
      ELSE IF collect # 0 /\ Cardinality(collected) >= collect
        THEN MulticastPrepare(counted)
        ELSE counted

(***************************************************************************)
(* COLLECTION_CLOSED: the round in which predictions arrive is over         *)
(* (collect = 0, which is the reading "round").                             *)
(***************************************************************************)
OnCollectionClosed(t, e) ==
  IF collect # 0
    THEN Ignore(t, "NOT_BINDING")
  ELSE IF Misplaced(t, e.view)
    THEN Ignore(t, Misplacement(t, e.view))
  ELSE IF ~ IsPrimary(t)
    THEN Ignore(t, "NOT_FOR_THIS_NODE")
  ELSE IF t.state.log.prepared # {}
    THEN Ignore(t, "PREPARED_ALREADY")
  ELSE IF ~ t.state.log.heard
    THEN Ignore(t, "EARLY")
    ELSE MulticastPrepare(t)

(***************************************************************************)
(* Why a node can no longer prepare `label' in its view, or "none".         *)
(***************************************************************************)
ObstacleToPreparing(s, label) ==
  LET settled == s.log.heard /\ first_preprepare_only = "yes"
  IN  IF label # s.prediction
        THEN "OTHER_LABEL"
      ELSE IF s.log.objected /\ latch = "yes"
        THEN "VOTED_AGAINST"
      ELSE IF /\ prepare_needs_preprepare = "yes"
              /\ settled
              /\ ~ s.log.agreed
        THEN "VOTED_AGAINST"
        ELSE "none"

(***************************************************************************)
(* PREPARE_LOG, RELAY, III.2: a prepare, from the primary itself or passed  *)
(* on by a validator.  It is counted, and the primary's own is passed on if *)
(* it is valid: if its view and its label are the node's.                   *)
(***************************************************************************)
OnPrepare(t, sender, m) ==
  LET s           == t.state
      log         == s.log
      label       == m.label
      final       == m.final
      once        == prepare_once = "yes"
      obstacle    == ObstacleToPreparing(s, label)
      fromPrimary == sender = m.primary
      awaited     == prepare_needs_preprepare = "yes" /\ ~ log.agreed
      prepared    == IF once THEN log.prepared # {}
                             ELSE <<label, final>> \in log.prepared
      committed   == IF once THEN log.committed # {}
                             ELSE final \in log.committed
      isCounted   == sender \in Preparers(log.prepares, label, final)
      relays      == obstacle = "none" /\ fromPrimary /\ ~ prepared
      dead        == /\ prepared
                     /\ CommitsOnlyWhatItPrepared
                     /\ <<label, final>> \notin log.prepared
      counts      == ~ (isCounted \/ committed \/ dead)
      counted     == IF counts
                       THEN [t EXCEPT !.state.log.prepares =
                               @ \cup {<<label, final, sender>>}]
                       ELSE t
      relayed     == Send(counted, m,
                          IF primary_commit_counts = "yes"
                            THEN Node
                            ELSE Node \ {m.primary})
  IN  IF m.primary # Primary(m.view)
        THEN Ignore(t, "NOT_THE_PRIMARY")
      ELSE IF Misplaced(t, m.view)
        THEN Ignore(t, Misplacement(t, m.view))
      ELSE IF IsPrimary(t) /\ primary_commit_counts = "no"
        THEN Ignore(t, "NOT_FOR_THIS_NODE")
      ELSE IF \/ s.prediction = NoLabel
              \/ IsPrimary(t) /\ log.prepared = {}
        THEN Ignore(t, "EARLY")
      ELSE IF check_final = "yes" /\ final # label
        THEN Ignore(t, "OTHER_FINAL")
      ELSE IF obstacle # "none" /\ commit_needs_prepare = "yes"
        THEN Ignore(t, obstacle)
      ELSE IF obstacle = "none" /\ fromPrimary /\ awaited
        THEN Ignore(t, "EARLY")
      ELSE IF ~ relays /\ ~ counts
        THEN Ignore(t, IF dead THEN "PREPARED_ALREADY" ELSE "DUPLICATE")
      ELSE IF relays
        THEN HasPrepared(relayed, label, final)
        ELSE CommitIfQuorum(counted, label, final)

(***************************************************************************)
(* Whether a message of an earlier view of the undecided sample counts.     *)
(***************************************************************************)
IsLate(s, view) ==
  /\ late_messages = "yes"
  /\ s.opened <= view
  /\ view < s.view
  /\ ~ s.decided

(***************************************************************************)
(* COMMIT_LOG, III.2: a commit of the node's view, or of an earlier one     *)
(* that still counts.                                                       *)
(***************************************************************************)
OnCommit(t, m) ==
  LET s      == t.state
      agents == Committers(CommitsOf(s, m.view), m.final)
  IN  IF ~ CountsCommits(s, m.view)
        THEN Ignore(t, "NOT_BINDING")
      ELSE IF Misplaced(t, m.view) /\ ~ IsLate(s, m.view)
        THEN Ignore(t, Misplacement(t, m.view))
      ELSE IF m.node = Primary(m.view) /\ primary_commit_counts = "no"
        THEN Ignore(t, "NOT_A_VALIDATOR")
      ELSE IF \/ m.node \in agents
              \/ Cardinality(agents) >= QuorumSize
              \/ s.decided /\ m.final \in s.log.decided
        THEN Ignore(t, "DUPLICATE")
        ELSE CountCommit(t, m.view, m.node, m.final)

(***************************************************************************)
(* OBEY, III, IV: the primary conveys the decision, and every node "must    *)
(* and will comply" (decide = "obey").                                      *)
(***************************************************************************)
OnDecision(t, m) ==
  LET s == t.state
  IN  IF decide # "obey"
        THEN Ignore(t, "NOT_BINDING")
      ELSE IF m.primary # Primary(m.view)
        THEN Ignore(t, "NOT_THE_PRIMARY")
      ELSE IF Misplaced(t, m.view) /\ ~ IsLate(s, m.view)
        THEN Ignore(t, Misplacement(t, m.view))
      ELSE IF m.label \in s.log.decided
        THEN Ignore(t, "DUPLICATE")
        ELSE Decide(t, m.label, m.view)
=============================================================================
