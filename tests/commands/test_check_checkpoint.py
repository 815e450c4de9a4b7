"""``poqi check --checkpoint``: kill -9 at any moment, full disks, and what is refused."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from poqi.main import main

ROOT = Path(__file__).parent.parent.parent
Capture = pytest.CaptureFixture[str]
SEED = 20


def words(text: str) -> list[str]:
    return text.split()


ONE = words("-n 4 -f 1 --predictions ?AAB --views 1 --engine full")
"""Some seconds in one exploration."""
SWEEP = words("-n 3 -f 1 --views 1 --samples 2 --reading check_final=no")
QUICK = words("-n 3 -f 1 --views 1 --property integrity")


def command(arguments: list[str], folder: Path | None) -> list[str]:
    kept = [] if folder is None else ["--checkpoint", str(folder), "--checkpoint-every", "0"]
    return [sys.executable, "-m", "poqi", "check", *arguments, "--json", *kept]


def start(
    arguments: list[str], folder: Path | None, prepare: Callable[[], None] | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command(arguments, folder),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=prepare,
    )


def found(out: str) -> dict[str, object]:
    """All of an answer but the time that it took."""
    answer: dict[str, object] = json.loads(out)
    assert answer.pop("seconds") is not None
    return answer


def assert_survives(arguments: list[str], folder: Path, kills: int, random: Random) -> None:
    """The same answer after so many kills, at moments drawn over the time that a run takes."""
    started = time.monotonic()
    undisturbed = start(arguments, None)
    expected = found(undisturbed.communicate()[0])
    whole = time.monotonic() - started
    for _ in range(kills):
        process = start(arguments, folder)
        try:
            process.communicate(timeout=random.uniform(0.3, whole))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
    last = start(arguments, folder)
    out, err = last.communicate()
    assert found(out) == expected, err
    assert last.returncode == undisturbed.returncode


def test_after_kill_9_at_any_moment_one_exploration_goes_on_to_the_same(tmp_path: Path) -> None:
    assert_survives(ONE, tmp_path / "kept", 2, Random(SEED))


def test_after_kill_9_at_any_moment_a_sweep_of_two_workers_goes_on_to_the_same(
    tmp_path: Path,
) -> None:
    assert_survives([*SWEEP, "--workers", "2"], tmp_path / "kept", 2, Random(SEED))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "arguments",
    [
        ONE,
        [*ONE[:-1], "fast"],
        [*ONE[:-2], "--coverage"],
        [*SWEEP, "--network", "rounds"],
        [*SWEEP, "--workers", "2"],
        words("-n 4 -f 1 --profile hardened --ballots 1 --workers 2"),
    ],
    ids=["full", "fast", "reduced", "rounds", "workers", "hardened"],
)
def test_after_many_kills_everything_goes_on_to_the_same(
    tmp_path: Path, arguments: list[str], seed: int
) -> None:
    assert_survives(arguments, tmp_path / "kept", 6, Random(seed))


def test_a_disk_that_is_full_costs_the_checkpoint_and_nothing_else(tmp_path: Path) -> None:
    def allow_little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    expected = found(start(ONE, None).communicate()[0])
    folder = tmp_path / "kept"
    process = start(ONE, folder, allow_little)
    out, err = process.communicate()
    assert found(out) == expected
    (line,) = err.splitlines()
    assert line.startswith(f"poqi check: cannot write {folder}")
    assert "File too large; the run goes on without" in line
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_the_same_command_answers_at_once_and_says_so(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    arguments = ["check", *QUICK, "--json", "--checkpoint", str(folder)]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert main([*arguments, "--resume"]) == 0
    again, err = capsys.readouterr()
    assert found(again) == found(out)
    assert err == f"poqi check: goes on from {folder}: 6 of 6 settings are finished\n"


def test_misuse_and_damage_are_answered_with_one_line_and_2(
    capsys: Capture, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"

    def refused(*more: str) -> str:
        assert main(["check", *QUICK, *more]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        return err

    assert "--resume needs --checkpoint FOLDER" in refused("--resume")
    kept = ["--checkpoint", str(folder)]
    assert "holds no checkpoint to go on from" in refused(*kept, "--resume")
    assert "--checkpoint-every must be 0 or more" in refused(*kept, "--checkpoint-every", "-1")
    assert "cannot keep a checkpoint in" in refused("--checkpoint", str(folder / "deeper"))
    assert main(["check", *QUICK, *kept]) == 0
    capsys.readouterr()
    assert "labels is 2 there, 3 here" in refused(*kept, "--labels", "3")
    journal = folder / "finished"
    journal.write_bytes(journal.read_bytes().replace(b"Verdict", b"verdict").replace(b"0", b"1"))
    assert "finished cannot be used: the digest of a record" in refused(*kept)


@pytest.mark.long
def test_damage_by_chance_is_an_error_and_never_a_wrong_answer(
    capsys: Capture, tmp_path: Path
) -> None:
    """A bit that flips, bytes that are others, and files that are cut short, in any file."""
    small = words("-n 3 -f 1 --views 1 --predictions ?AB --engine full --workers 1")
    kept, damaged = tmp_path / "kept", tmp_path / "damaged"
    interrupted = ["--checkpoint", str(kept), "--checkpoint-every", "0", "--max-states", "300"]
    main(["check", *small, *interrupted])
    assert (kept / "setting-0").stat().st_size > 1_000
    random = Random(SEED)
    for _ in range(300):
        shutil.rmtree(damaged, ignore_errors=True)
        shutil.copytree(kept, damaged)
        path = damaged / random.choice(("about.json", "setting-0"))
        content = bytearray(path.read_bytes())
        place = random.randrange(len(content))
        match random.choice(("flip", "cut", "other")):
            case "flip":
                content[place] ^= 1 << random.randrange(8)
            case "cut":
                del content[place:]
            case "other":
                content[place] = (content[place] + random.randrange(1, 256)) % 256
        path.write_bytes(bytes(content))
        capsys.readouterr()
        assert main(["check", *small, "--checkpoint", str(damaged)]) == 2
        assert capsys.readouterr().out == ""
