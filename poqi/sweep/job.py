"""A job of a sweep: one ``poqi check`` command, and what came of it."""

import argparse
import shlex
from collections.abc import Iterable
from typing import NamedTuple

from checker.question import Question
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi.check_question import question_of
from poqi.commands import check
from poqi.errors import CommandError
from poqi.parsing import Parser
from poqi.scope import scope_of


class Budget(NamedTuple):
    """What a job may use up; None: no bound.

    Attributes:
        seconds: wall time.
        states: global states.
        mebibytes: memory.
    """

    seconds: float | None = None
    states: int | None = None
    mebibytes: int | None = None


class Job(NamedTuple):
    """One ``poqi check`` command.

    Attributes:
        options: its options and their values, without ``--``; none of them is empty.
        properties: what it asks; nothing: what the profile is asked for.
        budget: what it may use up; no part of what is asked.
    """

    options: tuple[tuple[str, str], ...]
    properties: tuple[str, ...]
    budget: Budget

    @property
    def arguments(self) -> list[str]:
        """The arguments of the command."""
        return self._arguments(self.properties)

    def _arguments(self, properties: Iterable[str]) -> list[str]:
        words = []
        for name, value in self.options:
            for part in value.split() if name == "reading" else [value]:
                words += [f"-{name}" if len(name) == 1 else f"--{name}", part]
        for name in properties:
            words += ["--property", name]
        return words

    @property
    def command(self) -> str:
        """The command that a person would give, its budget apart."""
        return shlex.join(["poqi", "check", *self.arguments])

    def command_of(self, name: str) -> str:
        """The command that asks for one of its properties alone."""
        return shlex.join(["poqi", "check", *self._arguments([name])])

    def asked(self) -> tuple[argparse.Namespace, Question]:
        """What ``poqi check`` makes of the command.

        Raises:
            CommandError: it would refuse it.
        """
        parser = Parser(prog="poqi check", allow_abbrev=False)
        check.configure(parser)
        try:
            arguments = parser.parse_args(self.arguments)
            return arguments, question_of(arguments)
        except CommandError as error:
            raise CommandError(f"{self.command}: {error}") from None


class Cell(NamedTuple):
    """What a job found about one property.

    Attributes:
        name: the property.
        verdict: the verdict.
        vacuous: whether it holds only since its premise never occurs.
        steps: the length of the counterexample, if there is one.
        predictions: the patterns of its setting.
        byzantine: the faulty nodes of its setting.
    """

    name: str
    verdict: Verdict
    vacuous: bool
    steps: int | None
    predictions: str | None
    byzantine: tuple[int, ...] | None


class JobResult(NamedTuple):
    """What came of a job.

    Attributes:
        command: the command.
        budget: what it was allowed to use up.
        cells: one for each property.
        states: global states that were reached.
        transitions: steps that were followed.
        settings: how many settings the question has.
        finished: how many of them were explored to their end.
        exhausted: what ran out, if anything did.
        seconds: wall time.
        scope: the sentence that says what the verdicts are about.
    """

    command: str
    budget: Budget
    cells: tuple[Cell, ...]
    states: int
    transitions: int
    settings: int
    finished: int
    exhausted: str | None
    seconds: float
    scope: str


def do_job(job: Job) -> JobResult:
    """Answer the question of ``job`` on one core.

    Raises:
        CommandError: it asks nothing that makes sense.
    """
    arguments, question = job.asked()
    budget = job.budget
    limits = Limits(budget.seconds, budget.states, budget.mebibytes, workers=1)
    found = answer(question, limits)
    cells = tuple(
        Cell(
            result.name,
            result.verdict,
            result.vacuous,
            result.steps,
            None if result.predictions is None else ",".join(result.predictions),
            result.byzantine,
        )
        for result in found.results
    )
    return JobResult(
        job.command,
        budget,
        cells,
        found.states,
        found.transitions,
        found.settings,
        found.finished,
        None if found.exhausted is None else found.exhausted.value,
        round(found.seconds, 3),
        scope_of(arguments, question, found),
    )
