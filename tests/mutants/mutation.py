"""A mutant: the core with one line replaced, as a value, and as a package beside the real one."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CORE = ROOT / "poqi_core"


class MutationError(Exception):
    """The line that a mutant replaces is not where the catalogue says; the core has changed."""


@dataclass(frozen=True)
class Mutant:
    """A one-line mutation of the core.

    Attributes:
        name: what it is called in the table.
        file: the file of ``poqi_core`` that it changes.
        within: how a line begins from which on the line is looked for, such as a definition.
        before: the line as it is, without indentation.
        after: the line instead, without indentation.
        meaning: what it makes the nodes do.
        questions: the questions that are put to it (:mod:`mutant_questions`), the killer first.
        equivalent: why it changes no behaviour, if it does not; the questions then give the very
            same answers.
        remembers: whether an equivalent mutant keeps in the state what is of no use, so that
            there are more states; otherwise there must be as many.
    """

    name: str
    file: str
    within: str
    before: str
    after: str
    meaning: str
    questions: tuple[str, ...]
    equivalent: str = ""
    remembers: bool = False

    def source(self) -> str:
        """The file with the line replaced.

        Raises:
            MutationError: the line is not there.
        """
        lines = (CORE / self.file).read_text(encoding="utf-8").splitlines(keepends=True)
        texts = [line.strip() for line in lines]
        starts = [place for place, text in enumerate(texts) if text.startswith(self.within)]
        places = [
            place
            for place, text in enumerate(texts)
            if text == self.before and starts and place >= starts[0]
        ]
        if not places:
            raise MutationError(
                f"mutant {self.name}: there is no line {self.before!r} in {self.file} after "
                f"{self.within!r}; bring the catalogue up to date with the core"
            )
        place = places[0]
        indentation = lines[place][: -len(lines[place].lstrip())]
        lines[place] = f"{indentation}{self.after}\n"
        return "".join(lines)

    def write(self, folder: Path) -> None:
        """Write the whole mutated package into ``folder``."""
        copy_core(folder)
        (folder / CORE.name / self.file).write_text(self.source(), encoding="utf-8")


def copy_core(folder: Path) -> None:
    """Write the package as it is into ``folder``."""
    shutil.copytree(CORE, folder / CORE.name, ignore=shutil.ignore_patterns("__pycache__"))
