----------------------------- MODULE NodeState ------------------------------
(***************************************************************************)
(* A node's state, and the turn: the working copy of one step.              *)
(*                                                                          *)
(* A state holds what of a node's past can still influence its future, and  *)
(* nothing else.  It is a record with the fields                            *)
(*                                                                          *)
(*   node        the node itself                                            *)
(*   view        the view that it is in                                     *)
(*   sample      the sample that it works on, or waits for                  *)
(*   opened      the view in which that sample began                        *)
(*   prediction  its own label for it, NoLabel while it waits               *)
(*   decided     it has decided the sample and the next may come            *)
(*   rewards     its record of every node's reward (the set R of III.1)     *)
(*   log         what it remembers of its view, see EmptyLog                *)
(*   heard       the label heard from each primary for this sample          *)
(*   conflicts   the conflict samples that have not fallen yet, in order    *)
(*   earlier     commits for earlier views of the same sample               *)
(*   ballots     the agreement on evidence, see EmptyBallotLog              *)
(***************************************************************************)
EXTENDS Messages

(***************************************************************************)
(* What a node remembers of the view that it is in, and forgets when it     *)
(* leaves it.                                                               *)
(***************************************************************************)
EmptyLog ==
  [heard         |-> FALSE,  \* It sent or accepted a pre-prepare.
   agreed        |-> FALSE,  \* A pre-prepare carried its own label.
   objected      |-> FALSE,  \* It voted against the primary, vo = 1.
   objected_view |-> FALSE,  \* It voted with vo = 0.
   objectors     |-> {},     \* The validators whose vote vo = 1 it logged.
   collected     |-> {},     \* Primary, until it prepares: whose matching
                             \* predictions it has, its own included.
   prepares      |-> {},     \* <<label, final, agent>> for each prepare.
   prepared      |-> {},     \* <<label, final>> that it prepared itself.
   commits       |-> {},     \* <<final, agent>> for each commit.
   committed     |-> {},     \* The final labels that it committed.
   decided       |-> {}]     \* The labels decided in this view.

(***************************************************************************)
(* What a node remembers of the agreement on evidence for its sample        *)
(* (agree_on = "evidence").                                                 *)
(***************************************************************************)
EmptyBallotLog ==
  [ballot     |-> 0,       \* The ballot that it is in.
   collected  |-> <<>>,    \* Leader, until it proposes: the signed
                           \* predictions handed in, by ascending node.
   changes    |-> {},      \* Until it prepares: <<node, ballot of its lock>>
                           \* for each node that changed to this ballot.
   highest    |-> NoLock,  \* Leader, until it proposes: the highest lock.
   candidates |-> {},      \* The evidence that it has prepared.
   lock       |-> NoLock]  \* The evidence that it committed last.

(***************************************************************************)
(* The labels heard are of use only if a sample follows.                    *)
(***************************************************************************)
NothingHeard(sample) ==
  IF IsLast(sample) THEN <<>> ELSE [n \in Node |-> NoLabel]

InitialState(n, view) ==
  [node       |-> n,
   view       |-> view,
   sample     |-> 0,
   opened     |-> view,
   prediction |-> NoLabel,
   decided    |-> FALSE,
   rewards    |-> [m \in Node |-> reward_start],
   log        |-> EmptyLog,
   heard      |-> NothingHeard(0),
   conflicts  |-> <<>>,
   earlier    |-> {},
   ballots    |-> EmptyBallotLog]

(***************************************************************************)
(* The node has left its last sample.                                       *)
(***************************************************************************)
Finished(s) == s.sample >= Samples

(***************************************************************************)
(* A conflict sample that has not fallen yet: the label heard from each     *)
(* node in its pre-prepare and the node's own; once the next sample is      *)
(* decided, the nodes of which one decides this one, and by which rule.     *)
(***************************************************************************)
Conflict(sample, labels) ==
  [sample |-> sample, labels |-> labels, deciders |-> {}, rule |-> "none"]

Tied(conflict) == Cardinality(conflict.deciders) > 1
-----------------------------------------------------------------------------
(***************************************************************************)
(* A turn: the state so far, the packets sent and the facts shown so far,   *)
(* and why the event had no effect, if it had none.                         *)
(***************************************************************************)
Turn(s) == [state |-> s, sends |-> {}, facts |-> <<>>, remark |-> "none"]

Ignore(t, reason) == [t EXCEPT !.remark = reason]

Emit(t, fact) == [t EXCEPT !.facts = Append(@, fact)]

(***************************************************************************)
(* Send to all of `recipients' but to the node itself.  What the node has   *)
(* signed with it is on record from then on, for others to quote; what a    *)
(* certificate says of it is on record already.                             *)
(***************************************************************************)
Send(t, message, recipients) ==
  LET n      == t.state.node
      to     == recipients \ {n}
      signed == {statement \in Statements(message) :
                   /\ statement.node = n
                   /\ \/ statement = message
                      \/ statement.type = "SignedPrediction"}
  IN  IF to = {}
        THEN t
        ELSE [t EXCEPT !.sends =
                @ \cup {Packet(n, to, message)}
                  \cup {Packet(n, {}, statement) : statement \in signed}]

ViewPrimary(t) == Primary(t.state.view)

IsPrimary(t) == Primary(t.state.view) = t.state.node

OwnReward(t) == t.state.rewards[t.state.node]

(***************************************************************************)
(* Whether a message of `view' belongs to another view than the node's, and *)
(* the reason to ignore it then.                                            *)
(***************************************************************************)
Misplaced(t, view) == view # t.state.view

Misplacement(t, view) == IF view < t.state.view THEN "STALE" ELSE "EARLY"
-----------------------------------------------------------------------------
(***************************************************************************)
(* The facts by which a node's history is read.                             *)
(***************************************************************************)
Decided(sample, label, view, rule) ==
  [type |-> "Decided", sample |-> sample, label |-> label, view |-> view,
   rule |-> rule]

Rejected(sample, view) ==
  [type |-> "Rejected", sample |-> sample, view |-> view]

(***************************************************************************)
(* The node takes the evidence for what all agree on, and leaves a view     *)
(* whose primary the evidence neither supports nor rejects.                 *)
(***************************************************************************)
Settled(sample, evidence) ==
  [type |-> "Settled", sample |-> sample, evidence |-> evidence]

Passed(sample, view) ==
  [type |-> "Passed", sample |-> sample, view |-> view]

Conflicted(sample, view) ==
  [type |-> "Conflicted", sample |-> sample, view |-> view]

(***************************************************************************)
(* The sample stays without a label; `agreed' says whether that is an       *)
(* outcome that the nodes have agreed on.                                   *)
(***************************************************************************)
Undecided(sample) ==
  [type |-> "Undecided", sample |-> sample, agreed |-> FALSE]
=============================================================================
