"""Validity: what an honest node broadcasts reaches every honest node, which acts on it in time.

"If an individual honest DNN node i broadcasts a prediction, then every honest DNN node eventually
receives" it (section III).  That it is *received* is true of any fair network, whatever the
protocol does.  That it is *acted on* in the view in which it was broadcast is up to the protocol:
a node that goes on to a later view acts on nothing of an earlier one.

In the published flow it is the primary that broadcasts its prediction, by the pre-prepare.  A node
acts on it by handing in its own or by voting against the primary, and signs either.
"""

from poqi_core.config import Config
from poqi_core.messages import (
    Commit,
    Message,
    NodePrediction,
    Prepare,
    PrePrepare,
    ViewChange,
)
from poqi_core.offences import Signed


def unheeded_broadcast(config: Config, signed: Signed) -> tuple[str, int] | None:
    """An honest node that went on without acting on what an honest primary had broadcast.

    In words, and the node.
    """
    for primary, said in sorted(signed.items()):
        for proposal in said:
            if not isinstance(proposal, PrePrepare):
                continue
            view = proposal.view
            for node, own in sorted(signed.items()):
                later = any(_view(message) > view for message in own)
                if node != primary and later and not any(_acts(message, view) for message in own):
                    words = (
                        f"node {node} went on from view {view} without acting on the prediction "
                        f"that node {primary}, its primary, had broadcast"
                    )
                    return words, node
    return None


def _acts(message: Message, view: int) -> bool:
    """Whether a message shows that its sender has acted on the proposal of ``view``."""
    if isinstance(message, ViewChange):
        return message.objection and message.view == view + 1
    return isinstance(message, NodePrediction) and message.view == view


def _view(message: Message) -> int:
    """The view in which a message was sent; -1 if it does not say."""
    if isinstance(message, ViewChange):
        return message.view - 1
    of_view = PrePrepare | NodePrediction | Prepare | Commit
    return message.view if isinstance(message, of_view) else -1
