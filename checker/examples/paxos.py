"""Single-decree Paxos, after L. Lamport's TLA+ specification ``Paxos``.

L. Lamport, "The part-time parliament", ACM TOCS 16, 1998; the specification is that of "The Paxos
algorithm, or how to win a Turing award".  Acceptors are processes, and so is the leader of every
ballot; nobody lies, but everybody may be slow for ever.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

from checker.ever_shown import EverShown, Seen
from checker.examples.example import Example, Mistake, Parameter, Published
from checker.model import Model
from checker.simple_system import SimpleSystem
from checker.system import Outcome


class Vote(NamedTuple):
    """An acceptor's vote for a value in a ballot."""

    ballot: int
    value: int

    def __str__(self) -> str:
        return f"value {self.value} in ballot {self.ballot}"


class Message(NamedTuple):
    """A message of the specification.

    ``kind`` is 1a, 1b, 2a or 2b; ``vote`` is the last vote of the acceptor in 1b, what is to be
    voted for in 2a, and the vote in 2b.
    """

    kind: str
    sender: int
    ballot: int
    vote: Vote | None = None

    def __str__(self) -> str:
        match self.kind:
            case "1a":
                return f"1a: ballot {self.ballot} begins"
            case "1b":
                last = f"voted for {self.vote}" if self.vote else "has not voted"
                return f"1b: promises ballot {self.ballot}, {last}"
            case "2a":
                return f"2a: vote for {self.vote}"
            case _:
                return f"2b: votes for {self.vote}"


class Local(NamedTuple):
    """An acceptor's highest ballot and last vote; a leader's 2a message, once it has sent it."""

    ballot: int = -1
    vote: Vote | None = None

    def __str__(self) -> str:
        last = f"voted for {self.vote}" if self.vote else "has not voted"
        return f"ballot {self.ballot}, {last}" if self.ballot >= 0 else "fresh"


class Action(NamedTuple):
    """An action of the specification: 1a, 1b, 2a or 2b, upon messages; ``value`` is that of 2a."""

    kind: str
    upon: frozenset[Message] = frozenset()
    value: int | None = None

    def __str__(self) -> str:
        if self.kind == "1a":
            return "begins its ballot"
        if self.kind == "2a":
            senders = ", ".join(str(message.sender) for message in sorted(self.upon))
            return f"chooses value {self.value} upon the promises of acceptors {senders}"
        (message,) = self.upon
        return f"receives {message}"


Step: TypeAlias = Outcome[Local, Message, Vote]


class Paxos(SimpleSystem[Local, Action, Message, Vote]):
    """Acceptors 0 to n - 1, and after them the leaders of ballots 0 to b - 1.

    With the mistake ``forgetful`` an acceptor votes in a ballot below the one that it has
    promised; with ``headstrong`` a leader proposes any value, whatever it has been told.
    """

    def __init__(self, acceptors: int, values: int, ballots: int, mistake: str | None) -> None:
        self._acceptors, self._values, self._ballots = acceptors, range(values), ballots
        self._quorum = acceptors // 2 + 1
        self._mistake = mistake

    @property
    def processes(self) -> Sequence[int]:
        """Acceptors and leaders."""
        return range(self._acceptors + self._ballots)

    def name(self, process: int) -> str:
        """The role of a process."""
        if process < self._acceptors:
            return f"acceptor {process}"
        return f"the leader of ballot {process - self._acceptors}"

    def initial(self, process: int) -> Sequence[Local]:
        """Nobody has done anything."""
        return (Local(),)

    def events(self, process: int, sent: Collection[Message]) -> Iterable[Action]:
        """For a leader: to begin, and every quorum of promises; for an acceptor: messages."""
        if process < self._acceptors:
            for message in sent:
                if message.kind in ("1a", "2a"):
                    yield Action({"1a": "1b", "2a": "2b"}[message.kind], frozenset((message,)))
            return
        yield Action("1a")
        ballot = process - self._acceptors
        promises = [one for one in sent if (one.kind, one.ballot) == ("1b", ballot)]
        for quorum in self._quorums(promises):
            yield from (Action("2a", quorum, value) for value in self._values)

    def _quorums(self, promises: Collection[Message]) -> Iterator[frozenset[Message]]:
        for senders in combinations(range(self._acceptors), self._quorum):
            theirs = ([one for one in promises if one.sender == sender] for sender in senders)
            yield from map(frozenset, product(*theirs))

    def needs(self, event: Action) -> Collection[Message]:
        """The messages that it answers."""
        return event.upon

    def step(self, process: int, state: Local, event: Action) -> Step | None:
        """The actions Phase1a, Phase1b, Phase2a and Phase2b of the specification."""
        if event.kind == "1a":
            if state.ballot >= 0:
                return None
            ballot = process - self._acceptors
            return Outcome(Local(ballot), (Message("1a", process, ballot),), None)
        if event.kind == "2a":
            return self._propose(process, state, event)
        (message,) = event.upon
        if event.kind == "1b":
            if message.ballot <= state.ballot:
                return None
            promise = Message("1b", process, message.ballot, state.vote)
            return Outcome(state._replace(ballot=message.ballot), (promise,), None)
        if message.ballot < state.ballot and self._mistake != "forgetful":
            return None
        voted = Message("2b", process, message.ballot, message.vote)
        return Outcome(Local(message.ballot, message.vote), (voted,), message.vote)

    def _propose(self, process: int, state: Local, event: Action) -> Step | None:
        ballot = process - self._acceptors
        if state.vote is not None or event.value is None:
            return None
        told = [message.vote for message in event.upon if message.vote is not None]
        if told and max(told).value != event.value and self._mistake != "headstrong":
            return None
        vote = Vote(ballot, event.value)
        return Outcome(Local(ballot, vote), (Message("2a", process, ballot, vote),), None)


def _agreement(acceptors: int) -> EverShown[Vote]:
    """At most one value is ever chosen: voted for by a majority in one ballot."""

    def agrees(seen: Sequence[Seen[Vote]]) -> bool:
        votes = [vote for shown in seen for vote in shown]
        return len({vote.value for vote in votes if 2 * votes.count(vote) > acceptors}) <= 1

    return EverShown({"agreement": agrees})


def model(
    values: Mapping[str, int], mistake: str | None
) -> Model[Local, Action, Message, Vote, Seen[Vote]]:
    """Paxos of that size, and agreement."""
    acceptors = values["acceptors"]
    system = Paxos(acceptors, values["values"], values["ballots"], mistake)
    return Model(system, _agreement(acceptors))


EXAMPLE = Example(
    "paxos",
    "acceptors that choose one value",
    "L. Lamport, The part-time parliament, ACM TOCS 16, 1998; TLA+ Examples, "
    "PaxosHowToWinATuringAward/Paxos.tla",
    (
        Parameter("acceptors", 3, 1, "how many acceptors"),
        Parameter("values", 2, 1, "how many values can be proposed"),
        Parameter("ballots", 2, 1, "how many ballots, each with a leader of its own"),
    ),
    {
        "forgetful": Mistake("an acceptor votes in a ballot below the one that it has promised"),
        "headstrong": Mistake("a leader proposes any value, whatever the promises tell of votes"),
    },
    model,
    lambda values: (
        f"{values['acceptors']} acceptors, {values['values']} values and ballots 0 to "
        f"{values['ballots'] - 1}, nobody faulty but everybody free to be slow for ever"
    ),
    (Published({}, 3_921, "TLC, MCPaxosTiny in manifest.json of TLA+ Examples"),),
)
