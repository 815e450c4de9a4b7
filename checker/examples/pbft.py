"""One-shot PBFT with view changes: one value is decided, some replicas and any primary may lie.

M. Castro and B. Liskov, "Practical Byzantine fault tolerance", OSDI 1999, for one sequence number,
as L. Lamport derives it in "Byzantizing Paxos by refinement", DISC 2011; the model is ``BPCon`` of
his TLA+ specification ``BPConProof``.  Its names and ours: a ballot is a *view*, a 1b message a
*view-change*, a 1c message a *pre-prepare*, 2av a *prepare*, 2b a *commit*.  A pre-prepare comes
with signed view-changes that prove its value safe; view 0 needs no proof.

A primary has no state, as replicas check all that it says: any pre-prepare can come at any time.
The last replicas are Byzantine: their prepares and commits always are there, and so are their
view-changes, with whatever content.  Only safety is asked, so progress plays no part.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple, TypeAlias

from checker.ever_shown import EverShown, Seen
from checker.examples.example import Example, Mistake, Parameter, ParameterError, Published
from checker.model import Model
from checker.simple_system import SimpleSystem
from checker.system import Outcome


class Vote(NamedTuple):
    """A value in a view."""

    view: int
    value: int

    def __str__(self) -> str:
        return f"value {self.value} in view {self.view}"


class Message(NamedTuple):
    """A message of a correct replica.

    ``kind`` is view-change, prepare or commit; ``vote`` is what is prepared or committed, and in a
    view-change the last commit.  ``prepared`` are, for each value, its last prepare.
    """

    kind: str
    sender: int
    view: int
    vote: Vote | None = None
    prepared: frozenset[Vote] = frozenset()

    def __str__(self) -> str:
        if self.kind != "view-change":
            return f"{self.kind} {self.vote}"
        known = [f"prepared {vote}" for vote in sorted(self.prepared)]
        known += [f"committed {self.vote}"] if self.vote else []
        return f"view-change to view {self.view}, " + (", ".join(known) or "nothing prepared")


class Local(NamedTuple):
    """The view, the last commit, for each value the last prepare, and the own view-changes."""

    view: int = 0
    committed: Vote | None = None
    prepared: frozenset[Vote] = frozenset()
    said: frozenset[Message] = frozenset()

    def __str__(self) -> str:
        done = [f"prepared {vote}" for vote in sorted(self.prepared)]
        done += [f"committed {self.committed}"] if self.committed else []
        return f"view {self.view}, " + (", ".join(done) or "nothing prepared")


class Action(NamedTuple):
    """What a replica does; ``upon`` are the messages of other correct replicas that it uses.

    ``liars`` say whatever helps besides.
    """

    kind: str
    vote: Vote
    upon: frozenset[Message] = frozenset()
    liars: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.kind == "view-change":
            return f"loses patience and moves to view {self.vote.view}"
        used = [str(one.sender) for one in sorted(self.upon)]
        used += [f"{liar} (faulty)" for liar in self.liars]
        senders = ", ".join(used) or "no other replica"
        if self.kind == "commit":
            return f"commits {self.vote}, with prepares of {senders}"
        proof = f", with view-changes of {senders}" if self.vote.view else ""
        return f"accepts a pre-prepare of {self.vote}{proof}"


Step: TypeAlias = Outcome[Local, Message, Vote]


class Pbft(SimpleSystem[Local, Action, Message, Vote]):
    """Replicas 0 to n - 1, the last ``faulty`` of them Byzantine, ``tolerated`` by the quorums.

    With the mistake ``small-quorum`` 2f replicas are a quorum; with ``amnesia`` a replica believes
    any pre-prepare of a new view, whatever the view-changes tell.
    """

    def __init__(
        self,
        replicas: int,
        tolerated: int,
        faulty: int,
        values: int,
        views: int,
        mistake: str | None = None,
    ) -> None:
        self._correct, self._faulty = range(replicas - faulty), faulty
        self._liars = tuple(range(replicas - faulty, replicas))
        self._values, self._views = range(values), range(views)
        self.quorum = replicas - tolerated - (1 if mistake == "small-quorum" else 0)
        self._some_correct = tolerated + 1
        self._believes = mistake == "amnesia"

    @property
    def processes(self) -> Sequence[int]:
        """The correct replicas."""
        return self._correct

    def name(self, process: int) -> str:
        """A replica."""
        return f"replica {process}"

    def initial(self, process: int) -> Sequence[Local]:
        """In view 0."""
        return (Local(),)

    def events(self, process: int, sent: Collection[Message]) -> Iterable[Action]:
        """Time-outs, pre-prepares with every proof there is, and prepares of a quorum."""
        others = [one for one in sent if one.sender != process]
        yield from (Action("view-change", Vote(view, 0)) for view in self._views[1:])
        for view, value in product(self._views, self._values):
            vote = Vote(view, value)
            changes = [one for one in others if (one.kind, one.view) == ("view-change", view)]
            for proof in self._one_of_each_sender(changes):
                yield Action("prepare", vote, proof, self._liars)
            prepares = [one for one in others if (one.kind, one.vote) == ("prepare", vote)]
            for upon in self._one_of_each_sender(prepares):
                yield Action("commit", vote, upon, self._liars)

    def _one_of_each_sender(self, messages: Sequence[Message]) -> Iterable[frozenset[Message]]:
        choices = [
            [frozenset[Message](), *(frozenset((one,)) for one in messages if one.sender == sender)]
            for sender in self._correct
        ]
        return (frozenset[Message]().union(*chosen) for chosen in product(*choices))

    def needs(self, event: Action) -> Collection[Message]:
        """The messages of correct replicas that it uses."""
        return event.upon

    def step(self, process: int, state: Local, event: Action) -> Step | None:
        """The actions Phase1b, Phase2av and Phase2b of the specification."""
        view, vote = event.vote.view, event.vote
        if event.kind == "view-change":
            if view <= state.view:
                return None
            change = Message("view-change", process, view, state.committed, state.prepared)
            said = state.said | {change}
            return Outcome(state._replace(view=view, said=said), (change,), None)
        if view < state.view:
            return None
        if event.kind == "commit":
            prepares = len(event.upon) + (vote in state.prepared) + self._faulty
            if prepares < self.quorum:
                return None
            commit = Message("commit", process, view, vote)
            return Outcome(state._replace(view=view, committed=vote), (commit,), vote)
        own = {change for change in state.said if change.view == view}
        if any(earlier.view >= view for earlier in state.prepared):
            return None
        if not self._is_safe(vote, event.upon | own):
            return None
        others = {earlier for earlier in state.prepared if earlier.value != vote.value}
        prepared = frozenset({vote, *others})
        prepare = Message("prepare", process, view, vote)
        return Outcome(state._replace(view=view, prepared=prepared), (prepare,), None)

    def _is_safe(self, vote: Vote, changes: Collection[Message]) -> bool:
        """KnowsSafeAt of the specification: whether the view-changes allow the value.

        Faulty replicas add to every count, as they say what they like.
        """
        if vote.view == 0 or self._believes:
            return True
        if sum(change.vote is None for change in changes) + self._faulty >= self.quorum:
            return True
        return any(self._was_last(view, vote.value, changes) for view in range(vote.view))

    def _was_last(self, view: int, value: int, changes: Collection[Message]) -> bool:
        """Whether nothing but ``value`` was committed in ``view``, and nothing at all later."""
        nothing_else = support = self._faulty
        for change in changes:
            last = change.vote
            nothing_else += last is None or last.view < view or last == Vote(view, value)
            support += any(one.value == value and one.view >= view for one in change.prepared)
        return nothing_else >= self.quorum and support >= self._some_correct


def _agreement(quorum: int, faulty: int) -> EverShown[Vote]:
    """No two values are decided: committed by a quorum in one view."""

    def agrees(seen: Sequence[Seen[Vote]]) -> bool:
        votes = [vote for shown in seen for vote in shown]
        decided = {vote.value for vote in votes if votes.count(vote) + faulty >= quorum}
        return len(decided) <= 1

    return EverShown({"agreement": agrees})


def model(
    values: Mapping[str, int], mistake: str | None
) -> Model[Local, Action, Message, Vote, Seen[Vote]]:
    """PBFT of that size, and agreement.

    Raises:
        ParameterError: there are fewer replicas than faulty ones.
    """
    if values["faulty"] > values["replicas"]:
        raise ParameterError(f"there are no {values['faulty']} faulty replicas")
    system = Pbft(
        values["replicas"],
        values["tolerated"],
        values["faulty"],
        values["values"],
        values["views"],
        mistake,
    )
    return Model(system, _agreement(system.quorum, values["faulty"]))


def _scope(values: Mapping[str, int]) -> str:
    n, tolerated, faulty = values["replicas"], values["tolerated"], values["faulty"]
    promised = "" if n > 3 * tolerated else " (more than it claims to tolerate)"
    return (
        f"N={n} with quorums for f={tolerated}{promised}, {faulty} Byzantine (the last ones, which "
        f"is as good as any), every primary free to equivocate, {values['values']} values, "
        f"views 0 to {values['views'] - 1}"
    )


_COUNTED = (
    "not published, but counted by TLC 2.15 for the actions of BPConProof.tla "
    "(tests/spec/test_published_models.py)"
)

EXAMPLE = Example(
    "pbft",
    "replicas that decide one value, with view changes and Byzantine replicas",
    "M. Castro and B. Liskov, Practical Byzantine fault tolerance, OSDI 1999; L. Lamport, "
    "Byzantizing Paxos by refinement, DISC 2011; TLA+ Examples, byzpaxos/BPConProof.tla",
    (
        Parameter("replicas", 4, 1, "how many replicas"),
        Parameter("tolerated", 1, 0, "the faulty replicas that the quorums assume"),
        Parameter("faulty", 1, 0, "how many are Byzantine"),
        Parameter("values", 2, 1, "how many values can be proposed"),
        Parameter("views", 2, 1, "how many views"),
    ),
    {
        "small-quorum": Mistake("2f replicas are a quorum, where 2f+1 must be"),
        "amnesia": Mistake("a replica believes a new view's pre-prepare without its proof"),
    },
    model,
    _scope,
    (
        Published({"views": 1}, 125, _COUNTED),
        Published({}, 35_588, _COUNTED),
    ),
)
