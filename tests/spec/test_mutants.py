"""What is compared is compared in earnest: mutants of either side are noticed.

Mutants of the core come from the table of mutants that the whole of the tests shares; each runs
in a process of its own against state graphs of TLC.  Mutants of the specification are listed
beside this file; TLC explores them, and the core shows the difference.
"""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import tlc
from catalogue import MUTANTS
from configurations import Configuration, table, written
from explored import VARIABLES, explored
from mutants_of_the_specification import SPEC_MUTANTS, SpecMutant
from mutation import Mutant
from state_graph import differences

needs_tlc = pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATHS = (ROOT, HERE, HERE.parent / "checker")

ROWS = {str(row): row for row in table()}

EYES = ("P20", "H14", "P10")
"""Three small configurations that notice most mutants of the core."""

BY_NAME = {mutant.name: mutant for mutant in MUTANTS if not mutant.equivalent}

A_SAMPLE = (
    "everybody-proposes",
    "final-not-checked",
    "relays-for-anybody",
    "own-prepare-uncounted",
    "commits-below-a-quorum",
    "commits-what-it-did-not-prepare",
    "own-commit-uncounted",
    "decides-below-a-quorum",
    "rewards-itself",
    "decision-not-conveyed",
    "agrees-with-other-labels",
    "own-vote-uncounted",
    "primary-votes",
    "votes-kept",
    "conflict-a-view-late",
    "labels-kept-for-the-next-sample",
    "two-thirds-lost",
    "locks-do-not-bind",
    "lock-forgotten",
    "repaired-commits-below-a-quorum",
    "evidence-of-too-few",
    "rejected-primary-gains",
    "quorum-of-2f",
    "half-does-not-reject",
)
"""Mutants of the core that every run of the tests looks at."""

UNNOTICED = {
    "prepares-of-anybody",
    "obeys-anybody",
    "pre-prepare-of-anybody",
    "word-of-anybody",
    "forged-commit",
    "forged-decision",
    "forged-evidence-message",
    "forged-pre-prepare",
    "forged-prediction",
    "forged-vote",
    "prepares-in-a-ballot-that-it-left",
    "prepares-any-evidence",
    "lock-of-other-evidence",
    "lock-below-a-quorum",
    "lock-of-nobody",
    "leader-takes-the-lowest-lock",
    "proof-below-a-quorum",
    "proof-of-nobody",
    "one-node-twice",
}
"""Mutants that no configuration of the table tells apart.

Most heed what the adversary of checker and specification never sends, as it would have no effect:
a message in the name of another, the word of a node that does not have the say, evidence that is
none, a lock that is none.  The
others need more nodes and ballots than the table's configurations have.
"""


def graph_files(rows: Iterable[Configuration], folder: Path) -> list[Path]:
    """TLC's graphs, each pickled beside its row."""
    files = []
    for number, row in enumerate(rows):
        graph = tlc.run(row.model, folder / str(number), graph=True).graph(VARIABLES[row.network])
        files.append(folder / f"{number}.pickle")
        files[-1].write_bytes(pickle.dumps((written(row), graph)))
    return files


@pytest.fixture(scope="module")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return graph_files((ROWS[name] for name in EYES), tmp_path_factory.mktemp("eyes"))


@pytest.fixture(scope="module")
def all_rows(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return graph_files(ROWS.values(), tmp_path_factory.mktemp("rows"))


def difference(mutant: Mutant | None, files: Sequence[Path]) -> str:
    """The first difference between a mutated core and TLC; for None, of the core as it is."""
    with TemporaryDirectory() as folder:
        if mutant is None:
            shutil.copytree(ROOT / "poqi_core", Path(folder) / "poqi_core")
        else:
            mutant.write(Path(folder))
        path = os.pathsep.join([folder, *map(str, PATHS)])
        ran = subprocess.run(
            [sys.executable, str(HERE / "compare_mutant.py"), folder, *map(str, files)],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
    return ran.stdout


@needs_tlc
@pytest.mark.parametrize("name", A_SAMPLE)
def test_a_mutant_of_the_core_is_noticed(name: str, eyes: list[Path]) -> None:
    assert difference(BY_NAME[name], eyes), BY_NAME[name].meaning


@needs_tlc
def test_the_core_itself_is_not(eyes: list[Path]) -> None:
    assert difference(None, eyes) == ""


@pytest.mark.long
@needs_tlc
@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - UNNOTICED))
def test_every_mutant_of_the_core_is_noticed(name: str, all_rows: list[Path]) -> None:
    assert difference(BY_NAME[name], all_rows), BY_NAME[name].meaning


def test_few_mutants_of_the_core_are_left_out() -> None:
    assert BY_NAME.keys() >= UNNOTICED
    assert len(UNNOTICED) < len(BY_NAME) / 4


def differs(mutant: SpecMutant, row: Configuration, folder: Path) -> bool:
    """Whether TLC finds another graph of the mutated specification than the core has."""
    spec = folder / "spec"
    shutil.copytree(tlc.SPEC, spec, ignore=shutil.ignore_patterns("*.md", "*.txt"))
    module = spec / f"{mutant.module}.tla"
    text = module.read_text(encoding="utf-8")
    assert text.count(mutant.before) == 1, f"{mutant.before!r} is not once in {module.name}"
    module.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
    found = explored(row.setting, row.network, 20_000)
    assert found is not None
    graph = tlc.run(row.model, folder / "run", graph=True, spec=spec).graph(VARIABLES[row.network])
    return any(differences(graph, found.graph))


@needs_tlc
@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(mutant, id=mutant.name, marks=[pytest.mark.long] if place % 2 else [])
        for place, mutant in enumerate(SPEC_MUTANTS)
    ],
)
def test_a_mutant_of_the_specification_is_noticed(mutant: SpecMutant, tmp_path: Path) -> None:
    assert differs(mutant, ROWS[mutant.row], tmp_path)
