-------------------------------- MODULE Step --------------------------------
(***************************************************************************)
(* The local transition: everything that affects a node happens here.       *)
(*                                                                          *)
(* Step(s, e) is the turn in which event e befalls a node in state s: its   *)
(* next state, the packets that it sends, and the facts that it shows.  An  *)
(* event that the readings give no effect leaves the state as it is, and    *)
(* the turn's remark says why.  The module mirrors poqi_core/step.py, arm   *)
(* by arm.                                                                  *)
(***************************************************************************)
EXTENDS NormalOperation, Ballots

OnEvidence == agree_on = "evidence"

(***************************************************************************)
(* NEXT_SAMPLE, not in the paper: the environment gives up every sample     *)
(* before e.index.                                                          *)
(***************************************************************************)
OnNextSample(t, e) ==
  LET s       == t.state
      waits   == /\ e.index = s.sample
                 /\ s.prediction = NoLabel
                 /\ ~ s.decided
                 /\ e.view > s.view
      granted == IF s.log.heard THEN KeepMajority(t) ELSE t
      first   == IF s.decided THEN s.sample + 1 ELSE s.sample
      given   == [i \in 1 .. e.index - first |-> Undecided(first + i - 1)]
  IN  IF Finished(s)
        THEN Ignore(t, "FINISHED")
      ELSE IF e.index > Samples
        THEN Ignore(t, "MALFORMED")
      ELSE IF ~ waits /\ (e.index <= s.sample \/ e.view < s.view)
        THEN Ignore(t, "STALE")
        ELSE BeginSample([granted EXCEPT !.facts = @ \o given],
                         e.index, e.view)

(***************************************************************************)
(* Hand a message that the channel of `sender' delivered to the arm for its *)
(* kind.  The channel names the sender, and only a prepare can be passed on *)
(* for another.                                                             *)
(***************************************************************************)
Receive(t, sender, m) ==
  IF sender = t.state.node
    THEN Ignore(t, "DUPLICATE")
  ELSE IF (m.type \in EvidenceMessageTypes) # OnEvidence
    THEN Ignore(t, "NOT_BINDING")
  ELSE IF m.type # "ConflictDecision" /\ Finished(t.state)
    THEN Ignore(t, "FINISHED")
  ELSE IF m.type # "Prepare" /\ Author(m) # sender
    THEN Ignore(t, "NOT_THE_SENDER")
  ELSE IF OnEvidence
    THEN ReceiveEvidence(t, m)
    ELSE CASE m.type = "PrePrepare"       -> OnPrePrepare(t, m)
           [] m.type = "NodePrediction"   -> OnPrediction(t, m)
           [] m.type = "ViewChange"       -> OnViewChange(t, m)
           [] m.type = "Prepare"          -> OnPrepare(t, sender, m)
           [] m.type = "Commit"           -> OnCommit(t, m)
           [] m.type = "Decision"         -> OnDecision(t, m)
           [] m.type = "ConflictDecision" -> OnConflictDecision(t, m)

Handle(t, e) ==
  CASE e.type = "Received"   -> Receive(t, e.sender, e.message)
    [] e.type = "NextSample" -> OnNextSample(t, e)
    [] e.type = "TieBreak"   -> OnTieBreak(t, e)
    [] e.type \in {"Sample", "TimeOut", "CollectionClosed",
                   "BallotTimeOut", "BallotCollectionClosed"} ->
         IF Finished(t.state)
           THEN Ignore(t, "FINISHED")
         ELSE IF e.type = "Sample"
           THEN IF OnEvidence THEN OnSampleOfEvidence(t, e) ELSE OnSample(t, e)
         ELSE IF (e.type \in {"BallotTimeOut", "BallotCollectionClosed"})
                   # OnEvidence
           THEN Ignore(t, "NOT_BINDING")
           ELSE CASE e.type = "TimeOut"          -> OnTimeOut(t, e)
                  [] e.type = "CollectionClosed" -> OnCollectionClosed(t, e)
                  [] e.type = "BallotTimeOut"    -> OnBallotTimeOut(t, e)
                  [] e.type = "BallotCollectionClosed" ->
                       OnBallotCollectionClosed(t, e)

Step(s, e) ==
  LET t == Handle(Turn(s), e)
  IN  IF t.state = s \/ OnEvidence THEN t ELSE ProposeIfPrimary(t)

HasEffect(s, e) == Handle(Turn(s), e).state # s
=============================================================================
