"""Both networks deliver everything once; only the order differs."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poqi_core.messages import Sample
from runner.network import NETWORKS, Delivery, Network
from runner.steps import Occurrence, Parcel

EVENTS = [Parcel(Occurrence(Sample(index, 0))) for index in range(6)]

SENDINGS = st.lists(
    st.tuples(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 5)), max_size=20
)


def _drained(network: Network) -> list[Delivery]:
    deliveries = []
    while (delivery := network.deliver()) is not None:
        deliveries.append(delivery)
    return deliveries


@pytest.mark.parametrize("name", list(NETWORKS))
@settings(deadline=None)
@given(sendings=SENDINGS, seed=st.integers(0, 99))
def test_what_is_sent_arrives_once_at_each_recipient(
    name: str, sendings: list[tuple[list[int], int]], seed: int
) -> None:
    network = NETWORKS[name](seed)
    for recipients, index in sendings:
        network.send(recipients, EVENTS[index])
    expected = Counter(
        (recipient, EVENTS[index]) for recipients, index in sendings for recipient in recipients
    )
    assert Counter(_drained(network)) == expected
    assert network.deliver() is None


def test_rounds_deliver_a_whole_round_before_the_next_one() -> None:
    network = NETWORKS["rounds"](0)
    network.send([0, 1], EVENTS[0])
    first = network.deliver()
    network.send([2], EVENTS[1])
    assert first == (0, EVENTS[0])
    assert _drained(network) == [(1, EVENTS[0]), (2, EVENTS[1])]


def _order(seed: int) -> tuple[int, ...]:
    network = NETWORKS["asynchronous"](seed)
    for index in range(4):
        network.send([0], EVENTS[index])
    return tuple(EVENTS.index(event) for _, event in _drained(network))


def test_messages_overtake_each_other_in_every_order_and_the_seed_repeats_it() -> None:
    orders = Counter(_order(seed) for seed in range(600))
    assert len(orders) == 24
    assert _order(5) == _order(5)
    # 600 draws from 24 equally likely orders: 25 of each, with a standard deviation of 4.9.
    assert max(orders.values()) < 50
