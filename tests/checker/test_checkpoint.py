"""What was kept is what was found, wherever the run was killed; what was damaged is found out."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest
from random_questions import random_question

from checker import pursuit
from checker.checkpoint import archive as archives
from checker.checkpoint.archive import Archive, CheckpointError
from checker.checkpoint.kept_file import DamageError, read_value, write_value
from checker.checkpoint.log import Log, Snapshot
from checker.composition import Composition
from checker.exploration import Budget
from checker.passes import SettingResult, answer_setting
from checker.question import Question, parse_patterns
from checker.sweep import Limits, answer
from checker.verdict import Answer
from poqi_core.readings import HARDENED, PAPER

SMALL = Question(3, 1, replace(PAPER, check_final="no"), predictions=parse_patterns("A?B"), views=1)
SWEPT = Question(3, 1, replace(PAPER, check_final="no"), views=1)
SEEDS = (0, 2, 4, 6, 8)
"""Of the small ones."""
MANY_SEEDS = range(100, 200)
IDENTITY = b"a question" * 3


class KilledError(Exception):
    """Stands for kill -9."""


@dataclass
class Disk:
    """Takes a snapshot between any two levels, and kills the run after so many of them."""

    path: Path
    lives: int

    def offer(self, make: Callable[[], Snapshot]) -> None:
        write_value(self.path, IDENTITY, make())
        if self.lives == 0:
            raise KilledError
        self.lives -= 1

    def log(self, budget: Budget) -> Log:
        begun = read_value(self.path, IDENTITY, Snapshot) if self.path.exists() else None
        return Log(budget, begun, self.offer)


def attempt(question: Question, log: Callable[[Budget], Log], threads: int = 1) -> SettingResult:
    budget, setting = Budget(threads=threads), next(question.settings())
    return answer_setting(question, setting, budget, {}, Composition(), log(budget))


def assert_any_death_is_survived(
    question: Question, folder: Path, threads: int = 1, levels: int = 1
) -> int:
    """Killed after every level, or so many levels, again and again; how often that was."""
    expected = attempt(question, Log, threads)
    disk, deaths = Disk(folder / "snapshot", 0), 0
    while True:
        # Going on takes one life: the snapshot that was gone on from is taken once more.
        disk.lives = levels - (deaths == 0)
        try:
            found = attempt(question, disk.log, threads)
        except KilledError:
            deaths += 1
        else:
            assert found == expected
            return deaths


@pytest.mark.parametrize("engine", ["full", "fast", "reduced"])
def test_a_run_that_is_killed_after_every_level_finds_the_same(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "fast" and find_spec("numba") is None:
        pytest.skip("the engine fast needs numba: pip install 'poqi[fast]'")
    monkeypatch.setattr(pursuit, "_LONG", 5)
    for threads in (1, 2) if engine == "fast" else (1,):
        folder = tmp_path / str(threads)
        folder.mkdir()
        assert assert_any_death_is_survived(replace(SMALL, engine=engine), folder, threads) > 10


@pytest.mark.parametrize("engine", ["full", "reduced"])
def test_so_does_one_in_rounds(engine: str, tmp_path: Path) -> None:
    patterns = parse_patterns("AAB" if engine == "full" else "A?B")
    question = replace(SMALL, network="rounds", engine=engine, predictions=patterns)
    assert assert_any_death_is_survived(question, tmp_path, levels=2) > 2


def test_so_does_the_first_part_of_a_composition(tmp_path: Path) -> None:
    question = Question(4, 1, HARDENED, predictions=parse_patterns("?AAB"), ballots=1)
    assert assert_any_death_is_survived(question, tmp_path, levels=3) > 2


def assert_random_question_survives(seed: int, folder: Path) -> None:
    random = Random(seed)
    question = replace(random_question(random), coverage=random.random() < 0.5)
    folder.mkdir()
    assert_any_death_is_survived(question, folder, levels=random.choice((5, 8, 13)))


def test_so_do_random_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pursuit, "_LONG", 20)
    for seed in SEEDS:
        assert_random_question_survives(seed, tmp_path / str(seed))


@pytest.mark.long
def test_so_do_many_random_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pursuit, "_LONG", 20)
    for seed in MANY_SEEDS:
        assert_random_question_survives(seed, tmp_path / str(seed))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A snapshot of the unreduced engine after three levels."""
    disk = Disk(tmp_path_factory.mktemp("kept") / "snapshot", 3)
    with pytest.raises(KilledError):
        attempt(replace(SMALL, engine="full"), disk.log)
    return disk.path.read_bytes()


