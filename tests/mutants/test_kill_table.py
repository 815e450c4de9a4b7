"""The checker and the proofs, which nobody's unit tests help, find mutants of the core out."""

from dataclasses import replace
from pathlib import Path

import pytest
from catalogue import MUTANTS
from kill_table import Fate, Kills, first_kill
from mutant_questions import QUESTIONS
from mutation import CORE, Mutant, MutationError

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}

QUICK = {
    "everybody-proposes": Fate.VIOLATES,
    "conflict-a-view-early": Fate.VIOLATES,
    "forged-pre-prepare": Fate.VIOLATES,
    "decides-below-a-quorum": Fate.OTHERWISE,
    "proof-of-nobody": Fate.NOT_ADMITTED,
    "proof-of-any-evidence": Fate.EQUIVALENT,
}
"""Mutants that are answered in a second or two, one for each way to be found out."""


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> Kills:
    return Kills(tmp_path_factory.mktemp("cores"))


@pytest.mark.parametrize("name", QUICK)
def test_a_sample_is_found_out(name: str, kills: Kills) -> None:
    assert kills.row(BY_NAME[name]).fate is QUICK[name]


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_is_killed_or_equivalent(mutant: Mutant, kills: Kills) -> None:
    row = kills.row(mutant)
    assert row.fate is not Fate.SURVIVES
    assert (row.fate is Fate.EQUIVALENT) == bool(mutant.equivalent)


def test_a_mutant_that_changes_nothing_survives(kills: Kills) -> None:
    """So the table does not call killed whatever it is given."""
    mutant = BY_NAME["everybody-proposes"]
    unchanged = replace(mutant, name="unchanged", after=f"{mutant.before}  # as it was")
    assert kills.row(unchanged).fate is Fate.SURVIVES


def test_a_mutant_is_not_equivalent_since_somebody_says_so(kills: Kills) -> None:
    claimed = replace(BY_NAME["collects-one-more"], name="claimed", equivalent="it is said to be")
    assert kills.row(claimed).fate is Fate.VIOLATES


def test_each_mutant_changes_one_line_of_the_core_and_is_a_program() -> None:
    for mutant in MUTANTS:
        before = (CORE / mutant.file).read_text(encoding="utf-8").splitlines()
        after = mutant.source().splitlines()
        changed = [place for place, line in enumerate(before) if line != after[place]]
        assert len(before) == len(after), mutant.name
        assert len(changed) == 1, mutant.name
        compile(mutant.source(), mutant.file, "exec")


def test_the_catalogue_reaches_every_room_of_the_protocol() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 40
    assert {mutant.file for mutant in MUTANTS} >= {
        "ballots.py",
        "config.py",
        "conflict.py",
        "judgement.py",
        "normal_operation.py",
        "rewards.py",
        "step.py",
        "tallies.py",
        "view_change.py",
    }
    assert {name for mutant in MUTANTS for name in mutant.questions} == set(QUESTIONS)


def test_a_line_that_is_not_in_the_core_is_noticed(tmp_path: Path) -> None:
    stale = replace(MUTANTS[0], before="if the_core_has_changed:")
    with pytest.raises(MutationError, match="bring the catalogue up to date"):
        stale.write(tmp_path)


def test_an_answer_that_nobody_has_kills_nothing() -> None:
    held = {"agreement": "holds", "states": "10"}
    assert first_kill(held, {"agreement": "undetermined", "states": "9"}) is None
    assert first_kill(held, {"agreement": "holds", "states": "9"}) is None
    unknown = {"agreement": "undetermined", "states": "10"}
    assert first_kill(unknown, {"agreement": "holds", "states": "9"}) is None
    assert first_kill(held, {"agreement": "violated in 3 steps", "states": "9"}) == (
        Fate.VIOLATES,
        "agreement in 3 steps",
    )
