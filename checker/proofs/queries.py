"""Questions, and what is said of their answers.

A query to z3 either states a *validity* (premises imply a conclusion, for all sizes) or asks for
a *counter-model* (the same with a bound weakened, a check left out).  An *exploration* asks
the checker to confirm a counter-model as a run, and a *correspondence* whether every step of the
running protocol is one of the proved relation.  Only an answer counts: what is not decided in
the time given is undetermined.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

import z3

from checker.question import Question
from checker.verdict import Verdict


class Kind(Enum):
    """What a question is for."""

    VALIDITY = "validity"
    COUNTER_MODEL = "counter-model"
    EXPLORATION = "exploration"
    CORRESPONDENCE = "correspondence"


class Outcome(Enum):
    """What came of a question or a theorem: proved if everything is as stated."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Query:
    """One question to z3.

    Attributes:
        name: what it is called within its theorem.
        kind: whether a validity is stated or a counter-model expected.
        english: what is stated; of a counter-model, what was weakened.
        premises: the constraints that are assumed.
        conclusion: what they are to imply.
        witness: what a state or a choice of numbers must satisfy, in addition to the premises,
            for the query to say anything; it has to be satisfiable.
        least: the integers that a counter-model is to make as small as possible, in that order.
        describe: a counter-model in words.
    """

    name: str
    kind: Kind
    english: str
    premises: tuple[z3.BoolRef, ...]
    conclusion: z3.BoolRef
    witness: tuple[z3.BoolRef, ...] = ()
    least: tuple[z3.ArithRef, ...] = ()
    describe: Callable[[z3.ModelRef], str] | None = None


@dataclass(frozen=True)
class Exploration:
    """One question to the checker about one property.

    Attributes:
        name: what it is called within its theorem.
        english: what is explored.
        question: the configuration, with a single property.
        expected: the verdict that confirms the theorem.
    """

    name: str
    english: str
    question: Question
    expected: Verdict


@dataclass(frozen=True)
class Correspondence:
    """Whether the proved relation admits every step of the protocol in one setting.

    Attributes:
        name: what it is called within its theorem.
        english: what is explored.
        question: the configuration, of a single setting.
    """

    name: str
    english: str
    question: Question


@dataclass(frozen=True)
class Answer:
    """What was answered to a question.

    Attributes:
        name: that of the question.
        kind: what the question was for.
        english: what it states.
        outcome: proved, if what the question expects is so.
        seconds: the time that it took.
        shown: the counter-model or the run in words, where there is one to describe.
        reason: why it is not proved.
    """

    name: str
    kind: Kind
    english: str
    outcome: Outcome
    seconds: float
    shown: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Theorem:
    """A statement for people, and the questions that together prove it.

    Attributes:
        name: what it is called.
        section: the heading under which it is reported.
        english: what is proved.
        bound: under which condition on N and f.
        queries: all have to be answered as expected.
        explorations: so have these.
        correspondences: and these.
        notes: what is shown for people beside it, a line each.
    """

    name: str
    section: str
    english: str
    bound: str
    queries: tuple[Query, ...] = ()
    explorations: tuple[Exploration, ...] = ()
    correspondences: tuple[Correspondence, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def questions(self) -> int:
        """How many there are."""
        return len(self.queries) + len(self.explorations) + len(self.correspondences)


@dataclass(frozen=True)
class Proof:
    """A theorem with the answers to its questions."""

    theorem: Theorem
    answers: tuple[Answer, ...]

    @property
    def outcome(self) -> Outcome:
        """Refuted before undetermined before proved."""
        return worst(answer.outcome for answer in self.answers)

    @property
    def seconds(self) -> float:
        """The time of all its questions."""
        return sum(answer.seconds for answer in self.answers)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Refuted before undetermined before proved."""
    found = set(outcomes)
    for outcome in (Outcome.REFUTED, Outcome.UNDETERMINED):
        if outcome in found:
            return outcome
    return Outcome.PROVED