def test_damage_to_any_part_of_a_snapshot_is_found_out(snapshot: bytes, tmp_path: Path) -> None:
    path, random = tmp_path / "snapshot", Random(7)
    edges = [*range(60), *range(len(snapshot) - 40, len(snapshot))]
    for place in edges + random.sample(range(len(snapshot)), 200):
        path.write_bytes(
            snapshot[:place] + bytes([snapshot[place] ^ 1 << place % 8]) + snapshot[place + 1 :]
        )
        with pytest.raises(DamageError):
            read_value(path, IDENTITY, Snapshot)
        path.write_bytes(snapshot[:place])
        with pytest.raises(DamageError):
            read_value(path, IDENTITY, Snapshot)
    path.write_bytes(snapshot + b"\0")
    with pytest.raises(DamageError):
        read_value(path, IDENTITY, Snapshot)


def test_a_snapshot_of_something_else_is_refused(snapshot: bytes, tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    path.write_bytes(snapshot)
    with pytest.raises(DamageError, match="another checkpoint"):
        read_value(path, b"other" * 6, Snapshot)
    with pytest.raises(DamageError, match="holds no Composition"):
        read_value(path, IDENTITY, Composition)


class Sly:
    """A value that runs a program when it is read back by pickle alone."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return eval, ("1 + 1",)


def test_a_file_cannot_name_what_no_checkpoint_holds(tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(Sly())) == 2
    write_value(tmp_path / "sly", IDENTITY, Sly())
    with pytest.raises(DamageError, match=r"it names builtins\.eval"):
        read_value(tmp_path / "sly", IDENTITY, int)


def answered(folder: Path, question: Question = SWEPT, workers: int = 1) -> Answer:
    archive = Archive(folder, question)
    try:
        return replace(answer(question, Limits(workers=workers), archive=archive), seconds=0)
    finally:
        archive.close()


def test_finished_settings_are_kept_and_a_journal_that_was_cut_short_is_gone_on_with(
    tmp_path: Path,
) -> None:
    expected = replace(answer(SWEPT), seconds=0)
    folder = tmp_path / "kept"
    assert answered(folder) == expected
    journal = folder / "finished"
    whole = journal.read_bytes()
    ends = [0]
    while ends[-1] < len(whole):
        length = int.from_bytes(whole[ends[-1] : ends[-1] + 8], "big")
        ends.append(ends[-1] + 40 + length)
    assert len(ends) == 7
    for end in (len(whole), len(whole) - 1, ends[3], ends[3] + 5, ends[3] + 45, ends[1] - 1, 0):
        for workers in (1, 2):
            journal.write_bytes(whole[:end])
            assert answered(folder, workers=workers) == expected
            archive = Archive(folder, SWEPT)
            archive.close()
            assert len(archive.finished) == 6


def test_a_journal_with_anything_else_in_it_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    answered(folder)
    journal = folder / "finished"
    whole = journal.read_bytes()
    for place in Random(3).sample(range(8, 40 + int.from_bytes(whole[:8], "big")), 60):
        journal.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match="finished cannot be used: the digest of a rec"):
            answered(folder)


def test_a_snapshot_that_was_damaged_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    answered(folder)
    (folder / "finished").write_bytes(b"")
    (folder / "setting-2").write_bytes(b"nothing of the kind")
    for workers in (1, 2):
        with pytest.raises(CheckpointError, match="setting-2 cannot be used: it is cut short"):
            answered(folder, workers=workers)
        (folder / "finished").write_bytes(b"")


def test_the_checkpoint_of_another_question_or_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    answered(folder)
    with pytest.raises(CheckpointError, match="views is 1 there, 2 here"):
        answered(folder, replace(SWEPT, views=2))
    monkeypatch.setattr(archives, "_digest_of_sources", lambda: "changed")
    with pytest.raises(CheckpointError, match=r"another question or version \(sources is "):
        answered(folder)
    (folder / "about.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"about.json cannot be used"):
        answered(folder)


def test_a_folder_with_something_else_or_in_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(CheckpointError, match=r"holds thesis.tex and no checkpoint"):
        answered(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    monkeypatch.setattr(archives, "_PATIENCE", 0.0)
    folder = tmp_path / "kept"
    archive = Archive(folder, SWEPT)
    with pytest.raises(CheckpointError, match="is in use by another run"):
        answered(folder)
    archive.close()
    answered(folder)


def test_what_budgets_cut_short_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    archive = Archive(folder, SWEPT, every=0)
    cut = answer(SWEPT, Limits(states=100), archive=archive)
    archive.close()
    assert cut.exhausted is not None
    assert cut.finished < cut.settings
    assert answered(folder) == replace(answer(SWEPT), seconds=0)
