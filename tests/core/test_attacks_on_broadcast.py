"""What a faulty node can send in a broadcast, and what it gains by it: nothing.

A chain too early, too late, of another sender, twice, with too few signatures or of what does not
exist has no effect, and says why.
"""

from dataclasses import replace

import pytest
from core_broadcast import chain, end_round, in_round
from core_world import World

from poqi_core import SYNCHRONOUS, Config
from poqi_core.messages import NextSample, Received, RoundEnded, Sample, SignedPrediction
from poqi_core.outputs import Reason
from poqi_core.state import BroadcastLog
from poqi_core.step import may_heed

A, B = range(2)


def test_attack_chain_of_another_sender() -> None:
    asked = in_round(1)
    assert asked.receive(2, 0, chain(A, "1")).ignored is Reason.NOT_THE_SENDER


@pytest.mark.parametrize(
    "relay",
    [
        chain(-1, "1"),
        replace(chain(A, "1"), signers=-1),
        replace(chain(A, "1"), signers=0b1010),
        replace(chain(A, "1"), prediction=SignedPrediction(3, 0, A)),
        replace(chain(A, "1"), prediction=SignedPrediction(-1, 0, A)),
    ],
)
def test_attack_chain_of_what_does_not_exist(relay: object) -> None:
    asked = in_round(1)
    assert asked.receive(1, 0, relay).ignored is Reason.MALFORMED  # type: ignore[arg-type]


def test_attack_chain_without_its_author_or_its_sender() -> None:
    """Signatures of others are no proof of what the author predicts, nor that the sender has it."""
    asked = in_round(1)
    without_author = replace(chain(B, "1"), prediction=SignedPrediction(2, 0, B))
    assert asked.receive(1, 0, without_author).ignored is Reason.TOO_FEW_SIGNATURES
    assert asked.receive(1, 0, chain(B, "2", sender=1)).ignored is Reason.TOO_FEW_SIGNATURES


def test_attack_chain_twice() -> None:
    asked = in_round(1)
    assert asked.receive(1, 0, chain(A, "1")).ignored is None
    assert asked.receive(1, 0, chain(A, "1")).ignored is Reason.DUPLICATE
    assert asked.receive(2, 0, chain(A, "12")).ignored is Reason.DUPLICATE


def test_attack_own_prediction_comes_back() -> None:
    asked = in_round(1)
    assert asked.receive(1, 0, chain(A, "01")).ignored is Reason.DUPLICATE


@pytest.mark.parametrize("sample", [0, 2])
def test_attack_chain_of_another_sample(sample: int) -> None:
    reason = Reason.STALE if sample == 0 else Reason.EARLY
    asked = World(Config(3, 1, SYNCHRONOUS, samples=3), faulty=[1, 2])
    asked.happen(0, NextSample(1, 3))
    relay = chain(A, "1", sample=sample)
    assert asked.happen(0, Sample(sample, A)).ignored is reason
    assert asked.receive(1, 0, relay).ignored is reason
    assert asked.happen(0, RoundEnded(sample, 0)).ignored is reason
    assert may_heed(asked.config, asked.states[0], relay) is (sample == 2)


def test_attack_chain_before_the_sample_or_in_its_round() -> None:
    asked = World(Config(3, 1, SYNCHRONOUS, samples=1), faulty=[1, 2])
    assert asked.receive(1, 0, chain(A, "1")).ignored is Reason.EARLY
    assert asked.happen(0, RoundEnded(0, 0)).ignored is Reason.EARLY
    asked.sample(0, "A??")
    assert asked.receive(1, 0, chain(A, "1")).ignored is Reason.EARLY
    assert asked.happen(0, Sample(0, A)).ignored is Reason.DUPLICATE


def test_attack_rounds_out_of_order() -> None:
    asked = in_round(1)
    assert asked.happen(0, RoundEnded(0, 0)).ignored is Reason.STALE
    assert asked.happen(0, RoundEnded(0, 2)).ignored is Reason.EARLY


def test_attack_chain_when_all_is_over() -> None:
    asked = in_round(2)
    end_round(asked, 2)
    assert asked.receive(1, 0, chain(A, "12")).ignored is Reason.NOT_THE_SENDER
    assert asked.receive(2, 0, chain(A, "12")).ignored is Reason.FINISHED
    assert asked.states[0].broadcast == BroadcastLog()
    assert not may_heed(asked.config, asked.states[0], chain(A, "1"))


def test_a_chain_that_comes_before_its_sample_is_kept_where_that_is_asked() -> None:
    asked = World(Config(3, 1, SYNCHRONOUS, samples=2, keep_early=True), faulty=[1, 2])
    asked.receive(1, 0, chain(B, "1"))
    assert asked.states[0].early == (Received(1, chain(B, "1")),)
    asked.sample(0, "A??")
    end_round(asked, 0)
    assert not asked.states[0].early
    assert [signed.label for signed in asked.states[0].broadcast.accepted] == [A, B]
