"""Which input sample a node waits for."""

from poqi_core import Config, initial
from poqi_core.state import awaited_sample


def test_a_node_waits_for_its_sample_until_its_network_has_answered() -> None:
    waiting = initial(Config(4, 1), 2)
    assert awaited_sample(waiting) == 0
    assert awaited_sample(waiting._replace(prediction=1)) is None


def test_a_node_that_stays_in_a_decided_view_waits_for_the_next_sample() -> None:
    decided = initial(Config(4, 1), 2)._replace(sample=3, prediction=1, decided=True)
    assert awaited_sample(decided) == 4
