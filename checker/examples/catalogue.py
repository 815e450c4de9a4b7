"""All examples, in the order of lists."""

from checker.examples import paxos, pbft, reliable_broadcast, two_phase_commit

EXAMPLES = (
    two_phase_commit.EXAMPLE,
    reliable_broadcast.EXAMPLE,
    paxos.EXAMPLE,
    pbft.EXAMPLE,
)
