"""For each property the weakest faults that break it.

The faults are asked one after the other, each only of the properties that its place in the
partial order (:mod:`checker.inclusions`) leaves open: what a fault breaks is broken by every one
that includes it, and what holds against a fault holds against every one that it includes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from checker.inclusions import Inclusions, inclusions, ranked
from checker.question import Question
from checker.sweep import Limits, Progress, answer
from checker.verdict import Answer, PropertyResult, Verdict
from poqi_core.faults import BYZANTINE, NONE, SILENCE, Fault
from poqi_core.properties import Property


class Finding(NamedTuple):
    """What is known of one property against one fault."""

    verdict: Verdict
    follows_from: str | None = None
    """The fault from which it follows; None: it was explored, or the budget ran out."""
    result: PropertyResult | None = None
    """What was explored."""


@dataclass(frozen=True)
class Ranking:
    """What every fault does to every property.

    Attributes:
        faults: those that were ranked, included ones first.
        inclusions: the partial order between them.
        questions: the question that each was explored with.
        answers: the answer to it, for those that had to be explored.
        findings: by property, then by fault.
    """

    faults: tuple[Fault, ...]
    inclusions: Inclusions
    questions: Mapping[str, Question]
    answers: Mapping[str, Answer]
    findings: Mapping[str, Mapping[str, Finding]]

    def weakest(self, name: str) -> tuple[Fault, ...]:
        """The faults that break a property such that none that they include does."""
        of_fault = self.findings[name]
        broken = {
            fault for fault, finding in of_fault.items() if finding.verdict is Verdict.VIOLATED
        }
        return tuple(
            fault
            for fault in self.faults
            if fault.name in broken and not self.inclusions[fault.name] & broken
        )

    def is_certain(self, name: str) -> bool:
        """Whether no weaker fault is left undetermined that could break the property."""
        undetermined = {
            fault
            for fault, finding in self.findings[name].items()
            if finding.verdict is Verdict.UNDETERMINED
        }
        return not undetermined

    def verdict(self) -> Verdict:
        """Violated if some fault breaks a property; holds if none breaks any."""
        verdicts = {
            finding.verdict for findings in self.findings.values() for finding in findings.values()
        }
        for verdict in (Verdict.VIOLATED, Verdict.UNDETERMINED):
            if verdict in verdicts:
                return verdict
        return Verdict.HOLDS


def rank(
    question: Question,
    limits: Limits | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Ranking:
    """Ask of each fault what the others leave open.

    The budget of seconds is for all of them together, those of states and memory for each.
    """
    return _Ranker(question, limits or Limits(), report).rank()


class _Ranker:
    def __init__(
        self, question: Question, limits: Limits, report: Callable[[Progress], None] | None
    ) -> None:
        self._question = question
        self._limits = limits
        self._report = report
        self._started = time.monotonic()
        self._faults = ranked(question)
        self._inclusions = inclusions(question)
        self._findings: dict[str, dict[str, Finding]] = {
            entry.name: {} for entry in question.properties
        }
        self._answers: dict[str, Answer] = {}
        self._questions = {fault.name: self._asked(fault) for fault in self._faults}

    def _asked(self, fault: Fault) -> Question:
        byzantine = None if fault == NONE else self._question.byzantine
        return replace(self._question, fault=fault, byzantine=byzantine)

    def rank(self) -> Ranking:
        # In the asynchronous network the strongest costs little, and what holds against it
        # settles the others; in rounds it costs the most, and the others settle much of it.
        first = [NONE, SILENCE, BYZANTINE] if self._question.network == "asynchronous" else []
        for fault in [*first, *(fault for fault in self._faults if fault not in first)]:
            self._ask(fault)
        return Ranking(
            self._faults, self._inclusions, self._questions, self._answers, self._findings
        )

    def _ask(self, fault: Fault) -> None:
        open_ones = [
            entry
            for entry in self._question.properties
            if fault.name not in self._findings[entry.name]
        ]
        if not open_ones:
            return
        found = self._answer(fault, open_ones)
        if found is None:
            return
        self._answers[fault.name] = found
        for result in found.results:
            self._note(result.name, fault.name, Finding(result.verdict, None, result))

    def _answer(self, fault: Fault, asked: Sequence[Property]) -> Answer | None:
        seconds = self._limits.seconds
        left = None if seconds is None else seconds - (time.monotonic() - self._started)
        if left is not None and left <= 0:
            for entry in asked:
                self._findings[entry.name][fault.name] = Finding(Verdict.UNDETERMINED)
            return None
        question = replace(self._questions[fault.name], properties=tuple(asked))
        return answer(question, replace(self._limits, seconds=left), self._report)

    def _note(self, name: str, fault: str, finding: Finding) -> None:
        """Note what was found, and what follows from it for other faults."""
        findings = self._findings[name]
        findings[fault] = finding
        for other, below in self._inclusions.items():
            implied = (finding.verdict is Verdict.VIOLATED and fault in below) or (
                finding.verdict is Verdict.HOLDS and other in self._inclusions[fault]
            )
            known = findings.get(other)
            if implied and (known is None or known.verdict is Verdict.UNDETERMINED):
                findings[other] = Finding(finding.verdict, fault)
