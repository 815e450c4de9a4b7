"""Why a node waits for ever: which of its guards never becomes true, in words.

A node waits where no honest step is left, or where steps repeat for ever.  What it has counted
then is all that honest nodes will ever give it: whatever they sent has arrived.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from poqi_core.loops import lap_of
from poqi_core.outputs import Rejected
from poqi_core.run import Moment, Run
from poqi_core.state import NodeState, Tally, finished
from traces.labels import letter
from traces.replay import faithful
from traces.trace import Trace
from traces.words import content, counted, evidence_letters, listed, members


class Waiting(NamedTuple):
    """Nodes and what each of them waits for, in clauses whose subject is such a node."""

    nodes: tuple[int, ...]
    guards: tuple[str, ...]


def waiting(trace: Trace) -> tuple[Waiting, ...]:
    """What the nodes wait for that ``trace`` leaves without a decision.

    It is empty where the trace shows no violation of termination.

    Raises:
        DepartureError: the trace departs from the core.
    """
    if trace.breach is None or trace.breach.property != "termination":
        return ()
    run, states = trace.run, trace.snapshots[-1].nodes
    repeated = () if run.loop is None else faithful(trace)[run.loop :]
    alike: dict[tuple[str, ...], list[int]] = {}
    for node in trace.breach.nodes:
        guards = _guards(run, states, node) if run.loop is None else _for_ever(run, node, repeated)
        alike.setdefault(tuple(guards), []).append(node)
    return tuple(Waiting(tuple(nodes), guards) for guards, nodes in alike.items())


def further(run: Run) -> str:
    """How far each repetition of the last acts of ``run`` leads, such as ``4 views``.

    Raises:
        DepartureError: the acts do not lead all nodes equally far.
    """
    lap = lap_of(run)
    named = (("view", lap.views), ("sample", lap.samples), ("ballot", lap.ballots))
    return " and ".join(counted(number, noun) for noun, number in named if number)


def _guards(run: Run, states: Mapping[int, NodeState], node: int) -> Iterator[str]:
    """What a node waits for in a state in which no honest step is left."""
    config, state = run.config, states[node]
    for conflict in state.conflicts:
        yield (
            f"waits for a sample after the conflict sample {conflict.sample} to reach consensus"
            if not conflict.deciders
            else f"waits for the word of {listed(list(members(conflict.deciders)))} on the "
            f"conflict sample {conflict.sample}"
        )
    if finished(config, state):
        yield (
            "has finished: its last sample is a conflict sample, which only a further sample "
            "could decide"
        )
    elif state.prediction is None:
        yield f"waits for its own network to classify sample {state.sample}"
    elif config.has_ballots:
        yield from _in_ballot(run, states, state)
    elif not config.has_broadcast:
        yield from _in_view(run, states, state)


def _in_view(run: Run, states: Mapping[int, NodeState], state: NodeState) -> Iterator[str]:
    """The guards of the published flow: the primary, the quorums, the votes."""
    config, log, view = run.config, state.log, state.view
    primary = config.primary(view)
    if primary == state.node:
        if not log.prepared:
            wanted = "the end of the round" if config.collect is None else str(config.collect)
            yield (
                f"waits for {wanted} predictions of its label in view {view} and has "
                f"{log.collected_from.bit_count()}"
            )
    elif not log.heard:
        yield f"waits for the pre-prepare of {_who(run, states, primary, view)}"
    elif log.agreed and not log.prepared:
        yield f"waits for the prepare of {_who(run, states, primary, view)}"
    if log.prepared and not log.committed:
        for label, final in log.prepared:
            own = [tally for tally in log.prepares if tally[:2] == (label, final)]
            yield _quorum(run, states, state, f"prepares for {content(label, final)}", own)
    if log.committed and not state.decided:
        if config.readings.decide == "obey" and primary != state.node:
            yield f"waits for the decision of {_who(run, states, primary, view)}"
        else:
            for label in log.committed:
                own = [tally for tally in log.commits if tally.label == label]
                yield _quorum(run, states, state, f"commits for {letter(label)}", own)
    yield (
        f"waits for {(config.nodes + 1) // 2} votes against the primary of view {view} and has "
        f"{log.objectors.bit_count()}"
    )


def _who(run: Run, states: Mapping[int, NodeState], node: int, view: int) -> str:
    """A primary that is waited for, and where it is."""
    named = f"node {node}, the primary of view {view}"
    if node not in states:
        return f"{named}, which is Byzantine and keeps silent"
    if finished(run.config, states[node]):
        return f"{named}, which has finished"
    return named if states[node].view == view else f"{named}, which is in view {states[node].view}"


def _quorum(
    run: Run,
    states: Mapping[int, NodeState],
    state: NodeState,
    what: str,
    tallies: Sequence[Tally],
) -> str:
    """A quorum that is waited for, and why it does not come about."""
    senders = tallies[0].senders if tallies else 0
    faulty = [node for node in range(run.config.nodes) if node not in states]
    more = [node for node in faulty if not senders >> node & 1]
    most = senders.bit_count() + len(more)
    by_reason: dict[tuple[str, str], list[int]] = {}
    for node in states:
        if not senders >> node & 1:
            by_reason.setdefault(_why_not(run, states, state, node), []).append(node)
    reasons = [f"{listed(nodes)} {said[len(nodes) > 1]}" for said, nodes in by_reason.items()]
    if more:
        keep = "keep" if len(more) > 1 else "keeps"
        reasons.append(f"the Byzantine {listed(more)} {keep} silent")
    why = f" ({'; '.join(reasons)})" if reasons else ""
    return (
        f"waits for {run.config.quorum} equal {what} in view {state.view}, has "
        f"{senders.bit_count()} and can get at most {most}{why}"
    )


def _why_not(
    run: Run, states: Mapping[int, NodeState], state: NodeState, node: int
) -> tuple[str, str]:
    """Why an honest node does not send what ``state`` waits for, said of one and of several."""
    other = states[node]
    if finished(run.config, other):
        return "has finished", "have finished"
    if other.view != state.view:
        return f"is in view {other.view}", f"are in view {other.view}"
    if other.prediction != state.prediction:
        return "predicts another label", "predict another label"
    return "sends none", "send none"


def _in_ballot(run: Run, states: Mapping[int, NodeState], state: NodeState) -> Iterator[str]:
    """The guards of the repaired flow: the leader, the quorums."""
    config, log = run.config, state.ballots
    leader = config.leader(state.sample, log.ballot)
    silent = ", which is Byzantine and keeps silent" if leader not in states else ""
    if log.ballot >= (run.ballots or log.ballot + 1):
        yield f"has used up its {counted(log.ballot, 'ballot')}"
    elif not log.candidates:
        yield (
            f"waits for the proposal of node {leader}, the leader of ballot {log.ballot} of "
            f"sample {state.sample}{silent}"
        )
    for candidate in log.candidates:
        kind, has = (
            ("commits", candidate.commits)
            if candidate.committed
            else ("prepares", candidate.prepares)
        )
        yield (
            f"waits for {config.quorum} {kind} of evidence {evidence_letters(candidate.evidence)} "
            f"in ballot {candidate.ballot} and has {has.bit_count()}"
        )


def _for_ever(run: Run, node: int, moments: Sequence[Moment]) -> Iterator[str]:
    """Why a node decides nothing in steps that repeat."""
    config = run.config
    own = [moment for moment in moments if moment.act.node == node]
    if config.has_ballots:
        candidates = [candidate for moment in own for candidate in moment.after.ballots.candidates]
        most = max((candidate.commits.bit_count() for candidate in candidates), default=0)
        changes = sum(moment.after.ballots.ballot != moment.before.ballots.ballot for moment in own)
        yield (
            f"changes the ballot {changes} times, each time before it has {config.quorum} commits "
            f"of one ballot; it never has more than {most}"
        )
        return
    rejected = sum(isinstance(output, Rejected) for moment in own for output in moment.outputs)
    prepares = _most(tally for moment in own for tally in moment.after.log.prepares)
    commits = _most(tally for moment in own for tally in moment.after.log.commits)
    yield (
        f"rejects the primary of {counted(rejected, 'view')}, each time before it has "
        f"{config.quorum} equal commits of one view: it never has more than {prepares} equal "
        f"prepares and {commits} equal commits"
    )
    if any(moment.after.sample != moment.before.sample for moment in own):
        yield "so each sample is a conflict sample, and none reaches consensus that would decide it"


def _most(tallies: Iterator[Tally]) -> int:
    return max((tally.senders.bit_count() for tally in tallies), default=0)
