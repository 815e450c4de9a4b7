"""What a step changed at a node, in words, and only what changed."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from poqi_core.clauses import Clause
from poqi_core.config import Config
from poqi_core.outputs import (
    Cited,
    Conflicted,
    Decided,
    Output,
    Passed,
    Rejected,
    Remark,
    Rule,
    Send,
    Settled,
    Undecided,
)
from poqi_core.run import Moment
from poqi_core.state import NodeState, Tally, ViewLog, finished
from traces.ballot_changes import in_the_ballots
from traces.broadcast_changes import in_the_broadcast
from traces.labels import letter
from traces.words import content, counted, evidence_letters, listed, members


def changes(config: Config, moment: Moment) -> Iterator[str]:
    """What became different at the node, each in a clause whose subject is the node."""
    return between(config, moment.before, moment.after, moment.outputs)


def between(
    config: Config, before: NodeState, after: NodeState, outputs: Sequence[Output] = ()
) -> Iterator[str]:
    """What is different between two states of a node, and what it put out on the way."""
    for output in outputs:
        if isinstance(output, Remark):
            yield f"takes no notice: {output.reason.value}"
    if config.has_ballots and before.sample == after.sample:
        yield from in_the_ballots(config, before, after)
    elif config.has_broadcast and before.sample == after.sample:
        yield from in_the_broadcast(config, before, after)
    elif (before.view, before.sample) == (after.view, after.sample):
        if before.prediction is None and config.primary(after.view) != after.node:
            if after.prediction is not None:
                primary = config.primary(after.view)
                yield f"waits for node {primary}, the primary of view {after.view}"
        yield from _in_the_view(config, before, after)
    yield from _facts(config, before, after, outputs)
    yield from _earlier_views(config, before, after)
    yield from _rewards(before, after)
    yield from _conflicts(before, after)
    yield from _kept(before, after)


def _in_the_view(config: Config, before: NodeState, after: NodeState) -> Iterator[str]:
    """Changes of the log of the view that the node stays in."""
    old, new = before.log, after.log
    is_primary = config.primary(after.view) == after.node
    if new.heard and not old.heard:
        if is_primary:
            yield f"is the primary of view {after.view} and proposes"
        else:
            yield "agrees with the proposal" if new.agreed else "has another label"
    elif new.agreed and not old.agreed:
        yield "agrees with this proposal as well"
    if new.objected and not old.objected:
        yield "votes against the primary"
    if new.objected_view and not old.objected_view:
        yield "answers that the views differ"
    if new.objectors != old.objectors:
        yield (
            f"has {new.objectors.bit_count()} of {(config.nodes + 1) // 2} votes against the "
            f"primary ({listed(list(members(new.objectors)))})"
        )
    if not is_primary or not new.prepared:
        yield from _collected(config, old, new)
    for label, final_label in new.prepared:
        if (label, final_label) not in old.prepared:
            yield f"prepares {content(label, final_label)}"
    yield from _tallied("prepares", config, old.prepares, new.prepares)
    for final_label in new.committed:
        if final_label not in old.committed:
            yield f"has a quorum of prepares ({config.quorum}) and commits {letter(final_label)}"
    yield from _tallied("commits", config, old.commits, new.commits)


def _collected(config: Config, old: ViewLog, new: ViewLog) -> Iterator[str]:
    if new.collected_from != old.collected_from and old.collected_from:
        wanted = "" if config.collect is None else f" of {config.collect}"
        senders = list(members(new.collected_from))
        yield f"has {len(senders)}{wanted} predictions of its label ({listed(senders)})"


def _tallied(
    kind: str, config: Config, old: tuple[Tally, ...], new: tuple[Tally, ...]
) -> Iterator[str]:
    """How the count of prepares or commits went up."""
    counted = {(tally.label, tally.final_label): tally.senders for tally in old}
    for tally in new:
        if counted.get((tally.label, tally.final_label)) != tally.senders:
            yield (
                f"has {tally.senders.bit_count()} of {config.quorum} {kind} for "
                f"{content(tally.label, tally.final_label)} "
                f"({listed(list(members(tally.senders)))})"
            )


_RULES = {
    Rule.CONSENSUS: "",
    Rule.EXPERTS: " by the group of experts",
    Rule.MOST_HONEST: " by the most honest rule",
}


def _facts(
    config: Config, before: NodeState, after: NodeState, outputs: Sequence[Output]
) -> Iterator[str]:
    """What the node has shown, and where it stands then."""
    cited = {output.clause for output in outputs if isinstance(output, Cited)}
    for output in outputs:
        match output:
            case Decided():
                why = _RULES[output.rule]
                if output.rule is Rule.CONSENSUS and config.on_evidence:
                    why = f", the label of the primary of view {output.view}"
                elif output.rule is Rule.CONSENSUS and Clause.CONSENSUS in cited:
                    why = f" on a quorum of commits ({config.quorum})"
                elif output.rule is Rule.CONSENSUS:
                    why = " at the word of the primary"
                elif Clause.TOLD in cited:
                    why += ", at the word of the deciding node"
                yield f"DECIDES {letter(output.label)} for sample {output.sample}{why}"
            case Rejected():
                yield f"REJECTS the primary of view {output.view}"
            case Passed():
                yield f"passes over the primary of view {output.view}"
            case Conflicted():
                yield f"takes sample {output.sample} for a conflict sample"
            case Undecided():
                agreed = ", as is agreed" if output.agreed else ""
                yield f"leaves sample {output.sample} undecided{agreed}"
            case Settled():
                evidence = evidence_letters(output.evidence)
                yield f"computes the outcome from evidence {evidence} {_settled_by(config, cited)}"
            case Send() | Remark() | Cited():
                pass
            case _:
                assert_never(output)
    if finished(config, after):
        if not finished(config, before):
            yield "has finished its last sample"
    elif after.sample != before.sample:
        yield f"goes on to sample {after.sample} in view {after.view}"
    elif after.view != before.view:
        yield f"enters view {after.view}"
    if after.decided and not before.decided:
        yield "stays in the view until its next sample comes"


def _settled_by(config: Config, cited: set[Clause]) -> str:
    """What makes it certain that all agree on the evidence."""
    if config.has_broadcast:
        return f"after round {config.broadcast_rounds}"
    shown = "the proof of " if Clause.PROVE_DECISION in cited else ""
    return f"on {shown}a quorum of commits ({config.quorum})"


def _earlier_views(config: Config, before: NodeState, after: NodeState) -> Iterator[str]:
    """Commits for earlier views of the sample (reading ``late_messages=yes``)."""
    if before.sample == after.sample:
        old = {earlier.view: earlier.commits for earlier in before.earlier}
        for view, commits in after.earlier:
            if before.view == after.view or view != before.view:
                yield from _tallied(f"commits of view {view}", config, old.get(view, ()), commits)


def _rewards(before: NodeState, after: NodeState) -> Iterator[str]:
    for node, (old, new) in enumerate(zip(before.rewards, after.rewards, strict=True)):
        if old != new:
            yield f"reward of node {node}: {old} -> {new}"


def _conflicts(before: NodeState, after: NodeState) -> Iterator[str]:
    """What the node will need to know when a conflict sample falls."""
    if before.sample == after.sample and before.heard != after.heard:
        for node, (old, new) in enumerate(zip(before.heard, after.heard, strict=True)):
            if new is not None and old != new:
                yield f"counts node {node} with {letter(new)}, should the sample be a conflict"
    known = {conflict.sample: conflict for conflict in before.conflicts}
    for conflict in after.conflicts:
        old_conflict = known.get(conflict.sample)
        if old_conflict is None:
            labels = " ".join("-" if label is None else letter(label) for label in conflict.labels)
            yield f"remembers the labels of conflict sample {conflict.sample}: {labels}"
        if conflict.deciders and (
            old_conflict is None or old_conflict.deciders != conflict.deciders
        ):
            deciders = list(members(conflict.deciders))
            tied = "one of " if len(deciders) > 1 else ""
            yield f"waits for {tied}{listed(deciders)} to decide conflict sample {conflict.sample}"


def _kept(before: NodeState, after: NodeState) -> Iterator[str]:
    taken = [kept for kept in before.early if kept not in after.early]
    if any(kept not in before.early for kept in after.early):
        yield "keeps the message until it gets there"
    if taken:
        yield f"is done with {counted(len(taken), 'message')} that it had kept"
