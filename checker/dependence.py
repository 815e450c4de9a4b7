"""What depends on each reading of the published flow: the same questions, one reading changed.

``benchmarks/readings.py`` asks them; ``spec/README.md`` has what came out in its section "What
depends on each reading".  The parts of the repair have their own (:mod:`checker.ablations`).
"""

from collections.abc import Iterator, Mapping

from checker.question import Question, parse_patterns
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.readings import Readings
from poqi_core.register import REGISTER, Reading

PUBLISHED = REGISTER[: [entry.name for entry in REGISTER].index("agree_on")]
"""The readings of the published flow: all before the first that belongs to the repair."""

NUMBERS = {"collect": ("3",), "conflict_after": ("2",), "q": ("0", "2"), "reward_start": ("0", "1")}

MOST_STATES = 500_000
"""For each question; what is not answered within them is undetermined."""

VIEWS = {"paper": 2, "literal": 1}
"""The views of the asynchronous question, by profile."""

PATTERNS = {
    "asynchronous": ("?AAB", "A?AB", "?AAA"),
    "rounds": ("?AAB", "A?AB"),
    "conflicts": ("AABB,AAAA", "AABC,BAAA", "ABCD,BBBB"),
}
"""What the nodes predict, by the column of the table; in the last one nobody is faulty."""

COLUMNS = {"paper": tuple(PATTERNS), "literal": ("conflicts",)}
"""The columns that are asked, by profile.

With a Byzantine node the literal reading takes too much memory: more than 6 GB for one of the
values in an asynchronous network, and in rounds for the profile as it is.
"""

Answers = Mapping[str, str]
"""For each property what the checker says, in words."""


def questions(column: str, readings: Readings, views: int) -> Iterator[Question]:
    """What is asked in a column of the table: N=4, f=1, one pattern each."""
    for text in PATTERNS[column]:
        predictions = parse_patterns(text)
        yield Question(
            nodes=4,
            faults=1,
            readings=readings,
            network="asynchronous" if column == "asynchronous" else "rounds",
            predictions=predictions,
            samples=len(predictions),
            views={"asynchronous": views, "rounds": 1}.get(column),
        )


def answers(column: str, readings: Readings, views: int) -> Answers:
    """What the checker says of each property: the shortest violation among the patterns."""
    fewest: dict[str, int] = {}
    said: dict[str, str] = {}
    for question in questions(column, readings, views):
        for result in answer(question, Limits(states=MOST_STATES, workers=1)).results:
            if result.steps is not None:
                fewest[result.name] = min(result.steps, fewest.get(result.name, result.steps))
            if result.verdict is not Verdict.HOLDS or result.name not in said:
                said[result.name] = result.verdict.value
    return said | {name: f"violated in {steps}" for name, steps in fewest.items()}


def difference(before: Answers, after: Answers) -> str:
    """What comes out otherwise, in words; empty if nothing does."""
    return ", ".join(
        f"{name} {after[name]} ({verdict})"
        for name, verdict in before.items()
        if after[name] != verdict
    )


def alternatives(entry: Reading, taken: str) -> Iterator[str]:
    """The values of a reading that a profile does not take, but for those of the repair."""
    for value in (*entry.words, *NUMBERS.get(entry.name, ())):
        if value not in (taken, "ballot"):
            yield value
