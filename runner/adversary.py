"""Faulty nodes: what they show to whom.

The paper's faulty nodes are "transmitting randomized DNN inference results" (section IV).
Here such a node takes part in every step, but shows each receiver another output: towards
one receiver it behaves exactly like a correct node whose network gave the vector that it
drew for this receiver.  So, as a primary, it sends each receiver the pre-prepare, the prepare
and, should it come to that, the decision of a label drawn for it; as a validator it votes
against the primary before those whose vector happens to carry another label, and hands in its
prediction, prepares and commits before the others.

That is a Byzantine fault, and not only noise: it equivocates, so that honest nodes can count
different votes and different quorums in one view.  It is not the worst one: a faulty node
could choose instead of drawing, and send what no correct node would.

Technically it is one run of the core for each receiver (a *face*), of which only what goes to
this receiver leaves the node.  Thus nothing of the protocol is imitated here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FaultyOutputs:
    """The outputs that faulty nodes show.

    Attributes:
        nodes: the faulty nodes, in ascending order.
        vectors: float64, shape (faulty nodes, receivers, samples, classes), where the
            receivers are all N nodes; what a node shows to itself is not used.
    """

    nodes: tuple[int, ...]
    vectors: NDArray[np.float64]

    def shown(self, node: int, receiver: int) -> NDArray[np.float64]:
        """What the faulty ``node`` shows ``receiver``: shape (samples, classes)."""
        result: NDArray[np.float64] = self.vectors[self.nodes.index(node), receiver]
        return result


def draw_outputs(
    faulty: Sequence[int],
    *,
    nodes: int,
    samples: int,
    classes: int,
    seed: int,
    amplitude: float = 1.0,
) -> FaultyOutputs:
    """Random outputs, drawn afresh for each faulty node, receiver and sample.

    Each vector is uniformly distributed over the probability simplex and then multiplied by
    ``amplitude``.  With 1 it is a softmax output like any other.  The protocol looks at labels
    alone and is not affected by more, but an average is, as no rule of the paper checks
    that an output sums up to 1.

    What one node shows for one sample depends on the seed, the node and the sample alone, not
    on the other faulty nodes or on how many samples follow.

    Raises:
        ValueError: the amplitude is not positive and finite.
    """
    if not 0 < amplitude < float("inf"):
        raise ValueError(f"the amplitude must be a positive number, not {amplitude}")
    drawn = np.empty((len(faulty), nodes, samples, classes))
    for place, node in enumerate(sorted(faulty)):
        generator = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(node,)))
        )
        # Independent exponential variates over their sum are uniform on the simplex.
        variates = generator.standard_exponential((samples, nodes, classes))
        simplex = variates / variates.sum(axis=-1, keepdims=True)
        drawn[place] = amplitude * simplex.transpose(1, 0, 2)
    return FaultyOutputs(tuple(sorted(faulty)), drawn)
