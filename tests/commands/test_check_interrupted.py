"""Ctrl-C in a real ``poqi check``: exit 3, and what was covered, for every engine.

The question is one that takes minutes with each of them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def words(text: str) -> list[str]:
    return text.split()


ONE = words("-n 4 -f 1 --views 3 --property agreement --predictions A?AB --engine")
HARD = words("-n 5 -f 1 --samples 2 --profile hardened --property integrity --workers 1")
MANY = words("-n 4 -f 1 --samples 2 --views 1 --network rounds --property integrity --workers 2")
"""A sweep of 64 settings that take a second or two each."""

QUICK = words("-n 3 -f 1 --predictions ?AA --views 1 --property integrity")
LONG = pytest.mark.long
ENGINES = [
    pytest.param([*ONE, "full"], id="full"),
    pytest.param([*ONE, "fast"], id="fast", marks=LONG),
    pytest.param(HARD, id="reduced", marks=LONG),
    pytest.param([*HARD, "--network", "rounds"], id="rounds", marks=LONG),
    pytest.param(MANY, id="two workers"),
]


@contextmanager
def checking(arguments: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """A command in a process group of its own, which does not outlive the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "poqi", "check", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def members(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(status[2]) == group and status[0] != "Z":
                found.append(int(entry.name))
    return found


def seconds_of_processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def let_work(process: "subprocess.Popen[str]", seconds: float) -> None:
    """Wait until the command has had so much of a processor, however busy the machine is."""
    while sum(seconds_of_processor(pid) for pid in members(process.pid)) < seconds:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@pytest.mark.parametrize("arguments", ENGINES)
def test_ctrl_c_ends_with_a_statement_of_what_was_covered(arguments: list[str]) -> None:
    if "fast" in arguments and find_spec("numba") is None:
        pytest.skip("the engine fast needs numba: pip install 'poqi[fast]'")
    if "fast" in arguments:
        # What is compiled is kept, and compiling it would take all of the time below.
        with checking([*QUICK, "--engine", "fast"]) as process:
            process.communicate(timeout=120)
    with checking(arguments) as process:
        let_work(process, 3.5)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert err == ""
    assert process.returncode == 3
    assert "  undetermined\n" in out
    *_, counts, scope = out.splitlines()
    assert counts.endswith("stopped: Ctrl-C was pressed")
    assert not counts.startswith("0 states")
    assert " settings were finished when Ctrl-C was pressed, " in scope
    if "--engine" in arguments:
        assert "every run of fewer than " in scope


@pytest.mark.long
def test_a_second_ctrl_c_does_not_wait() -> None:
    with checking(MANY) as process:
        let_work(process, 6)
        for _ in range(2):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.1)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "Ctrl-C was pressed" in out


def test_workers_do_not_outlive_the_command() -> None:
    with checking(MANY) as process:
        deadline = time.monotonic() + 60
        while len(members(process.pid)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        process.wait()
        while members(process.pid):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_budget_of_time_is_that_of_all_settings_together() -> None:
    with checking([*MANY, "--max-seconds", "5"]) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert " of 128 settings finished" in out
    assert "stopped: the budget of time ran out" in out
