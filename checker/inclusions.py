"""Which fault can do whatever another can: the partial order in which faults are ranked.

``docs/networks-and-faults.md`` has the reason for each inclusion and for each condition.
"""

from collections.abc import Mapping

from checker.question import Question
from poqi_core.faults import FAULTS, Fault

Inclusions = Mapping[str, frozenset[str]]
"""For each fault the others that it includes, by name."""


def ranked(question: Question) -> tuple[Fault, ...]:
    """The faults that mean something in the network of a question, included ones first."""
    if question.network != "asynchronous":
        return tuple(FAULTS.values())
    stateless = question.config.has_ballots
    return tuple(
        fault for fault in FAULTS.values() if not fault.crashes and not (stateless and fault.copies)
    )


def inclusions(question: Question) -> Inclusions:
    """What each of the ranked faults includes, as far as there is a reason.

    A run without a fault is taken for one in which the faulty nodes behave.  For that the honest
    ones that a violation concerns must be among those that are left, and the labels of the
    others among those that a faulty node may predict.
    """
    behaves = question.nodes - question.faults >= 2 and (
        question.faults == 1 or question.labels <= 2
    )
    direct: dict[str, set[str]] = {fault.name: set() for fault in FAULTS.values()}
    if behaves:
        for name in ("crash", "twins", "mutation"):
            direct[name].add("none")
    direct["crash"].add("silence")
    direct["omission"].add("crash")
    direct["byzantine"].add("silence")
    if question.network == "asynchronous":
        # There nothing obliges a faulty node to go on, and no timer waits for anything.
        for name in ("twins", "mutation"):
            direct[name].add("silence")
    timeless = question.network == "asynchronous" or not question.config.has_timers
    # In ordered rounds what a Byzantine node says it says to all, whomever it should go to.
    if question.readings.wrong_view == "ignore" and timeless and question.network != "ordered":
        direct["byzantine"] |= {"omission", "twins", "mutation"}
    names = {fault.name for fault in ranked(question)}
    if "crash" not in names and behaves and "twins" in names:
        direct["byzantine"].add("none")
    return {name: frozenset(_below(name, direct) & names) for name in names}


def _below(name: str, direct: Mapping[str, set[str]]) -> set[str]:
    """Everything below ``name``: what it includes, and what that includes."""
    below: set[str] = set()
    waiting = [name]
    while waiting:
        for lower in direct[waiting.pop()] - below:
            below.add(lower)
            waiting.append(lower)
    return below
