"""What a step changed of the agreement on evidence at a node, in words."""

from collections.abc import Iterator, Sequence

from poqi_core.config import Config
from poqi_core.state import BallotLog, Candidate, LockHeard, NodeState
from traces.words import counted, evidence_letters, listed, lock_in_words, members


def in_the_ballots(config: Config, before: NodeState, after: NodeState) -> Iterator[str]:
    """Changes of what the node remembers for the sample that it stays with."""
    old, new = before.ballots, after.ballots
    leader = config.leader(after.sample, new.ballot)
    leads = leader == after.node
    if new.ballot != old.ballot:
        who = "it" if leads else f"node {leader}"
        yield f"changes to ballot {new.ballot}, which {who} leads"
    elif before.prediction is None and after.prediction is not None and not leads:
        yield f"waits for node {leader}, the leader of ballot {new.ballot}"
    if new.collected and new.collected != old.collected:
        predictions = counted(len(new.collected), "signed prediction")
        letters = evidence_letters(new.collected)
        yield f"has {predictions} ({letters}), and {config.evidence_size} are evidence"
    if new.changes and new.changes != old.changes:
        yield _changed(config, new.ballot, new.changes)
    if new.highest is not None and new.highest != old.highest:
        yield f"will have to propose the lock on {lock_in_words(new.highest)}"
    yield from _candidates(config, old, new)
    if new.lock is not None and new.lock != old.lock:
        yield f"is locked on {lock_in_words(new.lock)}"


def _changed(config: Config, ballot: int, heard: Sequence[LockHeard]) -> str:
    locked = [
        f"; node {change.node} is locked in ballot {change.ballot}"
        for change in heard
        if change.ballot >= 0
    ]
    nodes = listed([change.node for change in heard])
    wanted = "" if config.readings.lock == "none" else f" of {config.ballot_changes}"
    return f"knows of {len(heard)}{wanted} changes to ballot {ballot} ({nodes}{''.join(locked)})"


def _candidates(config: Config, old: BallotLog, new: BallotLog) -> Iterator[str]:
    """What the node has prepared, and how the counts went up."""
    known = {(candidate.ballot, candidate.evidence): candidate for candidate in old.candidates}
    for now in new.candidates:
        then = known.get((now.ballot, now.evidence))
        if then is None:
            then = Candidate(now.ballot, now.evidence, 0, committed=False, commits=0)
            yield f"prepares evidence {evidence_letters(now.evidence)} in ballot {now.ballot}"
        content = f"evidence {evidence_letters(now.evidence)}"
        if now.committed and not then.committed:
            yield f"has a quorum of prepares ({config.quorum}) and commits {content}"
        for kind, count, senders in (
            ("prepares", then.prepares, now.prepares),
            ("commits", then.commits, now.commits),
        ):
            if senders not in (0, count):
                yield (
                    f"has {senders.bit_count()} of {config.quorum} {kind} for {content} "
                    f"({listed(list(members(senders)))})"
                )
