"""Normal operation (section III.2): propose, collect, prepare, commit, decide."""

from poqi_core import conflict, rewards, tallies
from poqi_core.clauses import Clause
from poqi_core.messages import (
    CollectionClosed,
    Commit,
    Decision,
    NodePrediction,
    Prepare,
    PrePrepare,
    Sample,
)
from poqi_core.outputs import Decided, Reason, Rule
from poqi_core.prediction import Label, Prediction, Softmax, combine, label_of
from poqi_core.state import EarlierView, Tally
from poqi_core.turn import Turn
from poqi_core.view_change import hear


def on_sample(turn: Turn, event: Sample) -> Reason | None:
    """The node's own network has classified the sample (eq. 2, 3)."""
    state = turn.state
    if event.index == state.sample + 1 and state.decided:
        if turn.config.is_last(state.sample):
            return Reason.FINISHED
        turn.cite(Clause.HISTORY)
        conflict.begin_sample(turn, event.index, state.view + 1)
    elif event.index > state.sample:
        return Reason.EARLY
    elif event.index < state.sample:
        return Reason.STALE
    elif state.prediction is not None:
        return Reason.DUPLICATE
    turn.cite(Clause.SAMPLE)
    turn.state = turn.state._replace(prediction=event.prediction)
    return None


def propose_if_primary(turn: Turn) -> None:
    """The primary of a view that has begun proposes its label to all (eq. 1, 2)."""
    state = turn.state
    prediction = state.prediction
    if prediction is None or state.log.heard or not turn.is_primary:
        return
    turn.cite(Clause.ELECTION)
    label = label_of(prediction)
    hear(turn, state.node, label)
    turn.log(
        state.log._replace(
            heard=True, agreed=True, collected=(prediction,), collected_from=1 << state.node
        )
    )
    turn.send(PrePrepare(state.node, label, state.view, turn.own_reward))
    if turn.config.collect == 1:
        _prepare(turn)


def on_prediction(turn: Turn, message: NodePrediction) -> Reason | None:
    """The primary collects a prediction that matches its own (eq. 5)."""
    misplaced = turn.misplaced(message.view)
    if misplaced is not None:
        return misplaced
    state, log = turn.state, turn.state.log
    if not turn.is_primary:
        return Reason.NOT_FOR_THIS_NODE
    if log.prepared:
        return Reason.PREPARED_ALREADY
    if not log.heard:
        return Reason.EARLY
    own, theirs = state.prediction, message.prediction
    if label_of(theirs) != turn.own_label:
        return Reason.OTHER_LABEL
    if isinstance(own, Softmax) and not (
        isinstance(theirs, Softmax) and len(theirs.vector) == len(own.vector)
    ):
        return Reason.MALFORMED
    if log.collected_from >> message.node & 1:
        return Reason.DUPLICATE
    turn.cite(Clause.COLLECT)
    collected = (*log.collected, theirs)
    turn.log(
        log._replace(collected=collected, collected_from=log.collected_from | 1 << message.node)
    )
    wanted = turn.config.collect
    if wanted is not None and len(collected) >= wanted:
        _prepare(turn)
    return None


def on_collection_closed(turn: Turn, event: CollectionClosed) -> Reason | None:
    """The round in which predictions arrive is over (reading ``collect=round``)."""
    if turn.config.collect is not None:
        return Reason.NOT_BINDING
    misplaced = turn.misplaced(event.view)
    if misplaced is not None:
        return misplaced
    if not turn.is_primary:
        return Reason.NOT_FOR_THIS_NODE
    if turn.state.log.prepared:
        return Reason.PREPARED_ALREADY
    if not turn.state.log.heard:
        return Reason.EARLY
    turn.cite(Clause.COLLECTION_CLOSED)
    _prepare(turn)
    return None


def _prepare(turn: Turn) -> None:
    """The primary combines what it collected and multicasts the prepare, to itself as well."""
    turn.cite(Clause.COMBINE)
    state, log = turn.state, turn.state.log
    label = label_of(log.collected[0])
    final = combine(turn.config.combination, log.collected)
    turn.log(log._replace(collected=(), collected_from=0))
    turn.send(Prepare(state.node, label, final, state.view, turn.own_reward))
    _has_prepared(turn, label, final)


