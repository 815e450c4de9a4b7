"""What depends on each reading: the questions below, with one reading changed at a time.

    python benchmarks/readings.py [--profile paper] [--only latch]

For every reading of the published flow, and every value that the profile does not take, the
checker answers the same questions as for the profile as it is.  A row of the table, which goes to
the standard output and is in section "What depends on each reading" of ``spec/README.md``, says
what comes out otherwise.  The parts of the repair have a table of their own (``ablations.py``).
"""

import argparse
from collections.abc import Iterator, Mapping

from checker.question import Question, parse_patterns
from checker.sweep import Limits, answer
from checker.verdict import Verdict
from poqi_core.readings import PROFILES, Readings
from poqi_core.register import REGISTER, Reading, with_changes

REPAIR = "agree_on"
"""The first reading that belongs to the repair."""

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
    """The values of a reading that a profile does not take."""
    for value in (*entry.words, *NUMBERS.get(entry.name, ())):
        if value != taken:
            yield value


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=sorted(VIEWS), default="paper")
    parser.add_argument("--only", action="append", default=[], metavar="READING")
    arguments = parser.parse_args()
    profile, views = PROFILES[arguments.profile], VIEWS[arguments.profile]
    as_it_is = {column: answers(column, profile, views) for column in PATTERNS}
    cells = [
        ", ".join(f"{name} {said}" for name, said in found.items() if said != "holds")
        for found in as_it_is.values()
    ]
    print(f"| as it is | {' | '.join(cell or 'everything holds' for cell in cells)} |", flush=True)
    names = [entry.name for entry in REGISTER]
    for entry in REGISTER[: names.index(REPAIR)]:
        for value in alternatives(entry, str(profile.value(entry.name))):
            if value != "ballot" and (not arguments.only or entry.name in arguments.only):
                changed = with_changes(profile, {entry.name: value})
                cells = [f"`{entry.name}={value}`"]
                for column, before in as_it_is.items():
                    if column == "conflicts" and value == "primary" and entry.name == "decide":
                        cells.append("not asked: one sample only")
                    else:
                        after = answers(column, changed, views)
                        cells.append(difference(before, after) or "the same")
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
