"""The answer to a question: one of three verdicts for each property, and its scope."""

from dataclasses import dataclass, field
from enum import Enum

from checker.coverage import Coverage
from checker.exploration import Resource
from poqi_core.run import Run


class Verdict(Enum):
    """Whether a property holds; not finishing is neither success nor failure."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class PropertyResult:
    """What was found about one property.

    Attributes:
        name: the property.
        verdict: whether it holds in everything that was asked.
        vacuous: whether it holds only since its premise occurs in no setting of the sweep.
        beyond: whether it is undetermined since some run leaves the bounds of the question.
        predictions: the patterns of the setting in which it is violated.
        byzantine: the faulty nodes of that setting.
        run: a run that violates it.
        shortest: whether that is a shortest one.
    """

    name: str
    verdict: Verdict
    vacuous: bool = False
    beyond: bool = False
    predictions: tuple[str, ...] | None = None
    byzantine: tuple[int, ...] | None = None
    run: Run | None = None
    shortest: bool = True

    @property
    def steps(self) -> int | None:
        """The deliveries of that run."""
        return None if self.run is None else len(self.run.acts)


@dataclass(frozen=True)
class Answer:
    """What was found about every property of a question.

    Attributes:
        results: one for each property, in the order of the question.
        states: global states that were reached, over every setting and pass.
        transitions: steps that were followed from them.
        settings: how many settings the sweep has.
        finished: how many of them were explored to their end.
        exhausted: what ran out, if anything did.
        covered: in the only setting, if it was not finished, every run of fewer steps was judged.
        seconds: wall time.
        coverage: what was exercised, where the question asks.
    """

    results: tuple[PropertyResult, ...]
    states: int
    transitions: int
    settings: int
    finished: int
    exhausted: Resource | None
    seconds: float
    coverage: Coverage = field(default_factory=Coverage)
    covered: int = 0

    @property
    def verdict(self) -> Verdict:
        """Over all properties: violated before undetermined before holds."""
        verdicts = {result.verdict for result in self.results}
        for verdict in (Verdict.VIOLATED, Verdict.UNDETERMINED):
            if verdict in verdicts:
                return verdict
        return Verdict.HOLDS
