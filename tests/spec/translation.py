"""Between the core and the specification: the mapping under which they are the same thing.

Masks of nodes are sets of nodes, rationals are pairs, tallies are sets of who sent what, None
is ``NoLabel``; predictions are bare labels.  Fields have the names that they have in the core.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice

from tla_value import Name, Value, function, record, written

from checker.evidence_adversary import EvidenceAdversary
from checker.poqi_system import Packet
from checker.setting import Setting
from poqi_core.config import Config
from poqi_core.history import Record
from poqi_core.messages import (
    BallotCollectionClosed,
    BallotTimeOut,
    Crash,
    Event,
    Evidence,
    Message,
    NextSample,
    PreparedCertificate,
    Received,
    RoundEnded,
    Sample,
    TieBreak,
)
from poqi_core.networks import Partition
from poqi_core.outputs import (
    Conflicted,
    Decided,
    Output,
    Passed,
    Rejected,
    Settled,
    Undecided,
)
from poqi_core.prediction import Label, Prediction, label_of
from poqi_core.readings import Value as Answer
from poqi_core.state import BallotLog, Conflict, NodeState, Tally, ViewLog

NO_LABEL = Name("NoLabel")


def of_nodes(mask: int) -> Value:
    """A set of nodes."""
    return frozenset(node for node in range(mask.bit_length()) if mask >> node & 1)


def of_fraction(amount: Fraction) -> Value:
    """A rational."""
    return amount.numerator, amount.denominator


def of_label(prediction: Prediction | None) -> Value:
    """A label, or that there is none."""
    return NO_LABEL if prediction is None else label_of(prediction)


def by_node(values: Iterable[Value]) -> Value:
    """A function of all nodes; of none where there are no values."""
    return function(dict(enumerate(values)))


def _commits(tallies: Iterable[Tally]) -> Value:
    return frozenset(
        (tally.final_label, agent)
        for tally in tallies
        for agent in range(tally.senders.bit_length())
        if tally.senders >> agent & 1
    )


def _of_log(log: ViewLog) -> Value:
    return record(
        heard=log.heard,
        agreed=log.agreed,
        objected=log.objected,
        objected_view=log.objected_view,
        objectors=of_nodes(log.objectors),
        collected=of_nodes(log.collected_from),
        prepares=frozenset(
            (tally.label, tally.final_label, agent)
            for tally in log.prepares
            for agent in range(tally.senders.bit_length())
            if tally.senders >> agent & 1
        ),
        prepared=frozenset(log.prepared),
        commits=_commits(log.commits),
        committed=frozenset(log.committed),
        decided=frozenset(log.decided),
    )


def _of_conflict(conflict: Conflict) -> Value:
    return record(
        sample=conflict.sample,
        labels=by_node(of_label(label) for label in conflict.labels),
        deciders=of_nodes(conflict.deciders),
        rule="none" if conflict.rule is None else conflict.rule.value,
    )


def _of_evidence(evidence: Evidence) -> Value:
    return tuple(of_message(signed) for signed in evidence)


def _of_lock(lock: PreparedCertificate | None) -> Value:
    """A lock; no lock is one of ballot -1."""
    if lock is None:
        return record(ballot=-1, evidence=(), signers=frozenset())
    return record(
        ballot=lock.ballot,
        evidence=_of_evidence(lock.evidence),
        signers=of_nodes(lock.signers),
    )


def _of_ballots(log: BallotLog) -> Value:
    candidates = [
        record(
            ballot=candidate.ballot,
            evidence=_of_evidence(candidate.evidence),
            prepares=of_nodes(candidate.prepares),
            committed=candidate.committed,
            commits=of_nodes(candidate.commits),
        )
        for candidate in log.candidates
    ]
    assert len(set(candidates)) == len(candidates)
    return record(
        ballot=log.ballot,
        collected=_of_evidence(log.collected),
        changes=frozenset((change.node, change.ballot) for change in log.changes),
        highest=_of_lock(log.highest),
        candidates=frozenset(candidates),
        lock=_of_lock(log.lock),
    )


def of_state(state: NodeState) -> Value:
    """A node's state."""
    return record(
        node=state.node,
        view=state.view,
        sample=state.sample,
        opened=state.opened,
        prediction=of_label(state.prediction),
        decided=state.decided,
        rewards=by_node(of_fraction(amount) for amount in state.rewards),
        log=_of_log(state.log),
        heard=by_node(of_label(label) for label in state.heard),
        conflicts=tuple(_of_conflict(conflict) for conflict in state.conflicts),
        earlier=frozenset(
            record(view=earlier.view, commits=_commits(earlier.commits))
            for earlier in state.earlier
        ),
        ballots=_of_ballots(state.ballots),
    )


def of_message(message: Message) -> Value:
    """A message: its fields under their names, and its type."""
    fields: dict[str, Value] = {"type": type(message).__name__}
    for name in message.__slots__:
        fields[name] = _of_content(name, getattr(message, name))
    return record(**fields)


def _of_content(name: str, content: object) -> Value:
    """A field of a message."""
    match content:
        case bool() | int():
            return of_nodes(content) if name == "signers" else content
        case Fraction():
            return of_fraction(content)
        case PreparedCertificate() | None:
            return _of_lock(content)
        case tuple():
            return _of_evidence(content)
    raise TypeError(f"{name} is of an unknown kind: {content!r}")


