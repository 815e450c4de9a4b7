"""Prints the kill table: which question kills each mutant of the core, and how.

    python tests/mutants/kill_table.py
    python tests/mutants/kill_table.py --only quorum-of-2f --only forged-vote
    python tests/mutants/kill_table.py --markdown >table.md
    python tests/mutants/kill_table.py --questions

A mutant is killed if the checker or the proofs answer a question otherwise than with the core
as it is.  One that is equivalent must give the very same answers, to the number of states (only
what it needlessly remembers may make them more).
Exit status: 0 if every mutant is killed or equivalent, 1 if one survives, 2 misuse.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from catalogue import MUTANTS
from mutant_questions import QUESTIONS, By
from mutation import CORE, ROOT, Mutant, copy_core

from checker.question import pattern_text
from poqi_core.properties import PROPERTIES
from poqi_core.readings import PROFILES

SECONDS = 300.0
"""For each question; what is not answered by then kills nothing."""

_STATES = "states"
Answers = Mapping[str, str]
"""What became of each property, in words; with the number of states."""


class Fate(Enum):
    """What became of a mutant."""

    VIOLATES = "violates what held"
    NOT_ADMITTED = "takes a step outside of the proved relation"
    FAILS = "runs into an error"
    NO_LONGER = "no longer does what it did"
    OTHERWISE = "violates in other steps"
    EQUIVALENT = "equivalent"
    SURVIVES = "SURVIVES"


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        fate: what became of the mutant.
        question: the question that killed it.
        how: the answer that killed it.
        seconds: wall time for all its questions.
    """

    mutant: Mutant
    fate: Fate
    question: str
    how: str
    seconds: float


class AnsweringError(Exception):
    """The process that answers has failed; the message is what it said."""


