----------------------------- MODULE Environment ----------------------------
(***************************************************************************)
(* What surrounds the honest nodes in every network: the faulty nodes, the  *)
(* inputs, and what can happen by itself.                                   *)
(*                                                                          *)
(* A Byzantine node has no state.  Whatever it could sign is available from *)
(* the start, to anybody and at any time; it may send different things to   *)
(* different nodes, and nothing at all to some.                             *)
(***************************************************************************)
EXTENDS History

CONSTANTS
  Byzantine,   \* The faulty nodes, which may be more or fewer than F.
  Labels,      \* The labels that the adversary uses: those that honest
               \* nodes predict, and one more, unless it is bounded.
  Evidence,    \* The evidence that it uses, if it is bounded; {} stands for
               \* all that it can put together.
  Views,       \* How many views a sample can take before it is no longer
               \* followed.  With ConflictAfter nothing is cut off.
  Ballots,     \* How many ballots a sample can take, likewise.
  StartView,   \* The view in which every node begins.
  GivesUp,     \* Whether the environment gives samples up.
  Patterns     \* A set of sequences, one element for each sample: the label
               \* that each honest node's own network gives it.

Honest == Node \ Byzantine

ASSUME /\ Byzantine \subseteq Node
       /\ Honest # {}
       /\ Labels \subseteq Nat
       /\ {Views, Ballots} \subseteq Nat \ {0}
       /\ StartView \in Nat
       /\ GivesUp \in BOOLEAN
       /\ \A pattern \in Patterns :
            /\ Len(pattern) = Samples
            /\ \A i \in 1 .. Samples : pattern[i] \in [Honest -> Nat]

(***************************************************************************)
(* The views that a node within these bounds can be in.                     *)
(***************************************************************************)
View == StartView .. StartView + Samples * Views - 1

Ballot == 0 .. Ballots - 1

(***************************************************************************)
(* One step can leave a view and decide in the next: a node may get past    *)
(* all these views, and is not followed there.                              *)
(***************************************************************************)
InScope(s) == /\ s.view - s.opened < Views
              /\ ~ (OnEvidence \/ Finished(s)) => s.view \in View
              /\ OnEvidence => s.ballots.ballot < Ballots
-----------------------------------------------------------------------------
(***************************************************************************)
(* Everything that Byzantine nodes can send, with the sender that the       *)
(* channel stamps on it.  Rewards in messages have no effect; they are 0.   *)
(***************************************************************************)
ByzantineMessage(b) ==
       {PrePrepare(b, l, v, Zero) :
          l \in Labels, v \in {v \in View : Primary(v) = b}}
  \cup {Decision(b, l, v) :
          l \in Labels, v \in {v \in View : Primary(v) = b}}
  \cup {NodePrediction(b, l, v) : l \in Labels, v \in View}
  \cup {ViewChange(b, v + 1, vo, Zero) : v \in View, vo \in BOOLEAN}
  \cup {Prepare(Primary(v), l, final, v, Zero) :
          l \in Labels, final \in Labels, v \in View}
  \cup {Commit(b, l, l, v, Zero) : l \in Labels, v \in View}
  \cup {ConflictDecision(b, i, l) : i \in Sample, l \in Labels}

ByzantineEvent ==
  IF OnEvidence
    THEN {}
    ELSE UNION {{Received(b, m) : m \in ByzantineMessage(b)} :
                b \in Byzantine}