def _has_prepared(turn: Turn, label: Label, final: Prediction) -> None:
    """Count the node's own prepare."""
    rewards.keep_majority(turn)
    log = turn.state.log
    prepares = tallies.count(log.prepares, label, final, 1 << turn.state.node)
    if _commits_only_what_it_prepared(turn):
        prepares = tallies.only(prepares, label, label_of(final))
    turn.log(
        log._replace(
            prepares=prepares,
            prepared=tuple(sorted((*log.prepared, (label, label_of(final))))),
        )
    )
    _commit_if_quorum(turn, label, label_of(final))


def on_prepare(turn: Turn, sender: int, message: Prepare) -> Reason | None:
    """A prepare, from the primary itself or passed on by a validator."""
    readings, log = turn.config.readings, turn.state.log
    if message.primary != turn.config.primary(message.view):
        return Reason.NOT_THE_PRIMARY
    misplaced = turn.misplaced(message.view)
    if misplaced is not None:
        return misplaced
    if turn.is_primary and readings.primary_commit_counts == "no":
        return Reason.NOT_FOR_THIS_NODE
    if turn.own_label is None or (turn.is_primary and not log.prepared):
        return Reason.EARLY
    label, final_label = message.label, label_of(message.final)
    if readings.check_final == "yes" and final_label != label:
        return Reason.OTHER_FINAL
    obstacle = _obstacle_to_preparing(turn, label)
    if obstacle is not None and readings.commit_needs_prepare == "yes":
        return obstacle
    from_primary = sender == message.primary
    awaited = readings.prepare_needs_preprepare == "yes" and not log.agreed
    if obstacle is None and from_primary and awaited:
        return Reason.EARLY
    once = readings.prepare_once == "yes"
    prepared = bool(log.prepared) if once else (label, final_label) in log.prepared
    committed = bool(log.committed) if once else final_label in log.committed
    counted = tallies.senders(log.prepares, label, final_label) >> sender & 1
    relays = obstacle is None and from_primary and not prepared
    dead = (
        prepared
        and _commits_only_what_it_prepared(turn)
        and (label, final_label) not in log.prepared
    )
    counts = not (counted or committed or dead)
    if not relays and not counts:
        return Reason.PREPARED_ALREADY if dead else Reason.DUPLICATE
    if counts:
        turn.cite(Clause.PREPARE_LOG)
        prepares = tallies.count(log.prepares, label, message.final, 1 << sender)
        turn.log(log._replace(prepares=prepares))
    if relays:
        turn.cite(Clause.RELAY)
        heard_by_primary = readings.primary_commit_counts == "yes"
        turn.send(message, but=None if heard_by_primary else message.primary)
        _has_prepared(turn, label, message.final)
    else:
        _commit_if_quorum(turn, label, final_label)
    return None


def _commits_only_what_it_prepared(turn: Turn) -> bool:
    """Whether prepares of other contents are dead once the node has prepared in a view."""
    readings = turn.config.readings
    return readings.prepare_once == "yes" and readings.commit_needs_prepare == "yes"


def _obstacle_to_preparing(turn: Turn, label: Label) -> Reason | None:
    """Why the node can no longer prepare ``label`` in this view, if so."""
    readings, log = turn.config.readings, turn.state.log
    if label != turn.own_label:
        return Reason.OTHER_LABEL
    if log.objected and readings.latch == "yes":
        return Reason.VOTED_AGAINST
    settled = log.heard and readings.first_preprepare_only == "yes"
    if readings.prepare_needs_preprepare == "yes" and settled and not log.agreed:
        return Reason.VOTED_AGAINST
    return None


def _commit_if_quorum(turn: Turn, label: Label, final_label: Label) -> None:
    """2f+1 identical prepares from different agents lead to the commit phase."""
    config, state, log = turn.config, turn.state, turn.state.log
    readings = config.readings
    agents = tallies.senders(log.prepares, label, final_label)
    once = readings.prepare_once == "yes"
    if (
        agents.bit_count() < config.quorum
        or final_label in log.committed
        or (once and log.committed)
        or (readings.commit_needs_prepare == "yes" and (label, final_label) not in log.prepared)
        or (turn.is_primary and readings.primary_commit_counts == "no")
    ):
        return
    turn.cite(Clause.COMMIT)
    own = turn.own_label
    assert own is not None
    final = next(
        tally.final
        for tally in log.prepares
        if (tally.label, tally.final_label) == (label, final_label)
    )
    turn.log(
        log._replace(
            committed=tuple(sorted((*log.committed, final_label))),
            prepares=() if once else log.prepares,
        )
    )
    only = turn.primary if readings.commit_to == "primary" else None
    turn.send(Commit(state.node, own, final, state.view, turn.own_reward), only=only)
    if _counts_commits(turn, state.view):
        _count_commit(turn, state.view, state.node, final)


