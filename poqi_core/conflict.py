"""Conflict decision agreement (section III.3).

A sample that no primary settled waits until the next one is decided.  Then the primary
under which that happened decides it, if the group of experts with its label holds 0.51 of
all reward, and otherwise the node with the highest reward.
"""

from fractions import Fraction

from poqi_core.clauses import Clause
from poqi_core.messages import ConflictDecision, TieBreak
from poqi_core.outputs import Conflicted, Decided, Reason, Rule, Undecided
from poqi_core.state import (
    EMPTY_LOG,
    NO_BALLOTS,
    NO_BROADCAST,
    Conflict,
    nothing_heard,
    tied,
)
from poqi_core.turn import Turn

_EXPERTS_SHARE = Fraction(51, 100)


def declare(turn: Turn) -> None:
    """The node's sample becomes a conflict sample, and the next one begins in this view."""
    turn.cite(Clause.CONFLICT)
    config, state = turn.config, turn.state
    turn.emit(Conflicted(state.sample, state.view - 1))
    if config.is_last(state.sample):
        if not state.decided:
            turn.emit(Undecided(state.sample))
        conflicts = state.conflicts
    else:
        node = state.node
        labels = (*state.heard[:node], turn.own_label, *state.heard[node + 1 :])
        conflicts = (*state.conflicts, Conflict(state.sample, labels))
    turn.state = state._replace(conflicts=conflicts)
    begin_sample(turn, state.sample + 1, state.view)


def begin_sample(turn: Turn, sample: int, view: int) -> None:
    """Leave the current sample and wait for ``sample`` in ``view``."""
    config = turn.config
    turn.state = turn.state._replace(
        sample=sample,
        view=view,
        opened=view,
        prediction=None,
        decided=False,
        log=EMPTY_LOG,
        heard=nothing_heard(config, sample),
        earlier=(),
        ballots=NO_BALLOTS,
        broadcast=NO_BROADCAST,
    )
    if config.samples is not None and sample >= config.samples:
        _settle_the_rest(turn)


def _settle_the_rest(turn: Turn) -> None:
    """After the last sample a conflict that nobody has been named for can no longer fall."""
    conflicts = turn.state.conflicts
    for conflict in conflicts:
        if not conflict.deciders:
            turn.emit(Undecided(conflict.sample))
    awaited = tuple(conflict for conflict in conflicts if conflict.deciders)
    early = tuple(kept for kept in turn.state.early if isinstance(kept.message, ConflictDecision))
    turn.state = turn.state._replace(conflicts=awaited, early=early)


def fall(turn: Turn, primary: int) -> None:
    """The next sample is decided under ``primary``: every conflict sample falls (eq. 6)."""
    waiting = []
    for conflict in turn.state.conflicts:
        named = conflict if conflict.deciders else _name_deciders(turn, conflict, primary)
        if not _decide(turn, named):
            waiting.append(named)
    turn.state = turn.state._replace(conflicts=tuple(waiting))


def _name_deciders(turn: Turn, conflict: Conflict, primary: int) -> Conflict:
    rewards, readings = turn.state.rewards, turn.config.readings
    experts = [
        node
        for node, label in enumerate(conflict.labels)
        if label is not None and label == conflict.labels[primary]
    ]
    total = sum(rewards)
    if total and sum(rewards[node] for node in experts) >= _EXPERTS_SHARE * total:
        turn.cite(Clause.EXPERTS)
        return conflict._replace(deciders=1 << primary, rule=Rule.EXPERTS)
    turn.cite(Clause.MOST_HONEST)
    candidates = [
        node
        for node, label in enumerate(conflict.labels)
        if label is not None or readings.expert_label == "told"
    ]
    highest = max((rewards[node] for node in candidates), default=None)
    best = [node for node in candidates if rewards[node] == highest]
    if readings.tie == "lowest":
        best = best[:1]
    return conflict._replace(deciders=sum(1 << node for node in best), rule=Rule.MOST_HONEST)


def _decide(turn: Turn, conflict: Conflict) -> bool:
    """Decide a conflict sample whose deciders are named, or say that it must wait."""
    labels = [label for node, label in enumerate(conflict.labels) if conflict.deciders >> node & 1]
    if not labels:
        turn.emit(Undecided(conflict.sample))
        return True
    if turn.config.readings.expert_label == "heard":
        label = labels[0]
        if label is None or any(other != label for other in labels):
            return False
        _enter(turn, conflict, label)
        return True
    if conflict.deciders != 1 << turn.state.node:
        return False
    own = labels[0]
    if own is None:
        turn.emit(Undecided(conflict.sample))
        return True
    turn.cite(Clause.TOLD)
    turn.send(ConflictDecision(turn.state.node, conflict.sample, own))
    _enter(turn, conflict, own)
    return True


def _enter(turn: Turn, conflict: Conflict, label: int) -> None:
    assert conflict.rule is not None
    turn.emit(Decided(conflict.sample, label, turn.state.view, conflict.rule))


def on_tie_break(turn: Turn, choice: TieBreak) -> Reason | None:
    """The environment chooses the decider among nodes of equal reward (reading ``tie=free``)."""
    for conflict in turn.state.conflicts:
        if conflict.sample == choice.sample and tied(conflict):
            if choice.node < 0 or not conflict.deciders >> choice.node & 1:
                return Reason.NOT_THE_DECIDER
            turn.cite(Clause.TIE)
            chosen = conflict._replace(deciders=1 << choice.node)
            _resolve(turn, conflict, None if _decide(turn, chosen) else chosen)
            return None
    return Reason.UNEXPECTED


def on_conflict_decision(turn: Turn, message: ConflictDecision) -> Reason | None:
    """The deciding node gives its word (reading ``expert_label=told``)."""
    if turn.config.readings.expert_label != "told":
        return Reason.NOT_BINDING
    state = turn.state
    for conflict in state.conflicts:
        if conflict.sample == message.sample:
            if not conflict.deciders or tied(conflict):
                return Reason.EARLY
            if conflict.deciders != 1 << message.node:
                return Reason.NOT_THE_DECIDER
            turn.cite(Clause.TOLD)
            _enter(turn, conflict, message.label)
            _resolve(turn, conflict, None)
            return None
    if turn.config.is_last(message.sample):
        return Reason.UNEXPECTED
    return Reason.EARLY if message.sample >= state.sample else Reason.STALE


def _resolve(turn: Turn, conflict: Conflict, instead: Conflict | None) -> None:
    """Take ``conflict`` out of those that wait, or put ``instead`` in its place."""
    turn.state = turn.state._replace(
        conflicts=tuple(
            kept
            for kept in (
                instead if waiting is conflict else waiting for waiting in turn.state.conflicts
            )
            if kept is not None
        )
    )
