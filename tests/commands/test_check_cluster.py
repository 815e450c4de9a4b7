"""``poqi check --cluster``: three workers of Ray find what one engine finds, and may die."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from poqi.main import main
from poqi.ray_cluster import connected

ROOT = Path(__file__).parent.parent.parent
Capture = pytest.CaptureFixture[str]


def words(text: str) -> list[str]:
    return text.split()


SPLIT = words("-n 3 -f 1 --views 1 --predictions ?AA --reading check_final=no --engine full")
SAFETY = words("--property agreement --property decided-validity --property integrity")
LONG = words("-n 4 -f 1 --views 2 --predictions A?AB --engine full --property agreement")
needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="needs ray: pip install 'poqi[cluster]'"
)


def found(out: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(out)
    assert answer.pop("seconds") is not None
    return answer


@pytest.mark.long
@needs_ray
def test_three_workers_give_the_counts_verdicts_and_counterexample_of_one_engine(
    capsys: Capture, tmp_path: Path
) -> None:
    answers, traces = [], []
    for place, more in enumerate(([], ["--cluster", "local", "--partitions", "3"])):
        path = tmp_path / f"{place}.itf.json"
        assert main(["check", *SPLIT, *SAFETY, *more, "--json", "--trace", str(path)]) == 1
        answer = found(capsys.readouterr().out.replace(str(path), "TRACE"))
        answers.append(answer)
        traces.append(json.loads(path.read_text(encoding="utf-8"))["states"])
    assert answers[0] == answers[1]
    assert traces[0] == traces[1]


def descendants(pid: int) -> list[int]:
    """Those that had not ended when they were looked at."""
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                children += [int(child), *descendants(int(child))]
    return children


def is_worker(pid: int) -> bool:
    with suppress(OSError):
        return b"ray::_Actor" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


@pytest.mark.long
@needs_ray
def test_a_worker_that_is_killed_leaves_the_verdict_undetermined() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "poqi", "check", *LONG, "--cluster", "local"],
        cwd=ROOT,
        # Ray tells the processes of a session that they are of it.
        env={name: value for name, value in os.environ.items() if not name.startswith("RAY_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        victims: list[int] = []
        while not victims:
            assert process.poll() is None, process.communicate()
            victims = [pid for pid in descendants(process.pid) if is_worker(pid)]
            time.sleep(0.2)
        time.sleep(3)
        os.kill(victims[0], signal.SIGKILL)
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 3
    assert "agreement  undetermined" in out
    assert "stopped: a worker of the cluster died" in out


@pytest.mark.long
@needs_ray
def test_what_ray_prints_does_not_get_into_the_answer(capsys: Capture) -> None:
    with connected("local", "--cluster"):
        print("The node with node id 0 has been marked dead")
    out, err = capsys.readouterr()
    assert out == ""
    assert "has been marked dead" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--partitions 3", "--partitions needs --cluster ADDRESS"),
        ("--cluster local", "add --engine full"),
        ("--cluster local --engine full", "cannot tell whether runs come to an end"),
        ("--cluster local --engine full --partitions 0", "--partitions must be 1 or more"),
        ("--cluster local --engine full --property integrity --coverage", "leave out --coverage"),
    ],
)
def test_what_cannot_be_partitioned_is_refused(
    capsys: Capture, arguments: str, message: str
) -> None:
    assert main(["check", *words("-n 4 -f 1 --predictions ?AAB"), *words(arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