def _counts_commits(turn: Turn, view: int) -> bool:
    """Whether the node decides on a quorum of commits of ``view`` (reading ``decide``)."""
    is_primary = turn.config.primary(view) == turn.state.node
    return is_primary or turn.config.readings.decide == "commits"


def _is_late(turn: Turn, view: int) -> bool:
    """Whether a message of an earlier view of the undecided sample counts (``late_messages``)."""
    state = turn.state
    return (
        turn.config.readings.late_messages == "yes"
        and state.opened <= view < state.view
        and not state.decided
    )


def on_commit(turn: Turn, message: Commit) -> Reason | None:
    """A commit of the node's view, or of an earlier one that still counts."""
    config, state, view = turn.config, turn.state, message.view
    if not _counts_commits(turn, view):
        return Reason.NOT_BINDING
    late = _is_late(turn, view)
    misplaced = turn.misplaced(view)
    if misplaced is not None and not late:
        return misplaced
    if message.node == config.primary(view) and config.readings.primary_commit_counts == "no":
        return Reason.NOT_A_VALIDATOR
    final_label = label_of(message.final)
    agents = tallies.senders(_commits(turn, view), final_label, final_label)
    if agents >> message.node & 1:
        return Reason.DUPLICATE
    if agents.bit_count() >= config.quorum or (state.decided and final_label in state.log.decided):
        return Reason.DUPLICATE
    turn.cite(Clause.COMMIT_LOG)
    _count_commit(turn, view, message.node, message.final)
    return None


def _commits(turn: Turn, view: int) -> tuple[Tally, ...]:
    state = turn.state
    if view == state.view:
        return state.log.commits
    return next((earlier.commits for earlier in state.earlier if earlier.view == view), ())


def _count_commit(turn: Turn, view: int, sender: int, final: Prediction) -> None:
    """Count a commit; a quorum decides."""
    state = turn.state
    label = label_of(final)
    commits = tallies.count(_commits(turn, view), label, final, 1 << sender)
    if view == state.view:
        turn.log(state.log._replace(commits=commits))
    else:
        others = [earlier for earlier in state.earlier if earlier.view != view]
        earlier = sorted([*others, EarlierView(view, commits)])
        turn.state = state._replace(earlier=tuple(earlier))
    if tallies.senders(commits, label, label).bit_count() == turn.config.quorum:
        turn.cite(Clause.CONSENSUS)
        _decide(turn, label, view)


def on_decision(turn: Turn, message: Decision) -> Reason | None:
    """The primary conveys the decision; everyone "must and will comply" (``decide=obey``)."""
    config, state, view = turn.config, turn.state, message.view
    if config.readings.decide != "obey":
        return Reason.NOT_BINDING
    if message.primary != config.primary(view):
        return Reason.NOT_THE_PRIMARY
    late = _is_late(turn, view)
    misplaced = turn.misplaced(view)
    if misplaced is not None and not late:
        return misplaced
    if message.label in state.log.decided:
        return Reason.DUPLICATE
    turn.cite(Clause.OBEY)
    _decide(turn, message.label, view)
    return None


def _decide(turn: Turn, label: Label, view: int) -> None:
    """Enter the sample into the history; conflict samples before it fall with it."""
    config, readings = turn.config, turn.config.readings
    primary = config.primary(view)
    if readings.reward_when == "decided" and not turn.state.decided:
        rewards.reward(turn, primary)
    if view == turn.state.view:
        rewards.keep_majority(turn)
    conflict.fall(turn, primary)
    state = turn.state
    turn.emit(Decided(state.sample, label, view, Rule.CONSENSUS))
    if primary == state.node and readings.decide != "primary":
        turn.cite(Clause.CONVEY)
        turn.send(Decision(primary, label, view))
    if readings.stop_after_decision == "yes":
        turn.cite(Clause.HISTORY)
        conflict.begin_sample(turn, state.sample + 1, max(state.view, view + 1))
    else:
        turn.state = state._replace(
            decided=True,
            log=state.log._replace(decided=tuple(sorted((*state.log.decided, label)))),
        )
