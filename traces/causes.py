"""The causal past of a violation: the steps without which it could not have come about."""

from collections.abc import Sequence

from poqi_core.faults import original_of
from poqi_core.history import Record, follow
from poqi_core.messages import Message, Received
from poqi_core.outputs import Send
from poqi_core.properties import Property
from poqi_core.run import Moment
from poqi_core.signatures import Statement, quoted, statements


def causal_past(
    entry: Property, concerned: Sequence[int], moments: Sequence[Moment], network: str
) -> frozenset[int]:
    """The places in ``moments`` of the steps that a violation of ``entry`` depends on.

    A step depends on every earlier step that changed its node, a delivery on the step that sent
    the message, or, if a faulty node did, on those that signed what it quotes.  The violation
    depends on the last step of each node concerned that has shown anything the property looks at.
    A property of stuck states depends on every step that changed anything, as without it an
    honest step might be left.
    """
    if entry.when_stuck:
        return frozenset(
            place for place, moment in enumerate(moments) if moment.after != moment.before
        )
    wanted: list[int | None] = [_last_shown(entry, node, moments) for node in concerned]
    past: set[int] = set()
    previous, sent = _previous_changes(moments), sendings(moments, network)
    signed = _first_signed(moments)
    while wanted:
        place = wanted.pop()
        if place is None or place in past:
            continue
        past.add(place)
        act = moments[place].act
        wanted.append(previous[place])
        if isinstance(act.event, Received):
            wanted.append(sent.get((place, act.event.sender, act.event.message)))
            wanted += [signed.get(statement) for statement in quoted(act.event.message)]
    return frozenset(past)


def _last_shown(entry: Property, node: int, moments: Sequence[Moment]) -> int:
    """The last step of ``node`` that has shown, or can have signed, what the property looks at."""
    if entry.of_signed is not None:
        return max(place for place, moment in enumerate(moments) if moment.act.node == node)
    return max(
        place
        for place, moment in enumerate(moments)
        if moment.act.node == node
        and follow(Record(), moment.outputs, moment.after, entry.facets) != Record()
    )


def _previous_changes(moments: Sequence[Moment]) -> list[int | None]:
    """For each step the last one before it that changed the same node."""
    last: dict[int, int] = {}
    previous: list[int | None] = []
    for place, moment in enumerate(moments):
        previous.append(last.get(moment.act.node))
        if moment.after != moment.before:
            last[moment.act.node] = place
    return previous


def _first_signed(moments: Sequence[Moment]) -> dict[Statement, int]:
    """For each statement of an honest node the step that signed it first."""
    first: dict[Statement, int] = {}
    for place, moment in enumerate(moments):
        for output in moment.outputs:
            if isinstance(output, Send):
                for statement in statements(output.message):
                    if statement.node == moment.act.node:
                        first.setdefault(statement, place)
    return first


def sendings(moments: Sequence[Moment], network: str) -> dict[tuple[int, int, Message], int]:
    """For each delivery (its place, sender and message) the place of the step that sent it.

    Where messages persist it is the first sending, and in rounds the last before the round.  A
    message that a faulty node has changed is the one that it was.
    """
    sent: dict[tuple[int, int], dict[Message, list[int]]] = {}
    delivered: dict[tuple[int, int, Message], int] = {}
    for place, (act, _, after, outputs, _) in enumerate(moments):
        if isinstance(act.event, Received):
            sender, message = act.event.sender, act.event.message
            places = sent.get((sender, after.node), {})
            original = original_of(message, places)
            sendings = [] if original is None else places[original]
            if network != "asynchronous":
                sendings = [at for at in sendings if moments[at].act.round < act.round][-1:]
            if sendings:
                delivered[place, sender, message] = sendings[0]
        for output in outputs:
            if isinstance(output, Send):
                for recipient in output.recipients:
                    of_pair = sent.setdefault((after.node, recipient), {})
                    of_pair.setdefault(output.message, []).append(place)
    return delivered