def ask(folder: Path, names: Sequence[str], seconds: float = SECONDS) -> Iterator[Answers]:
    """The answers to questions with the core in ``folder``, one after the other.

    Raises:
        AnsweringError: there is no answer.
    """
    script = Path(__file__).with_name("answer_questions.py")
    ran = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(seconds), *names],
        env={"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ran:
        try:
            assert ran.stdout is not None
            assert ran.stderr is not None
            for _ in names:
                line = ran.stdout.readline()
                if not line:
                    raise AnsweringError(ran.stderr.read())
                _, answers = json.loads(line)
                yield answers
        finally:
            ran.kill()


class Kills:
    """Puts questions to mutants; the answers of the core as it is are asked for once."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is for the packages, and has to be empty."""
        self._folder = folder
        self._expected: dict[str, Answers] = {}
        copy_core(folder / "original")

    def expected(self, question: str) -> Answers:
        """The answers of the core as it is."""
        if question not in self._expected:
            (self._expected[question],) = ask(self._folder / "original", [question])
        return self._expected[question]

    def row(self, mutant: Mutant) -> Row:
        """What becomes of ``mutant``."""
        started = time.monotonic()
        folder = self._folder / mutant.name
        mutant.write(folder)
        same, states = True, list[str]()
        for question, answers in zip(mutant.questions, ask(folder, mutant.questions), strict=True):
            expected = self.expected(question)
            kill = first_kill(expected, answers)
            if kill is not None:
                fate, how = kill
                return Row(mutant, fate, question, how, time.monotonic() - started)
            states.append(_states(expected, answers))
            more = int(answers[_STATES]) - int(expected[_STATES])
            same = same and "undetermined" not in answers.values()
            same = same and (more == 0 or (mutant.remembers and more > 0))
        seconds = time.monotonic() - started
        if mutant.equivalent and same:
            fate, how = Fate.EQUIVALENT, ", ".join(states)
            return Row(mutant, fate, " ".join(mutant.questions), how, seconds)
        return Row(mutant, Fate.SURVIVES, " ".join(mutant.questions), "", seconds)


def _states(expected: Answers, answers: Answers) -> str:
    before, after = (int(found[_STATES]) for found in (expected, answers))
    return f"{after:,} states" + (f", not {before:,}" if after != before else "")


def first_kill(expected: Answers, answers: Answers) -> tuple[Fate, str] | None:
    """How ``answers`` differ from ``expected``, the plainest difference first."""
    found: list[tuple[Fate, str]] = []
    for name, verdict in answers.items():
        before = expected.get(name, "")
        if name == _STATES or verdict in (before, "undetermined") or before == "undetermined":
            continue
        if name not in expected:
            found.append((Fate.FAILS, verdict))
        elif verdict == "not admitted":
            found.append((Fate.NOT_ADMITTED, name))
        elif verdict.startswith("violated") and before == "holds":
            found.append((Fate.VIOLATES, name + verdict.removeprefix("violated")))
        elif verdict.startswith("violated"):
            how = name + verdict.removeprefix("violated")
            found.append((Fate.OTHERWISE, f"{how}, not {before.removeprefix('violated ')}"))
        elif verdict == "holds":
            found.append((Fate.NO_LONGER, f"{name} was {before}"))
        elif lost := sorted(set(before.split()) - set(verdict.split())):
            found.append((Fate.NO_LONGER, f"never: {', '.join(lost)}"))
    order = list(Fate)
    return min(found, key=lambda kill: order.index(kill[0]), default=None)


def _line(row: Row, *, markdown: bool) -> str:
    mutant = row.mutant
    if not markdown:
        asked = QUESTIONS[mutant.questions[0]].by.value if row.how else ""
        return (
            f"{mutant.name:38} {mutant.file:20} {row.fate.value:44} "
            f"{row.how} [{row.question}, {asked}; {row.seconds:.1f} s]"
        )
    change = f"`{mutant.before}` becomes `{mutant.after}`".replace("|", "\\|")
    how = f"{mutant.equivalent} ({row.how})" if row.fate is Fate.EQUIVALENT else row.how
    return (
        f"| {mutant.name} | `{mutant.file}`: {change} | {mutant.meaning} | {row.fate.value} | "
        f"{how} | {row.question} |"
    )


def _question_line(name: str) -> str:
    """A question in words, as a row of a table."""
    asked = QUESTIONS[name]
    question, standard = asked.question, {entry.name for entry in PROPERTIES}
    patterns = ",".join(map(pattern_text, question.predictions or ()))
    profile = "hardened" if question.config.on_evidence else "paper"
    base = PROFILES[profile]
    changes = [
        f"{reading}={value}"
        for reading, value in question.readings.items()
        if value != base.value(reading)
    ]
    count, unit = (
        (question.ballots_a_sample, "ballot")
        if question.config.on_evidence
        else (question.views_a_sample, "view")
    )
    bound = f"{question.network}, {count} {unit}{'s' if count > 1 else ''} a sample"
    if question.engine == "full" or asked.by in (By.STEPS, By.PROOFS):
        bound = f"{bound}, unreduced"
    laws = [entry.name for entry in question.properties if entry.name not in standard]
    return (
        f"| {name} | {asked.by.value} | {patterns}, f={question.faults} | "
        f"{', '.join([profile, *changes])} | {bound} | "
        f"{', '.join(laws)} |"
    )


def _chosen(only: Sequence[str]) -> list[Mutant]:
    unknown = set(only) - {mutant.name for mutant in MUTANTS}
    if unknown:
        sys.stderr.write(f"there is no mutant {', '.join(sorted(unknown))}\n")
        sys.exit(2)
    return [mutant for mutant in MUTANTS if not only or mutant.name in only]


def main(arguments: Sequence[str]) -> int:
    """Print the table of the mutants that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="that mutant; can be repeated"
    )
    parser.add_argument("--markdown", action="store_true", help="a table for the documentation")
    parser.add_argument("--questions", action="store_true", help="list the questions, in a table")
    options = parser.parse_args(arguments)
    if options.questions:
        print("| question | who answers | predictions | readings | network and bounds | laws |")
        print("| --- | --- | --- | --- | --- | --- |")
        print("\n".join(map(_question_line, QUESTIONS)))
        return 0
    chosen = _chosen(options.only)
    if options.markdown:
        print("| mutant | change | what it means | fate | how, or why | question |")
        print("| --- | --- | --- | --- | --- | --- |")
    fates: Counter[Fate] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        kills = Kills(Path(folder))
        for mutant in chosen:
            row = kills.row(mutant)
            fates[row.fate] += 1
            print(_line(row, markdown=options.markdown), flush=True)
    summary = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
    print(f"\n{len(chosen)} mutants of {CORE.name}: {summary}")
    return 1 if fates[Fate.SURVIVES] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
