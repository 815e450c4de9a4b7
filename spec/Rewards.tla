------------------------------- MODULE Rewards ------------------------------
(***************************************************************************)
(* The reward system, III.1, eq. (4).                                       *)
(***************************************************************************)
EXTENDS NodeState

(***************************************************************************)
(* REWARD, eq. (4), first case: the primary has kept the majority and       *)
(* earns q.                                                                 *)
(***************************************************************************)
GrantReward(t, primary) ==
  [t EXCEPT !.state.rewards[primary] =
     IF reward = "accumulate" THEN Plus(@, q) ELSE q]

(***************************************************************************)
(* PENALTY, eq. (4), second case: the primary was rejected and loses half.  *)
(***************************************************************************)
Penalise(t, primary) == [t EXCEPT !.state.rewards[primary] = Half(@)]

(***************************************************************************)
(* The node goes on without having rejected the primary of its view: with   *)
(* reward_when = "not_rejected" it grants the reward, once a view.          *)
(***************************************************************************)
KeepMajority(t) ==
  IF /\ reward_when = "not_rejected"
     /\ t.state.log.prepared = {}
     /\ t.state.log.decided = {}
    THEN GrantReward(t, ViewPrimary(t))
    ELSE t
=============================================================================
