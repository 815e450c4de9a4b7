"""The register names the definition of the specification for every clause, and cannot drift."""

import re

from cited import cited
from tlc import SPEC

from poqi_core.clauses import Clause
from poqi_core.register import REGISTER

TEXT = (SPEC / "README.md").read_text(encoding="utf-8").split("\n## The same in TLA+\n")[1]

IN_THE_NETWORK = {"EARLY"}
"""Messages of a later step wait in the networks of the specification, not in a node."""

BROADCAST = {"BROADCAST", "ACCEPT", "ENDORSE", "EQUIVOCATION", "ROUND_OVER"}
BROADCAST_READINGS = {"broadcast_rounds", "broadcast_signatures", "relay_second"}
"""The broadcast in lock-step rounds, which the specification does not have."""


def test_every_clause_is_cited_by_a_definition() -> None:
    uncited = {clause.name for clause in Clause} - cited().keys()
    assert uncited == IN_THE_NETWORK | BROADCAST


def test_the_register_names_the_definitions_that_cite_each_clause() -> None:
    listed = {
        clause: re.findall(r"`(\w+\.\w+)`", definitions)
        for clause, definitions in re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", TEXT, re.M)
    }
    assert listed == cited()


def test_every_reading_is_a_constant() -> None:
    readings = (SPEC / "Readings.tla").read_text(encoding="utf-8")
    constants = set(re.findall(r"^  (\w+),? +\\\*", readings, re.M))
    assert {entry.name for entry in REGISTER} - constants == BROADCAST_READINGS


def test_every_module_is_named() -> None:
    for path in SPEC.glob("*.tla"):
        assert path.stem == "Rationals" or path.stem in TEXT, path.stem
