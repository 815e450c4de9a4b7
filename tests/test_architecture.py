"""Which room may import which, and where the protocol is allowed to be.

poqi_core imports nothing of ours and only a few modules of the standard library: it cannot do
input or output, read a clock or draw a random number.  Checker, runner and traces know the
core alone; the command line knows all of them and none of them knows it.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("poqi_core", "checker", "runner", "traces", "poqi")
MAY_IMPORT = {
    "poqi_core": {"poqi_core"},
    "checker": {"poqi_core", "checker"},
    "runner": {"poqi_core", "runner"},
    "traces": {"poqi_core", "traces"},
    "poqi": set(ROOMS),
}
PURE = {
    "copy",
    "collections",
    "dataclasses",
    "enum",
    "fractions",
    "functools",
    "itertools",
    "re",
    "statistics",
    "typing",
}
INSIDE_THE_CORE = {
    "poqi_core.ballots",
    "poqi_core.broadcast",
    "poqi_core.conflict",
    "poqi_core.normal_operation",
    "poqi_core.rewards",
    "poqi_core.settlement",
    "poqi_core.tallies",
    "poqi_core.turn",
    "poqi_core.view_change",
}
ARITHMETIC_OF_THE_PROTOCOL = {"rejects", "conflict_after", "objectors", "penalise", "keep_majority"}


class Import(NamedTuple):
    path: Path
    module: str

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def trees(room: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sources(room):
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, alias.name)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            yield Import(path, node.module)
            for alias in node.names:
                yield Import(path, f"{node.module}.{alias.name}")


def imports_of(room: str) -> list[Import]:
    return [found for path, tree in trees(room) for found in imports(path, tree)]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_that_it_may(room: str) -> None:
    assert sources(room), f"there is no room {room}"
    ours = [found for found in imports_of(room) if found.top in ROOMS]
    assert [found for found in ours if found.top not in MAY_IMPORT[room]] == []


def test_the_core_imports_little_of_the_standard_library_and_nothing_else() -> None:
    foreign = [found for found in imports_of("poqi_core") if found.top != "poqi_core"]
    assert [found for found in foreign if found.top not in PURE] == []
    assert sys.stdlib_module_names >= PURE


def test_the_core_does_no_input_or_output_and_keeps_no_global() -> None:
    for path, tree in trees("poqi_core"):
        for node in ast.walk(tree):
            assert not isinstance(node, ast.Global | ast.Nonlocal), path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("open", "print", "input", "exec", "eval"), path


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "poqi_core"])
def test_no_room_reaches_into_the_arms_of_the_transition_function(room: str) -> None:
    assert [found for found in imports_of(room) if found.module in INSIDE_THE_CORE] == []


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "poqi_core"])
def test_no_room_does_the_arithmetic_of_the_protocol_itself(room: str) -> None:
    """Votes, penalties and thresholds are the core's; others may show them at most."""
    for path, tree in trees(room):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in ARITHMETIC_OF_THE_PROTOCOL, path
            if isinstance(node, ast.Constant):
                assert node.value != 0.51, f"{path} repeats eq. (6)"


def test_every_room_is_typed() -> None:
    assert all((ROOT / room / "py.typed").exists() for room in ROOMS)


def test_the_command_line_loads_no_room_until_it_needs_one() -> None:
    program = "import sys, poqi.main; print(*{name.partition('.')[0] for name in sys.modules})"
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(shown.stdout.split())
    assert "poqi" in loaded
    assert loaded.isdisjoint({"checker", "runner", "traces", "poqi_core", "numpy", "numba"})


def test_a_forbidden_import_would_be_noticed() -> None:
    tree = ast.parse("def later() -> None:\n    import random\n    from poqi.main import main\n")
    found = [found.module for found in imports(Path("x.py"), tree)]
    assert found == ["random", "poqi.main", "poqi.main.main"]
