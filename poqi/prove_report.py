"""What ``poqi prove`` prints: for a person, or as one JSON object."""

import json
import textwrap
from collections import Counter
from collections.abc import Sequence

import z3

from checker.proofs.queries import Answer, Kind, Outcome, Proof, Theorem, worst

SCHEMA = 1
SCOPE = (
    "Scope: every N and f within the bound of each theorem, at most f Byzantine nodes, any "
    "asynchronous network, any number of ballots, samples and labels; proved of the transition "
    "relation and the thresholds that docs/proofs.md states, to which the running core is held "
    "in small settings only; signatures are taken as unforgeable and rewards and vectors "
    "as exact; the variant in rounds is held to the core by the checker alone; termination is not "
    "proved here."
)

_WIDTH = 100
_NAME = 26
_CONFIRMED = "confirmed"
_EXPLORED = (Kind.EXPLORATION, Kind.CORRESPONDENCE)


def _wrapped(text: str, indent: int, hanging: int = 0) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_on_hyphens=False,
    )


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


def _stated(theorem: Theorem) -> list[str]:
    """The statement, its bound, and the numbered notes."""
    lines = _wrapped(theorem.english, 4)
    for number, note in enumerate(theorem.notes, 1):
        lines += _wrapped(f"{number}. {note}", 6, 3)
    return [*lines, *_wrapped(f"bound: {theorem.bound}", 4)]


class Teller:
    """Tells of proofs one after the other, each section under its heading."""

    def __init__(self, *, queries: bool) -> None:
        """Show every query if ``queries``, else only what a reader would ask for."""
        self._queries = queries
        self._section: str | None = None

    def told(self, proof: Proof) -> str:
        """One theorem, after the heading of its section if that is new."""
        theorem = proof.theorem
        lines = _heading(theorem, self._section)
        self._section = theorem.section
        asked = _asked(proof.answers)
        verdict = _verdict(proof)
        lines.append(f"  {theorem.name:<{_NAME}}{verdict:<14}{asked:<20}{proof.seconds:6.2f} s")
        lines += _stated(theorem)
        for answer in proof.answers:
            lines += self._answered(answer)
        return "\n".join(lines)

    def _answered(self, answer: Answer) -> list[str]:
        if answer.outcome is not Outcome.PROVED:
            shown = f": {answer.shown}" if answer.shown else ""
            said = f"{answer.name}: {answer.outcome.value}, {answer.reason}{shown}"
            return _wrapped(f"! {said} ({answer.english})", 6, 2)
        if answer.kind is Kind.COUNTER_MODEL and answer.shown:
            return _wrapped(f"{answer.english}: {answer.shown}", 6, 2)
        if answer.kind in _EXPLORED:
            return _wrapped(f"explored, {answer.english}: {answer.shown}", 6, 2)
        if self._queries:
            return _wrapped(f"{answer.seconds:5.2f} s  {answer.name}: {answer.english}", 6, 9)
        return []


def _verdict(proof: Proof) -> str:
    """The outcome in a word; what rests on explorations alone is confirmed, not proved."""
    if proof.outcome is Outcome.PROVED and not proof.theorem.queries:
        return _CONFIRMED
    return proof.outcome.value


def _asked(answers: Sequence[Answer]) -> str:
    """How many queries to z3 and how many explorations were answered."""
    explorations = sum(answer.kind in _EXPLORED for answer in answers)
    counts = (len(answers) - explorations, "query"), (explorations, "exploration")
    return ", ".join(_count(number, noun) for number, noun in counts if number)


def _heading(theorem: Theorem, before: str | None) -> list[str]:
    if theorem.section == before:
        return [""]
    blank = [] if before is None else ["", ""]
    return [*blank, theorem.section, "-" * len(theorem.section)]


def summary(proofs: Sequence[Proof]) -> str:
    """How many theorems came out how, and the scope."""
    verdicts = Counter(map(_verdict, proofs))
    order = [*(outcome.value for outcome in reversed(Outcome)), _CONFIRMED]
    outcomes = ", ".join(
        f"{_count(verdicts[verdict], 'theorem')} {verdict}"
        for verdict in order
        if verdicts[verdict]
    )
    answers = [answer for proof in proofs for answer in proof.answers]
    seconds = sum(proof.seconds for proof in proofs)
    total = f"{outcomes}: {_asked(answers)}, {seconds:.1f} s (z3 {z3.get_version_string()})"
    return "\n".join(["", total, *_wrapped(SCOPE, 0)])


def as_json(proofs: Sequence[Proof]) -> str:
    """The proofs as one JSON object."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "verdict": worst(proof.outcome for proof in proofs).value,
            "theorems": [
                {
                    **_theorem(proof.theorem),
                    "verdict": proof.outcome.value,
                    "queries": [
                        {
                            "name": answer.name,
                            "kind": answer.kind.value,
                            "english": answer.english,
                            "verdict": answer.outcome.value,
                            "shown": answer.shown,
                            "reason": answer.reason,
                            "seconds": round(answer.seconds, 3),
                        }
                        for answer in proof.answers
                    ],
                    "seconds": round(proof.seconds, 3),
                }
                for proof in proofs
            ],
            "z3": z3.get_version_string(),
            "seconds": round(sum(proof.seconds for proof in proofs), 3),
            "scope": SCOPE,
        },
        indent=1,
    )


def _theorem(theorem: Theorem) -> dict[str, str | list[str]]:
    return {
        "name": theorem.name,
        "section": theorem.section,
        "english": theorem.english,
        "bound": theorem.bound,
        "notes": list(theorem.notes),
    }


def list_as_json(theorems: Sequence[Theorem]) -> str:
    """The theorems as one JSON object."""
    stated = [_theorem(theorem) for theorem in theorems]
    return json.dumps({"schema": SCHEMA, "theorems": stated}, indent=1)


def list_as_text(theorems: Sequence[Theorem]) -> str:
    """The theorems, each section under its heading."""
    lines: list[str] = []
    section: str | None = None
    for theorem in theorems:
        explorations = len(theorem.explorations) + len(theorem.correspondences)
        counts = (len(theorem.queries), "query"), (explorations, "exploration")
        asked = ", ".join(_count(number, noun) for number, noun in counts if number)
        lines += _heading(theorem, section)
        lines += [f"  {theorem.name:<{_NAME}}{asked}", *_stated(theorem)]
        section = theorem.section
    return "\n".join(lines)