-----------------------------------------------------------------------------
(***************************************************************************)
(* Where nodes agree on evidence, a Byzantine node can quote what honest    *)
(* nodes have signed.  It cannot forge, so each of its messages has a set   *)
(* of honest statements that must be on record before.                      *)
(*                                                                          *)
(* First, everything that passes for evidence and that Byzantine nodes can  *)
(* put together where honest nodes predict `pattern'.  Where a node can be  *)
(* in it more than once, it is of the least size that there is.             *)
(***************************************************************************)
SignedBy(n, i, pattern) ==
  {SignedPrediction(n, i, l) :
     l \in IF n \in Honest THEN {pattern[i + 1][n]} ELSE Labels}

RECURSIVE DistinctFrom(_, _, _)
DistinctFrom(n, i, pattern) ==
  IF n = N
    THEN {<<>>}
    ELSE LET rest == DistinctFrom(n + 1, i, pattern)
         IN  rest \cup {<<signed>> \o evidence :
                         signed \in SignedBy(n, i, pattern), evidence \in rest}

Repeated(i, pattern) ==
  LET signed == UNION {SignedBy(n, i, pattern) : n \in Node}
      InOrder(one, other) == \/ one.node < other.node
                             \/ one.node = other.node /\ one.label <= other.label
  IN  {evidence \in [1 .. EvidenceSize -> signed] :
         \A j \in 1 .. EvidenceSize - 1 : InOrder(evidence[j], evidence[j + 1])}

PossibleEvidence(i, pattern) ==
  {evidence \in IF evidence_distinct = "yes" THEN DistinctFrom(0, i, pattern)
                                              ELSE Repeated(i, pattern) :
     /\ IsEvidence(i, evidence)
     /\ Evidence = {} \/ evidence \in Evidence}

(***************************************************************************)
(* The signers of a certificate: the Byzantine nodes, and as few honest     *)
(* ones as make a quorum.                                                   *)
(***************************************************************************)
Signers ==
  LET lacking == QuorumSize - Cardinality(Byzantine)
  IN  {Byzantine \cup helpers :
         helpers \in {H \in SUBSET Honest :
                        Cardinality(H) = IF lacking > 0 THEN lacking ELSE 0}}

LocksBelow(ballot, evidence) ==
  {PreparedCertificate(b, e, signers) :
     b \in 0 .. ballot - 1, e \in evidence,
     signers \in IF lock_proof = "yes" THEN Signers ELSE {{}}}

(***************************************************************************)
(* Everything that the Byzantine node b can send about sample i.  Where     *)
(* only the content counts, and not who sends it, the lowest Byzantine node *)
(* stands for all.                                                          *)
(***************************************************************************)
QuotingMessage(b, i, evidence) ==
  LET led     == {v \in Ballot : Leader(i, v) = b}
      later   == Ballot \ {0}
      isFirst == \A c \in Byzantine : b <= c
  IN     {SignedPrediction(b, i, l) : l \in Labels}
    \cup {Proposal(b, i, v, e, NoLock) : v \in led, e \in evidence}
    \cup UNION {{Proposal(b, i, v, l.evidence, l) :
                   l \in LocksBelow(v, evidence)} : v \in led}
    \cup {BallotChange(b, i, v, NoLock) : v \in later}
    \cup UNION {{BallotChange(b, i, v, l) : l \in LocksBelow(v, evidence)} :
                v \in later}
    \cup {EvidencePrepare(b, i, v, e) : v \in Ballot, e \in evidence}
    \cup {EvidenceCommit(b, i, v, e) : v \in Ballot, e \in evidence}
    \cup (IF isFirst /\ decision_proof = "yes"
            THEN {DecisionProof(b, i, v, e, signers) :
                    v \in Ballot, e \in evidence, signers \in Signers}
            ELSE {})

(***************************************************************************)
(* By pattern: the events that such messages are, each with the packets     *)
(* that must be on record.                                                  *)
(***************************************************************************)
Quoting(b, m) ==
  [event  |-> Received(b, m),
   quotes |-> {Packet(s.node, {}, s) :
                 s \in {s \in Quoted(m) : s.node \in Honest}}]

ByzantineQuoting ==
  [pattern \in Patterns |->
     IF OnEvidence
       THEN UNION {LET evidence == PossibleEvidence(i, pattern)
                   IN  UNION {{Quoting(b, m) :
                                 m \in QuotingMessage(b, i, evidence)} :
                              b \in Byzantine} :
                   i \in Sample}
       ELSE {}]
-----------------------------------------------------------------------------
(***************************************************************************)
(* The timers that can run out at a node in state s, and the choices that   *)
(* the environment can make for it.                                         *)
(***************************************************************************)
Collections(s) ==
  IF OnEvidence       THEN {BallotCollectionClosed(s.sample, s.ballots.ballot)}
  ELSE IF collect = 0 THEN {CollectionClosed(s.view)}
  ELSE {}

TimeOuts(s) ==
  CASE timeout = "none"   -> {}
    [] timeout = "vote"   -> {TimeOut(s.view)}
    [] timeout = "ballot" -> {BallotTimeOut(s.sample, s.ballots.ballot)}

Timers(s) == Collections(s) \cup TimeOuts(s)

Choices(s) ==
  IF tie = "free"
    THEN UNION {{TieBreak(s.conflicts[i].sample, n) : n \in Node} :
                i \in DOMAIN s.conflicts}
    ELSE {}

(***************************************************************************)
(* In lock-step rounds: event e has no effect on a node in state s yet, and *)
(* can have one later.                                                      *)
(***************************************************************************)
Waits(s, e) ==
  LET t == Handle(Turn(s), e) IN t.state = s /\ t.remark \in {"EARLY", "LOCKED"}

(***************************************************************************)
(* The input that node n in state s waits for: its own network, which       *)
(* predicts what `pattern' says, answers within the round.                  *)
(***************************************************************************)
DueInput(pattern, n, s) ==
  LET awaited == IF s.decided THEN s.sample + 1 ELSE s.sample
  IN  IF /\ s.prediction = NoLabel \/ s.decided
         /\ awaited < Samples
        THEN {Classified(awaited, pattern[awaited + 1][n])}
        ELSE {}

GivingUp(s) ==
  IF GivesUp
    THEN {NextSample(i, v) : i \in 0 .. Samples, v \in View}
    ELSE {}
=============================================================================