def of_packet(packet: Packet) -> Value:
    """A packet."""
    return record(
        sender=packet.sender,
        recipients=frozenset(packet.recipients),
        message=of_message(packet.message),
    )


def of_event(event: Event) -> Value:
    """An event."""
    match event:
        case Received(sender, message):
            return record(type="Received", sender=sender, message=of_message(message))
        case Sample(index, prediction):
            return record(type="Sample", index=index, prediction=label_of(prediction))
        case TieBreak(sample, node):
            return record(type="TieBreak", sample=sample, node=node)
        case NextSample(index, view):
            return record(type="NextSample", index=index, view=view)
        case BallotTimeOut(sample, ballot) | BallotCollectionClosed(sample, ballot):
            return record(type=type(event).__name__, sample=sample, ballot=ballot)
        case RoundEnded():
            raise TypeError("the specification in TLA+ has no rounds that a node counts")
        case Crash():
            raise TypeError("the specification in TLA+ knows Byzantine nodes alone")
    return record(type=type(event).__name__, view=event.view)


def of_record(shown: Record) -> Value:
    """What a node has shown."""
    return record(
        history=tuple((entry.sample, entry.label) for entry in shown.history),
        conflicts=tuple(shown.conflicts),
        outcomes=tuple((left.view, of_label(left.label), left.passed) for left in shown.outcomes),
        rewards=tuple(
            (left.view, by_node(of_fraction(amount) for amount in left.rewards))
            for left in shown.rewards
        ),
        undecided=tuple(shown.undecided),
        evidence=tuple((basis.sample, _of_evidence(basis.evidence)) for basis in shown.evidence),
    )


def of_fact(output: Output) -> "Value | None":
    """A fact that a node shows; None if the output is none."""
    match output:
        case Decided(sample, label, view, rule):
            return record(type="Decided", sample=sample, label=label, view=view, rule=rule.value)
        case Rejected(sample, view):
            return record(type="Rejected", sample=sample, view=view)
        case Conflicted(sample, view):
            return record(type="Conflicted", sample=sample, view=view)
        case Passed(sample, view):
            return record(type="Passed", sample=sample, view=view)
        case Settled(sample, evidence):
            return record(type="Settled", sample=sample, evidence=_of_evidence(evidence))
        case Undecided(sample, agreed):
            return record(type="Undecided", sample=sample, agreed=agreed)
    return None


def of_patterns(predicted: Iterable[Mapping[int, Label]]) -> Value:
    """For each sample the label of each honest node."""
    return tuple(function(dict(labels)) for labels in predicted)


_COUNTS = {
    ("collect", "own"): 1,
    ("collect", "round"): 0,
    ("conflict_after", "N"): 0,
    ("evidence_size", "N-f"): 0,
    ("support", "f+1"): 0,
    ("ballot_changes", "quorum"): 0,
}
"""Words that stand among counts: TLC does not compare numbers with strings."""


def constants(config: Config) -> dict[str, str]:
    """The constants of module Readings for a configuration of the core."""
    values = {"N": str(config.nodes), "F": str(config.faults), "NoLabel": "NoLabel"}
    values["Samples"] = str(config.samples)
    for name, answer in config.readings.items():
        values[name] = _of_answer(name, answer)
    return values


def _of_answer(name: str, answer: Answer) -> str:
    if isinstance(answer, str) and (name, answer) in _COUNTS:
        return str(_COUNTS[name, answer])
    if isinstance(answer, Fraction):
        return f"<<{answer.numerator}, {answer.denominator}>>"
    return f'"{answer}"' if isinstance(answer, str) else str(answer)


def _evidence_used(setting: Setting) -> Value:
    """The evidence that a bounded adversary uses; the empty set if it is not bounded."""
    if setting.adversary_evidence is None or not setting.config.has_ballots:
        return frozenset()
    adversary = EvidenceAdversary(setting)
    return frozenset(
        _of_evidence(evidence)
        for sample in range(len(setting.predicted))
        for evidence in islice(adversary.evidence(sample), setting.adversary_evidence)
    )


def losing(setting: Setting) -> dict[str, str]:
    """The constants of module Rounds for a setting of the checker: what the network may lose."""
    partition = setting.partition or Partition(())
    groups = frozenset(frozenset(group) for group in partition.groups)
    holds = record(
        groups=groups,
        unit=partition.unit or "always",
        period=frozenset(range(partition.first, partition.last + 1)),
    )
    return {"Losses": str(setting.losses), "Partition": written(holds)}


def environment(setting: Setting) -> dict[str, str]:
    """The constants of module Environment for a setting of the checker."""
    return constants(setting.config) | {
        "Byzantine": written(frozenset(setting.byzantine)),
        "Labels": f"0 .. {setting.labels - 1}",
        "Evidence": written(_evidence_used(setting)),
        "Views": str(setting.views),
        "Ballots": str(setting.ballots),
        "StartView": str(setting.start_view),
        "GivesUp": "FALSE",
        "Patterns": "{" + written(of_patterns(setting.predicted_by_honest)) + "}",
    }
