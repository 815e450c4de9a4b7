------------------------------ MODULE Ballots -------------------------------
(***************************************************************************)
(* Agreement on evidence, the repair of the published flow                  *)
(* (agree_on = "evidence").                                                 *)
(*                                                                          *)
(* For each sample there are ballots 0, 1, ...  Every node hands its signed *)
(* prediction to the leader of its ballot, who proposes those that it has.  *)
(* A node prepares valid evidence once a ballot, whatever its own label,    *)
(* commits on a quorum of prepares in the ballot that it is in, and is      *)
(* locked then; a quorum of commits decides.  A node that waits too long    *)
(* changes the ballot and shows its lock, and the next leader must propose  *)
(* the highest lock that it hears of.  This is the view change of           *)
(*                                                                          *)
(*    M. Castro, B. Liskov, "Practical Byzantine Fault Tolerance", OSDI '99 *)
(*                                                                          *)
(* with sets of predictions for requests.  The module mirrors               *)
(* poqi_core/ballots.py.                                                    *)
(***************************************************************************)
EXTENDS Judgement

(***************************************************************************)
(* The leader of a ballot of a sample.                                      *)
(***************************************************************************)
Leader(sample, ballot) ==
  (IF ballot_leader = "rotates" THEN sample + ballot ELSE sample) % N

(***************************************************************************)
(* How many changes to a later ballot its proposal needs; none if locks do  *)
(* not bind.                                                                *)
(***************************************************************************)
ChangesNeeded == IF lock = "none"         THEN 0
                 ELSE IF ballot_changes = 0 THEN QuorumSize
                 ELSE ballot_changes

(***************************************************************************)
(* Evidence that a node has prepared: in which ballot, who prepared it      *)
(* (forgotten once it is committed), whether the node committed it, and who *)
(* committed it.                                                            *)
(***************************************************************************)
Candidate(ballot, evidence) ==
  [ballot |-> ballot, evidence |-> evidence, prepares |-> {},
   committed |-> FALSE, commits |-> {}]

IsLeader(t) ==
  Leader(t.state.sample, t.state.ballots.ballot) = t.state.node

OutOfBallot(t, ballot) == ballot # t.state.ballots.ballot

BallotMisplacement(t, ballot) ==
  IF ballot < t.state.ballots.ballot THEN "STALE" ELSE "EARLY"

HasPreparedEvidence(log) ==
  \E c \in log.candidates : c.ballot = log.ballot

CandidatesFor(log, ballot, evidence) ==
  {c \in log.candidates : c.ballot = ballot /\ c.evidence = evidence}

Replace(t, before, after) ==
  [t EXCEPT !.state.ballots.candidates = (@ \ {before}) \cup {after}]
-----------------------------------------------------------------------------
(***************************************************************************)
(* COMPUTE, PROVE_DECISION: the evidence is agreed on.  Compute what        *)
(* follows from it, and go on.                                              *)
(***************************************************************************)
DecideEvidence(t, ballot, evidence, signers) ==
  LET s      == t.state
      proved == IF decision_proof = "yes"
                  THEN Send(t,
                            DecisionProof(s.node, s.sample, ballot, evidence,
                                          signers),
                            Node)
                  ELSE t
      judged == Judge(s.view, s.rewards, s.sample, evidence)
  IN  BeginSample([proved EXCEPT
                     !.facts = (@ \o <<Settled(s.sample, evidence)>>)
                                  \o judged.facts,
                     !.state.rewards = judged.rewards],
                  s.sample + 1, judged.view)

(***************************************************************************)
(* DECIDE_EVIDENCE: a quorum of commits decides.                            *)
(***************************************************************************)
CountEvidenceCommit(t, candidate, agent) ==
  LET commits == candidate.commits \cup {agent}
      counted == Replace(t, candidate, [candidate EXCEPT !.commits = commits])
  IN  IF Cardinality(commits) >= QuorumSize
        THEN DecideEvidence(counted, candidate.ballot, candidate.evidence,
                            commits)
        ELSE counted

(***************************************************************************)
(* COMMIT_EVIDENCE: a quorum of prepares commits the node and locks it.     *)
(***************************************************************************)
CountEvidencePrepare(t, candidate, agent) ==
  LET s         == t.state
      prepares  == candidate.prepares \cup {agent}
      committed == [candidate EXCEPT !.prepares = {}, !.committed = TRUE]
      certified == PreparedCertificate(candidate.ballot, candidate.evidence,
                                       prepares)
      locked    == [Replace(t, candidate, committed) EXCEPT
                      !.state.ballots.lock =
                        IF @.ballot <= candidate.ballot THEN certified ELSE @]
      sent      == Send(locked,
                        EvidenceCommit(s.node, s.sample, candidate.ballot,
                                       candidate.evidence),
                        Node)
  IN  IF Cardinality(prepares) < QuorumSize
        THEN Replace(t, candidate, [candidate EXCEPT !.prepares = prepares])
        ELSE CountEvidenceCommit(sent, committed, s.node)

(***************************************************************************)
(* PREPARE_EVIDENCE: the node prepares evidence, once a ballot.             *)
(***************************************************************************)
PrepareEvidence(t, evidence) ==
  LET s         == t.state
      candidate == Candidate(s.ballots.ballot, evidence)
      added     == [t EXCEPT !.state.ballots.candidates = @ \cup {candidate}]
      cleared   == [added EXCEPT !.state.ballots.collected = <<>>,
                                 !.state.ballots.changes   = {},
                                 !.state.ballots.highest   = NoLock]
      sent      == Send(IF prepare_once = "yes" THEN cleared ELSE added,
                        EvidencePrepare(s.node, s.sample, s.ballots.ballot,
                                        evidence),
                        Node)
  IN  CountEvidencePrepare(sent, candidate, s.node)

(***************************************************************************)
(* PROPOSE_EVIDENCE: the leader proposes the highest lock that it heard of, *)
(* or else what it has collected, once that is enough.                      *)
(***************************************************************************)
ToPropose(t) ==
  LET log == t.state.ballots
  IN  IF log.highest = NoLock THEN log.collected ELSE log.highest.evidence

CanPropose(t) ==
  LET log == t.state.ballots
  IN  /\ log.ballot > 0 => Cardinality(log.changes) >= ChangesNeeded
      /\ IsEvidence(t.state.sample, ToPropose(t))

Propose(t) ==
  LET s == t.state
  IN  PrepareEvidence(
        Send(t,
             Proposal(s.node, s.sample, s.ballots.ballot, ToPropose(t),
                      s.ballots.highest),
             Node),
        ToPropose(t))

(***************************************************************************)
(* Nobody is left whom the leader could wait for, and it has not proposed   *)
(* yet.                                                                     *)
(***************************************************************************)
ProposeIfAllAreIn(t) ==
  LET log == t.state.ballots
  IN  IF /\ ~ HasPreparedEvidence(log)
         /\ Len(log.collected) = N
         /\ log.ballot = 0 \/ Cardinality(log.changes) = N
         /\ CanPropose(t)
        THEN Propose(t)
        ELSE t

(***************************************************************************)
(* COLLECT: the leader keeps what is handed in, by ascending node.          *)
(***************************************************************************)
CollectSigned(t, signed) ==
  LET Before(other) == other.node < signed.node
      After(other)  == other.node > signed.node
  IN  ProposeIfAllAreIn(
        [t EXCEPT !.state.ballots.collected =
           (SelectSeq(@, Before) \o <<signed>>) \o SelectSeq(@, After)])

(***************************************************************************)
(* HAND_IN: the node's prediction goes to the leader of its ballot, signed. *)
(***************************************************************************)
HandIn(t) ==
  LET s      == t.state
      signed == SignedPrediction(s.node, s.sample, s.prediction)
  IN  IF IsLeader(t)
        THEN CollectSigned(t, signed)
        ELSE Send(t, signed, {Leader(s.sample, s.ballots.ballot)})
-----------------------------------------------------------------------------
(***************************************************************************)
(* SAMPLE, eq. (2), (3): the node's own network has classified its sample.  *)
(***************************************************************************)
OnSampleOfEvidence(t, e) ==
  LET s == t.state
  IN  IF e.index # s.sample
        THEN Ignore(t, IF e.index > s.sample THEN "EARLY" ELSE "STALE")
      ELSE IF s.prediction # NoLabel
        THEN Ignore(t, "DUPLICATE")
        ELSE HandIn([t EXCEPT !.state.prediction = e.prediction])

(***************************************************************************)
(* COLLECT.  A prediction that reaches a node that does not lead may be for *)
(* a later ballot, which its sender has got to.                             *)
(***************************************************************************)
OnSignedPrediction(t, m) ==
  LET log == t.state.ballots
  IN  IF ~ IsLeader(t)
        THEN Ignore(t, "EARLY")
      ELSE IF HasPreparedEvidence(log)
        THEN Ignore(t, "PREPARED_ALREADY")
      ELSE IF \E i \in DOMAIN log.collected : log.collected[i].node = m.node
        THEN Ignore(t, "DUPLICATE")
        ELSE CollectSigned(t, m)

(***************************************************************************)
(* Whether a lock can be one of a node that changes to a ballot.            *)
(***************************************************************************)
IsLock(certificate, ballot) ==
  /\ 0 <= certificate.ballot /\ certificate.ballot < ballot
  /\ certificate.signers \subseteq Node
  /\ \/ Cardinality(certificate.signers) >= QuorumSize
     \/ lock_proof = "no"

(***************************************************************************)
(* Whether a quorum that changed to the node's ballot has no lock above     *)
(* that of ballot `shown'.                                                  *)
(***************************************************************************)
RespectsLocks(t, shown) ==
  LET within == {c \in t.state.ballots.changes :
                   \/ lock = "any" /\ shown >= 0
                   \/ c[2] <= shown}
  IN  Cardinality(within) >= ChangesNeeded

(***************************************************************************)
(* PREPARE_EVIDENCE: a node prepares valid evidence that the leader of its  *)
(* ballot proposes, if that respects the locks.                             *)
(***************************************************************************)
OnProposal(t, m) ==
  LET log == t.state.ballots
  IN  IF m.leader # Leader(m.sample, m.ballot)
        THEN Ignore(t, "NOT_THE_PRIMARY")
      ELSE IF OutOfBallot(t, m.ballot)
        THEN Ignore(t, BallotMisplacement(t, m.ballot))
      ELSE IF CandidatesFor(log, m.ballot, m.evidence) # {}
        THEN Ignore(t, "DUPLICATE")
      ELSE IF HasPreparedEvidence(log) /\ prepare_once = "yes"
        THEN Ignore(t, "PREPARED_ALREADY")
      ELSE IF ~ IsEvidence(m.sample, m.evidence)
        THEN Ignore(t, "INVALID_EVIDENCE")
      ELSE IF /\ m.lock # NoLock
              /\ ~ (m.lock.evidence = m.evidence /\ IsLock(m.lock, m.ballot))
        THEN Ignore(t, "INVALID_LOCK")
      ELSE IF m.ballot > 0 /\ ~ RespectsLocks(t, m.lock.ballot)
        THEN Ignore(t, "LOCKED")
        ELSE PrepareEvidence(t, m.evidence)

(***************************************************************************)
(* Why a prepare or commit for evidence that the node has not prepared has  *)
(* no effect.                                                               *)
(***************************************************************************)
Unknown(t, ballot) ==
  IF OutOfBallot(t, ballot)
    THEN BallotMisplacement(t, ballot)
  ELSE IF HasPreparedEvidence(t.state.ballots) /\ prepare_once = "yes"
    THEN "PREPARED_ALREADY"
    ELSE "EARLY"

(***************************************************************************)
(* PREPARE_LOG, COMMIT_EVIDENCE.                                            *)
(***************************************************************************)
OnEvidencePrepare(t, m) ==
  LET known     == CandidatesFor(t.state.ballots, m.ballot, m.evidence)
      candidate == CHOOSE c \in known : TRUE
  IN  IF known = {}
        THEN Ignore(t, Unknown(t, m.ballot))
      ELSE IF candidate.committed \/ m.node \in candidate.prepares
        THEN Ignore(t, "DUPLICATE")
        ELSE CountEvidencePrepare(t, candidate, m.node)

(***************************************************************************)
(* COMMIT_LOG, DECIDE_EVIDENCE.                                             *)
(***************************************************************************)
OnEvidenceCommit(t, m) ==
  LET known     == CandidatesFor(t.state.ballots, m.ballot, m.evidence)
      candidate == CHOOSE c \in known : TRUE
  IN  IF known = {}
        THEN Ignore(t, Unknown(t, m.ballot))
      ELSE IF m.node \in candidate.commits
        THEN Ignore(t, "DUPLICATE")
        ELSE CountEvidenceCommit(t, candidate, m.node)

(***************************************************************************)
(* PROVE_DECISION: whoever sees the commits of a quorum decides.            *)
(***************************************************************************)
OnDecisionProof(t, m) ==
  IF decision_proof = "no"
    THEN Ignore(t, "NOT_BINDING")
  ELSE IF \/ Cardinality(m.signers) < QuorumSize
          \/ ~ m.signers \subseteq Node
    THEN Ignore(t, "INVALID_LOCK")
  ELSE IF ~ IsEvidence(m.sample, m.evidence)
    THEN Ignore(t, "INVALID_EVIDENCE")
    ELSE DecideEvidence(t, m.ballot, m.evidence, m.signers)
-----------------------------------------------------------------------------
(***************************************************************************)
(* VOTE_LOG: a node that changes to the ballot says how high its lock is;   *)
(* the leader keeps the highest.                                            *)
(***************************************************************************)
CountChange(t, agent, certificate) ==
  [t EXCEPT
     !.state.ballots.changes = @ \cup {<<agent, certificate.ballot>>},
     !.state.ballots.highest =
       IF IsLeader(t) /\ certificate.ballot > @.ballot THEN certificate
                                                       ELSE @]

OnBallotChange(t, m) ==
  LET log == t.state.ballots
  IN  IF OutOfBallot(t, m.ballot)
        THEN Ignore(t, BallotMisplacement(t, m.ballot))
      ELSE IF ChangesNeeded = 0 /\ ~ IsLeader(t)
        THEN Ignore(t, "NOT_BINDING")
      ELSE IF HasPreparedEvidence(log) /\ prepare_once = "yes"
        THEN Ignore(t, "PREPARED_ALREADY")
      ELSE IF \E c \in log.changes : c[1] = m.node
        THEN Ignore(t, "DUPLICATE")
      ELSE IF m.lock # NoLock /\ ~ IsLock(m.lock, m.ballot)
        THEN Ignore(t, "INVALID_LOCK")
        ELSE ProposeIfAllAreIn(CountChange(t, m.node, m.lock))

(***************************************************************************)
(* Why a timer of a ballot does not run out at the node now, or "none".     *)
(***************************************************************************)
TimerMisplacement(t, e) ==
  LET s == t.state
  IN  IF e.sample # s.sample
        THEN IF e.sample > s.sample THEN "EARLY" ELSE "STALE"
      ELSE IF s.prediction = NoLabel
        THEN "EARLY"
      ELSE IF OutOfBallot(t, e.ballot)
        THEN BallotMisplacement(t, e.ballot)
        ELSE "none"

(***************************************************************************)
(* BALLOT_CHANGE: the node has waited too long.  It changes to the next     *)
(* ballot and shows its lock.                                               *)
(***************************************************************************)
OnBallotTimeOut(t, e) ==
  LET s       == t.state
      log     == s.ballots
      next    == log.ballot + 1
      changed == [t EXCEPT !.state.ballots =
                    [EmptyBallotLog EXCEPT
                       !.ballot     = next,
                       !.candidates = IF commit_late = "yes"
                                        THEN log.candidates
                                        ELSE {},
                       !.lock       = log.lock]]
      sent    == Send(CountChange(changed, s.node, log.lock),
                      BallotChange(s.node, s.sample, next, log.lock),
                      Node)
  IN  IF timeout # "ballot"
        THEN Ignore(t, "NOT_BINDING")
      ELSE IF TimerMisplacement(t, e) # "none"
        THEN Ignore(t, TimerMisplacement(t, e))
        ELSE HandIn(sent)

(***************************************************************************)
(* PROPOSE_EVIDENCE: the leader need not wait any longer.                   *)
(***************************************************************************)
OnBallotCollectionClosed(t, e) ==
  IF TimerMisplacement(t, e) # "none"
    THEN Ignore(t, TimerMisplacement(t, e))
  ELSE IF ~ IsLeader(t)
    THEN Ignore(t, "NOT_FOR_THIS_NODE")
  ELSE IF HasPreparedEvidence(t.state.ballots)
    THEN Ignore(t, "PREPARED_ALREADY")
  ELSE IF CanPropose(t)
    THEN Propose(t)
    ELSE Ignore(t, "UNEXPECTED")
-----------------------------------------------------------------------------
(***************************************************************************)
(* A message of the sample that the node works on.                          *)
(***************************************************************************)
ReceiveEvidence(t, m) ==
  LET s == t.state
  IN  IF m.sample # s.sample
        THEN Ignore(t, IF m.sample > s.sample THEN "EARLY" ELSE "STALE")
      ELSE IF s.prediction = NoLabel
        THEN Ignore(t, "EARLY")
        ELSE CASE m.type = "SignedPrediction" -> OnSignedPrediction(t, m)
               [] m.type = "Proposal"         -> OnProposal(t, m)
               [] m.type = "EvidencePrepare"  -> OnEvidencePrepare(t, m)
               [] m.type = "EvidenceCommit"   -> OnEvidenceCommit(t, m)
               [] m.type = "BallotChange"     -> OnBallotChange(t, m)
               [] m.type = "DecisionProof"    -> OnDecisionProof(t, m)
=============================================================================
