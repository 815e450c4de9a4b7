"""The course of a training: the learning rate."""

import pytest

from runner.datasets import DATA_SETS, DataSet
from runner.recipe import RECIPES


def test_every_data_set_has_a_recipe() -> None:
    assert set(RECIPES) == {known.name for known in DATA_SETS}


@pytest.mark.parametrize("described", DATA_SETS)
def test_one_cycle_of_the_rate(described: DataSet) -> None:
    recipe = RECIPES[described.name]
    rates = [recipe.rate_at(step / 1000) for step in range(1000)]
    top = rates.index(max(rates))
    assert rates[0] == 0
    assert max(rates) == pytest.approx(recipe.rate)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < recipe.rate / 1000


def test_digits_are_not_mirrored() -> None:
    assert not RECIPES["svhn"].mirror
