"""The language of ``scenarios/*.txt``: a story told to the core, with what the core answers.

A scenario is a text.  Lines that begin with # say what it shows.  Every other line is a
command; the lines between a command and the next empty line are what came of it, an event
a paragraph: who was told what, the clauses that were applied in brackets, and indented below
what the node sent and showed and what changed in its state.  Commands:

``config nodes=4 faults=1 profile=paper samples=1 faulty=0 READING=VALUE ...``
    Begin.  ``faulty`` nodes are not run; the scenario sends what they send.
``sample 0 AAB?``
    The node's own networks classify sample 0; other characters than capitals are no label.
``deliver [round] [facts] [KIND ...] [from=0,1] [to=2]``
    Deliver what is on its way, first sent first, until nothing (of that kind) is left;
    ``round``: only what is on its way now.  ``facts``: print only events that show a fact.
``drop [KIND ...] [from=0,1] [to=2]``
    Lose what is on its way.
``from 0 to 1,2 pre-prepare(a0 B v0)``
    The channel of the faulty node 0 delivers that message to nodes 1 and 2.  Evidence is written
    with the label of each node, such as ``A-BB``; ``b1`` is a ballot, and ``lock=0:A-BB:012``
    the lock of ballot 0 on that evidence, signed by nodes 0, 1 and 2.  In a broadcast
    ``relay(a0 s0 B of=1 by=012)`` is node 1's prediction B, signed by nodes 0, 1 and 2.
``time-out 1,2 view=0``, ``close 0 view=0``, ``time-out 1,2 sample=0 ballot=0``,
``close 0 sample=0 ballot=0``, ``round-over all sample=0 round=1``,
``next-sample all sample=1 view=2``,
``tie-break 2 sample=0 node=1``
    An event of that name befalls the nodes.
``histories``, ``rewards``, ``messages``
    What each node has decided; each node's record of rewards; how many messages were sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from core_notation import (
    KIND,
    ScenarioError,
    evidence_text,
    letter,
    lock_text,
    message_text,
    nodes_text,
    parse_message,
)
from core_world import Delivery, Step, World

from poqi_core import PROFILES, Clause, Config, NodeState, label_of
from poqi_core.messages import (
    BallotCollectionClosed,
    BallotTimeOut,
    CollectionClosed,
    Crash,
    Event,
    NextSample,
    Received,
    RoundEnded,
    Sample,
    TieBreak,
    TimeOut,
)
from poqi_core.outputs import Conflicted, Decided, Output, Passed, Rejected, Send, Undecided
from poqi_core.register import with_changes
from poqi_core.state import BallotLog, BroadcastLog, Conflict, Tally


class Told(NamedTuple):
    """A scenario as the core tells it: its text, and the clauses that it applied."""

    text: str
    clauses: frozenset[Clause]


def _event_text(event: Event) -> str:
    match event:
        case Received(sender, message):
            return f"<- {sender} {message_text(message)}"
        case Sample(index, prediction):
            return f"classifies sample {index} as {letter(label_of(prediction))}"
        case TimeOut(view):
            return f"time-out in view {view}"
        case CollectionClosed(view):
            return f"the collection of view {view} is closed"
        case BallotTimeOut(sample, ballot):
            return f"time-out in ballot {ballot} of sample {sample}"
        case BallotCollectionClosed(sample, ballot):
            return f"the collection of ballot {ballot} of sample {sample} is closed"
        case RoundEnded(sample, number):
            return f"round {number} of sample {sample} is over"
        case NextSample(index, view):
            return f"goes on with sample {index} in view {view}"
        case TieBreak(sample, chosen):
            return f"the tie for sample {sample} falls to node {chosen}"
        case Crash():
            return "stops for ever"


def _output_text(output: Output) -> str | None:
    match output:
        case Send(recipients, message):
            return f"sends {message_text(message)} to {' '.join(map(str, recipients))}"
        case Decided(sample, label, view, rule):
            return f"DECIDES sample {sample} as {letter(label)} in view {view} by {rule.value}"
        case Rejected(sample, view):
            return f"REJECTS the primary of view {view}"
        case Passed(sample, view):
            return f"PASSES OVER the primary of view {view}"
        case Conflicted(sample, view):
            return f"CONFLICT: no primary settles sample {sample}"
        case Undecided(sample, agreed):
            return f"UNDECIDED: sample {sample} {'has no label' if agreed else 'is lost'}"
        case _:
            return None


def _tallies(tallies: Iterable[Tally]) -> str:
    return ", ".join(
        f"{letter(tally.label)}/{letter(tally.final_label)} by {nodes_text(tally.senders)}"
        for tally in tallies
    )


def _conflict(conflict: Conflict) -> str:
    known = "".join("-" if label is None else letter(label) for label in conflict.labels)
    named = f" decider {nodes_text(conflict.deciders)}" if conflict.deciders else ""
    return f"{conflict.sample} {known}{named}"


def _rewards(rewards: Iterable[Fraction]) -> str:
    return " ".join(map(str, rewards))


def _aspects(state: NodeState) -> dict[str, str]:
    """What a scenario shows of a state, by name."""
    log = state.log
    return {
        "view": str(state.view),
        "sample": str(state.sample),
        "rewards": _rewards(state.rewards),
        "conflicts": "; ".join(map(_conflict, state.conflicts)),
        "kept": ", ".join(message_text(kept.message) for kept in state.early),
        "earlier": "; ".join(f"v{view}: {_tallies(commits)}" for view, commits in state.earlier),
        "objectors": nodes_text(log.objectors),
        "collected": nodes_text(log.collected_from),
        "prepares": _tallies(log.prepares),
        "commits": _tallies(log.commits),
        **_ballot_aspects(state.ballots),
        **_broadcast_aspects(state.broadcast),
    }


def _ballot_aspects(log: BallotLog) -> dict[str, str]:
    """What a scenario shows of the agreement on evidence."""
    return {
        "ballot": str(log.ballot),
        "handed in": evidence_text(log.collected),
        "changed": ", ".join(
            f"{change.node}" if change.ballot < 0 else f"{change.node} (lock of {change.ballot})"
            for change in log.changes
        ),
        "highest": "" if log.highest is None else lock_text(log.highest),
        "candidates": ", ".join(
            f"{candidate.ballot}:{evidence_text(candidate.evidence)} "
            + (
                "committed"
                if candidate.committed
                else f"prepared by {nodes_text(candidate.prepares)}"
            )
            + (f", by {nodes_text(candidate.commits)}" if candidate.commits else "")
            for candidate in log.candidates
        ),
        "lock": "" if log.lock is None else lock_text(log.lock),
    }


def _broadcast_aspects(log: BroadcastLog) -> dict[str, str]:
    """What a scenario shows of a broadcast of predictions."""
    return {
        "round": str(log.round),
        "accepted": evidence_text(log.accepted),
        "equivocators": nodes_text(log.equivocators),
    }


_OF_THE_VIEW = (
    *("objectors", "collected", "prepares", "commits"),
    *_ballot_aspects(BallotLog()),
    *_broadcast_aspects(BroadcastLog()),
)


def _changes(before: NodeState, after: NodeState) -> list[str]:
    old, new = _aspects(before), _aspects(after)
    if (before.view, before.sample) != (after.view, after.sample):
        for aspect in _OF_THE_VIEW:
            del new[aspect]
    return [f"{aspect}: {new[aspect] or 'none'}" for aspect in new if old[aspect] != new[aspect]]


def _step_text(done: Step) -> list[str]:
    cited = " ".join(clause.name for clause in done.clauses)
    lines = [f"{done.node} {_event_text(done.event)}" + (f"  [{cited}]" if cited else "")]
    if done.ignored is not None:
        lines.append(f"    ignored: {done.ignored.value}")
    lines += [f"    {text}" for text in map(_output_text, done.outputs) if text is not None]
    changes = _changes(done.before, done.after)
    if changes:
        lines.append(f"    {'; '.join(changes)}")
    return lines


class _Teller:
    """Runs the commands of one scenario."""

    def __init__(self) -> None:
        self._world: World | None = None
        self._commands: dict[str, Callable[[list[str]], list[str]]] = {
            "config": self._config,
            "sample": self._sample,
            "deliver": self._deliver,
            "drop": self._drop,
            "from": self._from,
            "time-out": self._event(_time_out),
            "close": self._event(_close),
            "round-over": self._event(
                lambda given: RoundEnded(int(given["sample"]), int(given["round"]))
            ),
            "next-sample": self._event(
                lambda given: NextSample(int(given["sample"]), int(given["view"]))
            ),
            "tie-break": self._event(
                lambda given: TieBreak(int(given["sample"]), int(given["node"]))
            ),
            "histories": self._histories,
            "rewards": self._rewards,
            "messages": self._messages,
        }

    @property
    def world(self) -> World:
        if self._world is None:
            raise ScenarioError("a scenario begins with the command config")
        return self._world

    def tell(self, command: str) -> list[str]:
        name, *words = command.split()
        if name not in self._commands:
            raise ScenarioError(f"there is no command {name!r}")
        return self._commands[name](words)

    def _config(self, words: list[str]) -> list[str]:
        given = dict(word.split("=", 1) for word in words)
        nodes, faults = int(given.pop("nodes")), int(given.pop("faults"))
        samples, keep = given.pop("samples", None), given.pop("keep_early", "no")
        faulty = _list(given.pop("faulty", ""))
        start = int(given.pop("start", 0))
        readings = with_changes(PROFILES[given.pop("profile")], given)
        count = None if samples is None else int(samples)
        config = Config(nodes, faults, readings, count, keep == "yes")
        self._world = World(config, faulty, start)
        return []

    def _sample(self, words: list[str]) -> list[str]:
        return _told(self.world.sample(int(words[0]), words[1]))

    def _deliver(self, words: list[str]) -> list[str]:
        facts, one_round = "facts" in words, "round" in words
        rest = [word for word in words if word not in ("facts", "round")]
        steps = self.world.deliver(_filter(rest), one_round=one_round)
        return _told([done for done in steps if done.facts or not facts])

    def _drop(self, words: list[str]) -> list[str]:
        return [f"{self.world.drop(_filter(words))} messages are lost"]

    def _from(self, words: list[str]) -> list[str]:
        sender, _, recipients, *rest = words
        if int(sender) in self.world.honest:
            raise ScenarioError(f"node {sender} is honest: what it sends is delivered, not made up")
        message = parse_message(" ".join(rest))
        return _told(self.world.tell(int(sender), message, *self._who(recipients)))

    def _who(self, nodes: str) -> list[int]:
        return self.world.honest if nodes == "all" else _list(nodes)

    def _event(self, made: Callable[[dict[str, str]], Event]) -> Callable[[list[str]], list[str]]:
        def command(words: list[str]) -> list[str]:
            event = made(dict(word.split("=", 1) for word in words[1:]))
            return _told([self.world.happen(node, event) for node in self._who(words[0])])

        return command

    def _histories(self, words: list[str]) -> list[str]:
        lines = []
        for node in self.world.honest:
            entries = [
                f"{decided.sample}={letter(decided.label)} ({decided.rule.value})"
                for decided in self.world.decisions(node)
            ]
            entries += [f"{sample} undecided" for sample in self.world.records[node].undecided]
            lines.append(f"{node}: {', '.join(entries) or 'nothing'}")
        return lines

    def _rewards(self, words: list[str]) -> list[str]:
        return [f"{node}: {_rewards(state.rewards)}" for node, state in self.world.states.items()]

    def _messages(self, words: list[str]) -> list[str]:
        sent: Counter[str] = Counter()
        for done in self.world.steps:
            for output in done.outputs:
                if isinstance(output, Send):
                    sent[KIND[type(output.message)]] += len(output.recipients)
        counts = ", ".join(f"{sent[kind]} {kind}" for kind in KIND.values() if sent[kind])
        return [f"{sent.total()} in all: {counts}"]


def _time_out(given: dict[str, str]) -> Event:
    if "view" in given:
        return TimeOut(int(given["view"]))
    return BallotTimeOut(int(given["sample"]), int(given["ballot"]))


def _close(given: dict[str, str]) -> Event:
    if "view" in given:
        return CollectionClosed(int(given["view"]))
    return BallotCollectionClosed(int(given["sample"]), int(given["ballot"]))


def _list(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _filter(words: Sequence[str]) -> Callable[[Delivery], bool]:
    kinds = [word for word in words if "=" not in word]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    if unknown := (set(kinds) - set(KIND.values())) | (given.keys() - {"from", "to"}):
        raise ScenarioError(f"nothing is called {', '.join(sorted(unknown))}")
    senders, recipients = (_list(given.get(name, "")) for name in ("from", "to"))

    def wanted(delivery: Delivery) -> bool:
        return (
            (not kinds or KIND[type(delivery.message)] in kinds)
            and (not senders or delivery.sender in senders)
            and (not recipients or delivery.recipient in recipients)
        )

    return wanted


def _told(steps: Iterable[Step]) -> list[str]:
    return [line for done in steps for line in _step_text(done)]


def tell(text: str) -> Told:
    """Replay the commands of ``text`` on the core; what came of them before is replaced."""
    teller = _Teller()
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.split("\n")
        comments = [line for line in lines if line.startswith("#")]
        command = next((line for line in lines if not line.startswith("#")), None)
        told = [] if command is None else [command, *teller.tell(command)]
        paragraphs.append("\n".join([*comments, *told]))
    return Told("\n\n".join(paragraphs) + "\n", frozenset(teller.world.clauses))
