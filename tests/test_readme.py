"""What the README shows is what happens."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def shown() -> list[tuple[str, str]]:
    """Every command of the console sessions, with the output that the README gives."""
    parts = [
        part for session in SESSIONS for part in re.split(r"^\$ ", session, flags=re.M) if part
    ]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1].strip()) for part in parts]


def without_times(text: str) -> str:
    text = re.sub(r"[0-9.]+ s\b", "N s", text)
    return re.sub(r"\n  recorded by .*", "", text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def test_the_console_sessions_are_what_happens(folder: Path) -> None:
    assert len(shown()) == 5
    for command, output in shown():
        name, *arguments = shlex.split(command)
        assert name == "poqi"
        ran = subprocess.run(
            [sys.executable, "-c", "from poqi.main import entry; entry()", *arguments],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert without_times(ran.stdout.strip()) == without_times(output), command
        assert not ran.stderr


def test_every_file_that_the_readme_points_to_exists() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        file, _, heading = target.partition("#")
        assert (ROOT / file).exists(), target
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines() if heading else []
        headings = [line.strip("# ").lower().replace(" ", "-") for line in lines if line[:1] == "#"]
        assert not heading or heading in headings, target
