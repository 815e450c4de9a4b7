"""The readings of the paper: every place where its text is open, as a named choice.

:class:`Readings` fixes all of them; :data:`PROFILES` names four sets of answers: ``paper`` reads
charitably (PBFT's discipline wherever the paper is silent), ``literal`` does only what the
text names, ``hardened`` and ``synchronous`` are the repaired protocol, each part of which is a
switch.  :mod:`poqi_core.register` says what each question is and which answers there are.
"""

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TypeAlias

Value: TypeAlias = str | int | Fraction
"""The value of a reading: a word, a count, or an amount of reward."""


@dataclass(frozen=True, slots=True)
class Readings:
    """One answer to every open question; the defaults are the profile ``paper``.

    The meaning of each field, and the values it can take, stand in
    :data:`poqi_core.register.REGISTER`.
    """

    quorum: str = "2f+1"
    decide: str = "commits"
    commit_to: str = "all"
    check_final: str = "yes"
    prepare_once: str = "yes"
    first_preprepare_only: str = "yes"
    prepare_needs_preprepare: str = "yes"
    latch: str = "yes"
    commit_needs_prepare: str = "yes"
    primary_commit_counts: str = "yes"
    primary_hears_view_change: str = "yes"
    stop_after_decision: str = "yes"
    late_messages: str = "no"
    wrong_view: str = "ignore"
    predictions_to: str = "primary"
    collect: str | int = "own"
    timeout: str = "none"
    reward: str = "accumulate"
    reward_when: str = "decided"
    q: Fraction = Fraction(1)
    reward_start: Fraction = Fraction(1)
    combine: str = "average"
    tie: str = "lowest"
    conflict_after: str | int = "N"
    expert_label: str = "heard"
    authentication: str = "channel"
    agree_on: str = "label"
    evidence_size: str | int = "N-f"
    evidence_distinct: str = "yes"
    absent: str = "silent"
    support: str | int = "f+1"
    ballot_leader: str = "rotates"
    lock: str = "highest"
    lock_proof: str = "yes"
    ballot_changes: str | int = "quorum"
    commit_late: str = "no"
    decision_proof: str = "yes"
    broadcast_rounds: str | int = "f+1"
    broadcast_signatures: str = "growing"
    relay_second: str = "yes"

    def value(self, name: str) -> Value:
        """The answer to the reading called ``name``."""
        value = getattr(self, name)
        assert isinstance(value, str | int | Fraction)
        return value

    def items(self) -> list[tuple[str, Value]]:
        """Every reading with its answer, in the order of the register."""
        return [(field.name, self.value(field.name)) for field in fields(self)]


PAPER = Readings()
"""The charitable profile."""

LITERAL = Readings(
    decide="obey",
    commit_to="primary",
    check_final="no",
    prepare_once="no",
    first_preprepare_only="no",
    prepare_needs_preprepare="no",
    latch="no",
    commit_needs_prepare="no",
    primary_commit_counts="no",
    primary_hears_view_change="no",
    stop_after_decision="no",
    wrong_view="vote",
    predictions_to="all",
    reward="assign",
    reward_when="not_rejected",
    reward_start=Fraction(0),
    tie="free",
    expert_label="told",
)
"""Only what the text names."""

HARDENED = Readings(
    quorum="intersecting",
    collect="round",
    timeout="ballot",
    authentication="signatures",
    agree_on="evidence",
)
"""The repaired protocol: agree on the evidence, then compute."""

SYNCHRONOUS = replace(HARDENED, agree_on="broadcast", timeout="none", support="f+1-absent")
"""The repaired protocol for lock-step rounds and N >= 2f+1."""

PROFILES: dict[str, Readings] = {
    "paper": PAPER,
    "literal": LITERAL,
    "hardened": HARDENED,
    "synchronous": SYNCHRONOUS,
}
"""The profiles by name."""
