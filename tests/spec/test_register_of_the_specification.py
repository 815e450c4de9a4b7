"""The register names the definitions of the specification, and the graphs that exercise a rule."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from cited import cited, defined
from configurations import table
from registered import Rule, rules
from tlc import SPEC

from checker.sweep import answer
from checker.verdict import Answer
from poqi_core.clauses import Clause
from poqi_core.outputs import Reason
from poqi_core.register import REGISTER

TEXT = (SPEC / "README.md").read_text(encoding="utf-8").split("\n## The same in TLA+\n")[1]

IN_THE_NETWORK = {"EARLY"}
"""Messages of a later step wait in the networks of the specification, not in a node."""

BROADCAST = {"BROADCAST", "ACCEPT", "ENDORSE", "EQUIVOCATION", "ROUND_OVER"}
BROADCAST_READINGS = {"broadcast_rounds", "broadcast_signatures", "relay_second"}
"""The broadcast in lock-step rounds, which the specification does not have."""

IN_RUNS_ONLY = {"NEXT_SAMPLE"}
"""The checker gives no sample up; runs of the core that do are followed by TLC."""

RULES = list(rules())


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


def test_the_modules_that_are_mirrored_and_the_reasons_to_ignore_are_those_of_the_core() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SPEC.glob("*.tla"))
    mirrored = re.findall(r"poqi_core/\w+\.py", text)
    assert len(mirrored) > 8
    assert [name for name in mirrored if not (SPEC.parent / name).is_file()] == []
    reasons = set(re.findall(r'"([A-Z_]{4,})"', text))
    assert len(reasons) > 15
    assert reasons <= {reason.name for reason in Reason}


def test_every_module_is_named() -> None:
    for path in SPEC.glob("*.tla"):
        assert path.stem == "Rationals" or path.stem in TEXT, path.stem


def test_the_definitions_that_the_rules_name_exist() -> None:
    known = defined()
    named = {name for rule in RULES for name in rule.definitions}
    assert sorted(named - known) == []
    assert len(named) > 60


def test_a_rule_without_a_definition_says_why() -> None:
    for rule in RULES:
        assert bool(rule.definitions) is not rule.specification.startswith("none: "), rule.sentence


@pytest.fixture(scope="module")
def answers() -> Mapping[str, Answer]:
    """What the checker says of each configuration."""
    return {row.name: answer(replace(row.question, coverage=True)) for row in table()}


@pytest.fixture(scope="module")
def clauses_of(answers: Mapping[str, Answer]) -> Mapping[str, frozenset[str]]:
    """For each configuration the clauses that some step in its state graph applies."""
    return {
        name: frozenset(clause.name for clause in answered.coverage.clauses)
        for name, answered in answers.items()
    }


def test_the_checker_says_of_each_configuration_what_its_row_says(
    answers: Mapping[str, Answer],
) -> None:
    """The engines that reduce what they explore, with the same shortest lengths."""
    for row in table():
        said = {result.name: result.steps for result in answers[row.name].results}
        assert said == {name: row.breaks.get(name) for name in said}, row.name


def unexercised(rule: Rule, clauses_of: Mapping[str, frozenset[str]]) -> set[str]:
    """The clauses of a row that no named configuration exercises."""
    return set(rule.clauses).difference(*(clauses_of[name] for name in rule.graphs))


def test_the_graphs_that_a_rule_names_exercise_its_clauses(
    clauses_of: Mapping[str, frozenset[str]],
) -> None:
    elsewhere = IN_THE_NETWORK | IN_RUNS_ONLY
    lacking = {
        rule.sentence: unexercised(rule, clauses_of) - elsewhere
        for rule in RULES
        if not rule.specification.startswith("none: the specification has no broadcast")
    }
    assert {sentence: names for sentence, names in lacking.items() if names} == {}
    assert len(lacking) >= len(RULES) - 6


def test_a_graph_that_does_not_exercise_a_rule_is_noticed(
    clauses_of: Mapping[str, frozenset[str]],
) -> None:
    rule = next(rule for rule in RULES if rule.clauses == ("TIME_OUT",))
    assert unexercised(rule, clauses_of) == set()
    assert unexercised(rule._replace(graphs=("P01",)), clauses_of) == {"TIME_OUT"}
