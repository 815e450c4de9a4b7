"""Which clauses a test makes the core apply, and which functions of the core it calls.

The tests run in a pytest of their own, to which this module is a plugin: while a test runs, every
call is looked at.  A story is run by the test that tells it.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CORE = f"{ROOT / 'poqi_core'}{os.sep}"

_FILE = "POQI_EXERCISED"
"""The environment variable that names the file into which the plugin writes."""

_TELLING = "test_scenarios.py::test_the_core_tells_the_story_as_written"


class Exercised(NamedTuple):
    """What a test exercises: names of clauses, and functions as module and qualified name."""

    clauses: frozenset[str]
    functions: frozenset[str]


def exercise(names: Iterable[str], folder: Path) -> Mapping[str, Exercised]:
    """Run tests and stories of this folder by their names; what each of them exercises."""
    identifiers = {f"tests/core/{_identifier(name)}": name for name in names}
    file = folder / "exercised.json"
    path = os.pathsep.join([str(HERE), *sys.path])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "exercised", *identifiers],
        cwd=ROOT,
        env={**os.environ, _FILE: str(file), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, Exercised] = {}
    for identifier, clauses, functions in json.loads(file.read_text(encoding="utf-8")):
        whole = identifier if identifier in identifiers else identifier.partition("[")[0]
        name = identifiers[whole]
        before = found.get(name, Exercised(frozenset(), frozenset()))
        found[name] = Exercised(before.clauses.union(clauses), before.functions.union(functions))
    return found


def _identifier(name: str) -> str:
    """What pytest calls a story or a test."""
    if name.endswith(".txt"):
        return f"{_TELLING}[{name.removesuffix('.txt')}]"
    for file in sorted(HERE.glob("test_*.py")):
        if re.search(rf"^def {name}\(", file.read_text(encoding="utf-8"), re.M):
            return f"{file.name}::{name}"
    raise LookupError(f"there is no test {name}")


_RECORDED: list[tuple[str, list[str], list[str]]] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Look at every call while a test runs."""
    clauses, functions = set[str](), set[str]()

    def look(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(CORE):
            functions.add(f"{Path(code.co_filename).stem}.{code.co_qualname}")
            if code.co_qualname == "Turn.cite":
                clauses.add(frame.f_locals["clause"].name)

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)
        _RECORDED.append((item.nodeid, sorted(clauses), sorted(functions)))


def pytest_sessionfinish() -> None:
    """Write down what was seen."""
    file = os.environ.get(_FILE)
    if file is not None:
        Path(file).write_text(json.dumps(_RECORDED), encoding="utf-8")
