"""Runs for the tests of traces: some built by hand, others found by playing at random.

Whoever plays at random knows nothing but the core: it delivers what was sent, lets faulty
nodes send whatever is well-formed, and stops when the property in question is violated.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import NamedTuple

import traces
from poqi_core.config import Config
from poqi_core.messages import (
    BallotChange,
    BallotCollectionClosed,
    BallotTimeOut,
    Commit,
    ConflictDecision,
    Decision,
    Event,
    Evidence,
    EvidenceCommit,
    EvidencePrepare,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    Proposal,
    Received,
    Relay,
    Sample,
    SignedPrediction,
    ViewChange,
)
from poqi_core.outputs import Send
from poqi_core.prediction import Label, Softmax
from poqi_core.properties import property_named
from poqi_core.readings import HARDENED, LITERAL, PAPER
from poqi_core.run import Act, Execution, Run
from poqi_core.timers import COLLECTIONS, TIME_OUTS, round_end

NOTHING = Fraction(0)


class Found(NamedTuple):
    """A run that violates a property."""

    name: str
    profile: str
    run: Run

    def trace(self) -> traces.Trace:
        """It as a trace, the same one whatever version is installed."""
        trace = traces.record(self.run, self.name, profile=self.profile)
        return replace(trace, origin=trace.origin._replace(version=""))


def forged_final() -> Run:
    """A faulty primary makes node 2 decide C, which nobody predicted (``check_final=no``).

    Step 10, in which node 3 classifies the sample, has nothing to do with it.
    """
    config = Config(4, 1, replace(PAPER, check_final="no"), samples=1)
    propose, prepare = PrePrepare(0, 0, 0, NOTHING), Prepare(0, 0, 2, 0, NOTHING)
    acts = (
        Act(1, Sample(0, 0)),
        Act(2, Sample(0, 0)),
        Act(1, Received(0, propose)),
        Act(2, Received(0, propose)),
        Act(1, Received(0, prepare)),
        Act(2, Received(0, prepare)),
        Act(2, Received(1, prepare)),
        Act(1, Received(2, prepare)),
        Act(2, Received(1, Commit(1, 0, 2, 0, Fraction(1)))),
        Act(3, Sample(0, 1)),
        Act(2, Received(0, Commit(0, 0, 2, 0, NOTHING))),
    )
    return Run(config, "asynchronous", 0, (1, 2, 3), ({1: 0, 2: 0, 3: 1},), acts)


def two_words() -> Run:
    """A faulty primary tells two nodes that obey it two different decisions (``literal``)."""
    acts = (Act(1, Received(0, Decision(0, 0, 0))), Act(2, Received(0, Decision(0, 1, 0))))
    return Run(
        Config(4, 1, LITERAL, samples=1), "asynchronous", 0, (1, 2, 3), ({1: 0, 2: 0, 3: 0},), acts
    )


def dead_zone() -> Run:
    """Seven honest nodes of which four agree: neither a rejection nor a quorum comes about."""
    labels = (0, 0, 0, 0, 1, 1, 1)
    run = Run(
        Config(7, 2, samples=1),
        "asynchronous",
        0,
        tuple(range(7)),
        (dict(enumerate(labels)),),
        (),
    )
    execution = Execution(run)
    acts: list[Act] = []
    while (act := next(execution.honest_steps(), None)) is not None:
        execution.perform(act)
        acts.append(act)
    return replace(run, acts=tuple(acts))


def softmax_run() -> Run:
    """The run of :func:`two_words` where the nodes have classified with whole vectors before."""
    run = two_words()
    vectors = (Softmax.of([0.7, 0.1 + 0.2, 1e-300]), Softmax.of([1 / 3, 1 / 3, 1 / 3]))
    prepare = Prepare(0, 0, vectors[1], 0, Fraction(1, 8))
    acts = (
        Act(1, Sample(0, vectors[0])),
        Act(2, Sample(0, vectors[1])),
        Act(1, Received(0, prepare)),
        *run.acts,
    )
    return replace(run, acts=acts)


def conflict_in_rounds() -> Run:
    """Four honest nodes with three labels: every primary is rejected, and no sample follows."""
    config = Config(4, 1, samples=1, keep_early=True)
    for execution in play(config, ["ABCA"], 0, network="rounds"):
        if not any(execution.honest_steps()):
            return execution.run
    raise AssertionError("a step is left for ever")


def evidence(labels: str) -> Evidence:
    """What ``A-BB`` stands for: the signed prediction of each node in it."""
    return tuple(
        SignedPrediction(node, 0, ord(label) - ord("A"))
        for node, label in enumerate(labels)
        if label != "-"
    )


def one_supporter() -> Run:
    """A faulty leader makes node 1 decide D, which nobody else predicts (``support=1``).

    Step 3, in which node 3 classifies the sample, has nothing to do with it.
    """
    readings = replace(HARDENED, support=1)
    said = evidence("DAB-")
    prepares = [EvidencePrepare(node, 0, 0, said) for node in range(3)]
    commits = [EvidenceCommit(node, 0, 0, said) for node in range(3)]
    acts = (
        Act(1, Sample(0, 0)),
        Act(2, Sample(0, 1)),
        Act(3, Sample(0, 2)),
        *(Act(node, Received(0, Proposal(0, 0, 0, said, None))) for node in (1, 2)),
        *(Act(1, Received(node, prepares[node])) for node in (0, 2)),
        *(Act(2, Received(node, prepares[node])) for node in (0, 1)),
        *(Act(1, Received(node, commits[node])) for node in (0, 2)),
    )
    predicted = ({1: 0, 2: 1, 3: 2},)
    config = Config(4, 1, readings, samples=1)
    return Run(config, "asynchronous", 0, (1, 2, 3), predicted, acts, views=4, ballots=1)


def no_lock() -> Run:
    """Node 0 decides A in ballot 0, and node 2 decides B in ballot 1 (``lock=none``).

    The faulty node 1 helps with the first quorum and leads the second ballot.
    """
    readings = replace(HARDENED, lock="none")
    first, second = evidence("A-AB"), evidence("AB-B")

    def prepare(sender: int, ballot: int, said: Evidence) -> Received:
        return Received(sender, EvidencePrepare(sender, 0, ballot, said))

    def commit(sender: int, ballot: int, said: Evidence) -> Received:
        return Received(sender, EvidenceCommit(sender, 0, ballot, said))

    labels = {0: 0, 2: 0, 3: 1}
    acts = (
        *(Act(node, Sample(0, label)) for node, label in labels.items()),
        *(Act(0, Received(node, SignedPrediction(node, 0, labels[node]))) for node in (2, 3)),
        Act(0, BallotCollectionClosed(0, 0)),
        Act(2, Received(0, Proposal(0, 0, 0, first, None))),
        *(Act(0, prepare(sender, 0, first)) for sender in (2, 1)),
        *(Act(2, prepare(sender, 0, first)) for sender in (0, 1)),
        *(Act(0, commit(sender, 0, first)) for sender in (2, 1)),
        *(Act(node, BallotTimeOut(0, 0)) for node in (2, 3)),
        *(Act(node, Received(1, Proposal(1, 0, 1, second, None))) for node in (2, 3)),
        *(Act(2, prepare(sender, 1, second)) for sender in (3, 1)),
        *(Act(3, prepare(sender, 1, second)) for sender in (2, 1)),
        *(Act(2, commit(sender, 1, second)) for sender in (3, 1)),
    )
    config = Config(4, 1, readings, samples=1)
    return Run(config, "asynchronous", 0, (0, 2, 3), (labels,), acts, views=4, ballots=2)


def forgeries(config: Config, faulty: Sequence[int], views: int, labels: int) -> list[Received]:
    """Every well-formed message of the faulty nodes, by view and label."""
    found: list[Received] = []
    for node in faulty:
        for view in range(views):
            primary = config.primary(view)
            messages: list[Message] = [ViewChange(node, view + 1, True, NOTHING)]
            for label in range(labels):
                if node == primary:
                    messages += [PrePrepare(node, label, view, NOTHING)]
                    messages += [Decision(node, label, view)]
                messages += [NodePrediction(node, label, view)]
                messages += [Commit(node, label, label, view, NOTHING)]
                messages += [
                    Prepare(primary, label, final, view, NOTHING) for final in range(labels)
                ]
            found += [Received(node, message) for message in messages]
        found += [
            Received(node, ConflictDecision(node, sample, label))
            for sample in range(config.samples or 0)
            for label in range(labels)
        ]
        found += _about_evidence(config, node, labels) if config.has_ballots else []
        found += _chains(config, node, labels) if config.has_broadcast else []
    return found


def _about_evidence(config: Config, node: int, labels: int) -> list[Received]:
    """What a faulty node can say without quoting anybody."""
    messages: list[Message] = []
    for sample in range(config.samples or 0):
        messages += [SignedPrediction(node, sample, label) for label in range(labels)]
        messages += [BallotChange(node, sample, ballot, None) for ballot in range(1, 4)]
    return [Received(node, message) for message in messages]


def _chains(config: Config, node: int, labels: int) -> list[Received]:
    """What a faulty node can say in a broadcast without quoting anybody."""
    return [
        Received(node, Relay(node, SignedPrediction(node, sample, label), 1 << node))
        for sample in range(config.samples or 0)
        for label in range(labels)
    ]


def play(
    config: Config,
    patterns: Sequence[str],
    seed: int,
    *,
    network: str = "asynchronous",
    most_steps: int = 200,
) -> Iterator[Execution]:
    """A run at random: the execution after each of its steps, the same one every time."""
    predicted: tuple[Mapping[int, Label], ...] = tuple(
        {node: ord(letter) - ord("A") for node, letter in enumerate(pattern) if letter != "?"}
        for pattern in patterns
    )
    honest = tuple(predicted[0])
    faulty = [node for node in range(config.nodes) if node not in honest]
    run = Run(config, network, 0, honest, predicted, ())
    execution = Execution(run)
    forged = forgeries(config, faulty, 3 * len(patterns), 3)
    play_on = _asynchronously if network == "asynchronous" else _in_rounds
    yield from play_on(execution, forged, random.Random(seed), most_steps)


def _asynchronously(
    execution: Execution, forged: Sequence[Received], chance: random.Random, most_steps: int
) -> Iterator[Execution]:
    acts: list[Act] = []
    for _ in range(most_steps):
        events: list[Act] = list(execution.honest_steps())
        if forged and (not events or chance.random() < 0.4):
            events = [Act(chance.choice(execution.run.honest), chance.choice(forged))]
        if not events:
            return
        act = chance.choice(events)
        execution.perform(act)
        acts.append(act)
        execution.run = replace(execution.run, acts=tuple(acts))
        yield execution


def _in_rounds(
    execution: Execution, forged: Sequence[Received], chance: random.Random, most_steps: int
) -> Iterator[Execution]:
    acts: list[Act] = []
    inbox: list[tuple[int, Event]] = []
    for number in range(most_steps):
        for node in execution.run.honest:
            inbox += [(node, chance.choice(forged)) for _ in range(chance.randrange(3)) if forged]
            state = execution.states[node]
            awaited = state.sample + state.decided
            waits = state.prediction is None or state.decided
            if waits and awaited < len(execution.run.predicted):
                inbox.append((node, Sample(awaited, execution.run.predicted[awaited][node])))
        execution.reach(number)
        due = ((act.node, act.event) for act in execution.owed())
        inbox += [owed for owed in due if isinstance(owed[1], (*COLLECTIONS, *TIME_OUTS))]
        chance.shuffle(inbox)
        outbox: list[tuple[int, Event]] = []
        # What ends the rounds of nodes that count them is known once all has arrived.
        for node, event in chain(inbox, _round_ends(execution)):
            moment = execution.perform(Act(node, event, number))
            acts.append(moment.act)
            execution.run = replace(execution.run, acts=tuple(acts))
            for output in moment.outputs:
                if isinstance(output, Send):
                    outbox += [
                        (recipient, Received(node, output.message))
                        for recipient in output.recipients
                        if recipient in execution.states
                    ]
            yield execution
            if len(acts) >= most_steps:
                return
        inbox = list(dict.fromkeys(outbox))


def _round_ends(execution: Execution) -> Iterator[tuple[int, Event]]:
    for node, state in execution.states.items():
        end = round_end(execution.run.config, state)
        if end is not None:
            yield node, end


def violating(
    name: str,
    config: Config,
    patterns: Sequence[str],
    *,
    network: str = "asynchronous",
    most_seeds: int = 400,
) -> Run:
    """The first run at random that violates the property called ``name``, cut off there."""
    entry = property_named(name)
    for seed in range(most_seeds):
        for execution in play(config, patterns, seed, network=network):
            if entry.violation(execution.records, execution.run.predicted) is not None:
                return execution.run
    raise AssertionError(f"no run at random violates {name}")


@cache
def by_name() -> dict[str, Found]:
    """The runs that most tests look at: every property, both networks, one and two samples."""
    two = ("?AAB", "?ABA")
    lax = replace(PAPER, check_final="no")
    obedient = Config(4, 1, LITERAL, samples=1)
    two_samples = Config(4, 1, LITERAL, samples=2)
    in_rounds = Config(4, 1, PAPER, samples=2, keep_early=True)
    literal_rounds = Config(4, 1, LITERAL, samples=2, keep_early=True)
    return {
        "forged final": Found("decided-validity", "paper", forged_final()),
        "two words": Found("agreement", "literal", two_words()),
        "two words with vectors": Found("agreement", "literal", softmax_run()),
        "dead zone": Found("termination", "paper", dead_zone()),
        "one supporter": Found("decided-validity", "hardened", one_supporter()),
        "no lock": Found("agreement", "hardened", no_lock()),
        "conflict in rounds": Found("termination", "paper", conflict_in_rounds()),
        "agreement": Found("agreement", "literal", violating("agreement", obedient, ["?AAB"])),
        "integrity": Found("integrity", "literal", violating("integrity", obedient, ["?AAB"])),
        "unanimity": Found(
            "unanimity",
            "paper",
            violating("unanimity", Config(4, 1, lax, samples=1), ["?AAA"]),
        ),
        "strict order": Found(
            "total-order-strict", "literal", violating("total-order-strict", two_samples, two)
        ),
        "rewards": Found(
            "reward-consistency", "literal", violating("reward-consistency", two_samples, two)
        ),
        "order in rounds": Found(
            "total-order",
            "literal",
            violating("total-order", literal_rounds, two, network="rounds"),
        ),
        "views in rounds": Found(
            "view-consistency",
            "paper",
            violating("view-consistency", in_rounds, two, network="rounds"),
        ),
    }
