"""Forgetting who signed a certificate, and finding out again.

The core asks of a certificate how many nodes signed it, never which.  So a step on states and
messages in which every certificate names the same signers, as many as there are, leads where the
step on the real ones leads, with the signers forgotten: forgetting them is a strong
bisimulation.  A run that was found in this way is made concrete by replaying it on the core.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checker.setting import Setting
from poqi_core.messages import (
    BallotChange,
    DecisionProof,
    Message,
    PreparedCertificate,
    Proposal,
    Received,
)
from poqi_core.outputs import Output, Send
from poqi_core.run import Act
from poqi_core.state import NodeState, initial
from poqi_core.step import step


def _blind(certificate: PreparedCertificate | None) -> PreparedCertificate | None:
    if certificate is None:
        return None
    return replace(certificate, signers=_first(certificate.signers))


def _first(signers: int) -> int:
    """As many nodes, the lowest ones."""
    return (1 << signers.bit_count()) - 1


def blind_state(state: NodeState) -> NodeState:
    """``state`` with the signers of its certificates forgotten."""
    log = state.ballots
    if log.lock is None and log.highest is None:
        return state
    return state._replace(ballots=log._replace(lock=_blind(log.lock), highest=_blind(log.highest)))


def blind_message(message: Message) -> Message:
    """``message`` with the signers of its certificates forgotten."""
    match message:
        case Proposal() | BallotChange() if message.lock is not None:
            return replace(message, lock=_blind(message.lock))
        case DecisionProof():
            return replace(message, signers=_first(message.signers))
        case _:
            return message


def blind_output(output: Output) -> Output:
    """``output`` with the signers of the certificates that it sends forgotten."""
    return (
        replace(output, message=blind_message(output.message))
        if isinstance(output, Send)
        else output
    )


def concrete(setting: Setting, acts: Iterable[Act]) -> Iterator[Act]:
    """The acts with the messages that honest nodes really sent in place of the blind ones."""
    nodes = setting.config.nodes
    states = {
        process: initial(setting.config, process % nodes, setting.start_view)
        for process in setting.processes
    }
    sent: dict[tuple[int, Message], Message] = {}
    for act in acts:
        event = act.event
        if isinstance(event, Received) and event.sender in setting.honest:
            event = replace(event, message=sent[event.sender, event.message])
        yield act._replace(event=event)
        states[act.node], outputs = step(setting.config, states[act.node], event)
        for output in outputs:
            if isinstance(output, Send):
                sent.setdefault((act.node, blind_message(output.message)), output.message)
