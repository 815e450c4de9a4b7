"""The working copy of one step: the state so far and the outputs so far.

A turn lives for the length of one call of :func:`poqi_core.step.step`; seen from outside
the step is pure.
"""

from fractions import Fraction

from poqi_core.clauses import Clause
from poqi_core.config import Config
from poqi_core.messages import Message
from poqi_core.outputs import Cited, Output, Reason, Send
from poqi_core.prediction import Label, label_of
from poqi_core.state import NodeState, ViewLog

_CITED = {clause: Cited(clause) for clause in Clause}


class Turn:
    """What the arms of the transition function read and change."""

    __slots__ = ("config", "outputs", "state")

    def __init__(self, config: Config, state: NodeState) -> None:
        self.config = config
        self.state = state
        self.outputs: list[Output] = []

    @property
    def primary(self) -> int:
        """The primary of the view that the node is in."""
        return self.config.primary(self.state.view)

    @property
    def is_primary(self) -> bool:
        """Whether the node is that primary."""
        return self.primary == self.state.node

    @property
    def own_label(self) -> Label | None:
        """The node's label for its sample; None while its network has not answered."""
        prediction = self.state.prediction
        return None if prediction is None else label_of(prediction)

    @property
    def own_reward(self) -> Fraction:
        """The reward that the node has collected, by its own record."""
        return self.state.rewards[self.state.node]

    def log(self, log: ViewLog) -> None:
        """Replace the log of the current view."""
        self.state = self.state._replace(log=log)

    def cite(self, clause: Clause) -> None:
        """Note that an arm applies ``clause``."""
        self.outputs.append(_CITED[clause])

    def emit(self, output: Output) -> None:
        """Add a fact to the outputs."""
        self.outputs.append(output)

    def send(self, message: Message, *, only: int | None = None, but: int | None = None) -> None:
        """Send ``message`` to all other nodes, to ``only`` one, or to all ``but`` one."""
        node = self.state.node
        recipients = (
            tuple(peer for peer in range(self.config.nodes) if peer not in (node, but))
            if only is None
            else (only,)
        )
        if recipients and recipients != (node,):
            self.outputs.append(Send(recipients, message))

    def misplaced(self, view: int) -> Reason | None:
        """Why a message of ``view`` does not belong to the view that the node is in, if so."""
        if view == self.state.view:
            return None
        return Reason.STALE if view < self.state.view else Reason.EARLY
