"""The test that ``poqi show --pytest`` prints passes, and is laid out like our own."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from trace_runs import by_name

import traces

ROOT = Path(__file__).parents[2]
NAMES = list(by_name())


def _run(source: str) -> None:
    """Run the tests of a printed module."""
    module: dict[str, object] = {}
    exec(compile(source, "printed", "exec"), module)
    tests = [test for name, test in module.items() if name.startswith("test_")]
    assert len(tests) == 1
    assert callable(tests[0])
    tests[0]()


@pytest.mark.parametrize("name", NAMES)
def test_the_printed_test_passes(name: str) -> None:
    _run(traces.pytest_text(by_name()[name].trace()))


def test_the_printed_test_fails_where_the_core_does_not_break_the_property() -> None:
    trace = by_name()["forged final"].trace()
    checks = replace(trace.run.config.readings, check_final="yes")
    config = replace(trace.run.config, readings=checks)
    source = traces.pytest_text(replace(trace, run=replace(trace.run, config=config)))
    with pytest.raises(Exception, match="the honest node 1 has not sent that to node 2"):
        _run(source)


@pytest.mark.parametrize("name", NAMES)
def test_the_printed_test_needs_no_formatting(name: str, tmp_path: Path) -> None:
    path = tmp_path / "test_printed.py"
    path.write_text(traces.pytest_text(by_name()[name].trace()), encoding="utf-8")
    options = ["--config", str(ROOT / "pyproject.toml"), "--no-cache", str(path)]
    for command in (
        ["format", "--check", "--diff"],
        ["check", "--extend-ignore", "D103,INP001,I001"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_pytest_itself_runs_it(tmp_path: Path) -> None:
    path = tmp_path / "test_printed.py"
    path.write_text(traces.pytest_text(by_name()["dead zone"].trace()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
