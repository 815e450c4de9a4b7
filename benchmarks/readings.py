"""What depends on each reading: the questions below, with one reading changed at a time.

    python benchmarks/readings.py [--profile paper] [--only latch]

For every reading of the published flow, and every value that the profile does not take, the
checker answers the same questions as for the profile as it is.  A row of the table that goes to
the standard output, which is section "What depends on each reading" of ``spec/README.md``, says
what comes out otherwise.  The parts of the repair have a table of their own (``ablations.py``).
"""

import argparse
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import NamedTuple

from checker.question import Question
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

Answers = Mapping[str, str]
"""For each property what the checker says, in words."""


class Asked(NamedTuple):
    """A question, and how a row of the table calls it."""

    place: str
    question: Question


def questions(readings: Readings, views: int) -> Iterator[Asked]:
    """What is asked of every reading: N=4, f=1, every pattern of up to two labels."""
    asynchronous = Question(nodes=4, faults=1, readings=readings, views=views)
    yield Asked("asynchronous", asynchronous)
    in_rounds = Question(nodes=4, faults=1, readings=readings, network="rounds", views=1)
    yield Asked("rounds", in_rounds)
    if readings.decide != "primary":
        honest = Question(
            nodes=4, faults=1, readings=readings, network="rounds", samples=2, byzantine=()
        )
        yield Asked("conflicts", honest)


def answers(question: Question) -> Answers:
    """What the checker says of each property."""
    results = answer(question, Limits(states=MOST_STATES, workers=1)).results
    return {
        result.name: f"{result.verdict.value} in {result.steps}"
        if result.verdict is Verdict.VIOLATED
        else result.verdict.value
        for result in results
    }


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
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--profile", choices=sorted(VIEWS), default="paper")
    parser.add_argument("--only", action="append", default=[], metavar="READING")
    arguments = parser.parse_args()
    profile, views = PROFILES[arguments.profile], VIEWS[arguments.profile]
    asked = {one.place: one.question for one in questions(profile, views)}
    as_it_is = {place: answers(question) for place, question in asked.items()}
    for place, found in as_it_is.items():
        broken = [f"{name} {said}" for name, said in found.items() if said != "holds"]
        print(
            f"{arguments.profile}, {place}: {', '.join(broken) or 'everything holds'}", flush=True
        )
    names = [entry.name for entry in REGISTER]
    for entry in REGISTER[: names.index(REPAIR)]:
        if arguments.only and entry.name not in arguments.only:
            continue
        for value in alternatives(entry, str(profile.value(entry.name))):
            if value == "ballot":
                continue  # The repair's.
            started = perf_counter()
            changed = with_changes(profile, {entry.name: value})
            cells = [f"`{entry.name}={value}`"]
            for place in as_it_is:
                question = {one.place: one.question for one in questions(changed, views)}.get(place)
                if question is None:
                    cells.append("not asked")
                else:
                    departs = difference(as_it_is[place], answers(question))
                    cells.append(departs or "the same")
            print(f"| {' | '.join(cells)} | {perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
