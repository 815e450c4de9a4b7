"""What the register names as showing a rule really exercises it.

Of each row, the named stories and tests are run; among them they must apply every clause and
call every function that the row names.
"""

import re
from collections.abc import Mapping
from importlib import import_module
from inspect import isclass

import pytest
from exercised import Exercised, exercise
from registered import Rule, rules

RULES = list(rules())


@pytest.fixture(scope="module")
def exercised(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Exercised]:
    names = dict.fromkeys(name for rule in RULES for name in rule.shown_by)
    return exercise(names, tmp_path_factory.mktemp("exercised"))


def is_called(name: str) -> bool:
    """Whether what the register names is a function that a step can call."""
    module, *attributes = name.split(".")
    found: object = import_module(f"poqi_core.{module}")
    for attribute in attributes:
        found = getattr(found, attribute)
    return not isclass(found) and not isinstance(found, int | str | dict)


def lacking(rule: Rule, exercised: Mapping[str, Exercised]) -> list[str]:
    """The clauses and functions of a row that nothing which it names exercises."""
    shown = [exercised[name] for name in rule.shown_by]
    clauses = {clause for one in shown for clause in one.clauses}
    functions = {function for one in shown for function in one.functions}
    called = {name for name in rule.functions if is_called(name)}
    return sorted((set(rule.clauses) - clauses) | (called - functions))


def test_what_shows_a_rule_exercises_it(exercised: Mapping[str, Exercised]) -> None:
    found = {rule.sentence: lacking(rule, exercised) for rule in RULES}
    assert {sentence: names for sentence, names in found.items() if names} == {}


def test_what_does_not_exercise_a_rule_is_noticed(exercised: Mapping[str, Exercised]) -> None:
    rule = next(rule for rule in RULES if rule.clauses == ("TIE",))
    other = rule._replace(shown_by=("accepted_by_all.txt",))
    assert lacking(rule, exercised) == []
    assert lacking(other, exercised) == ["TIE", "conflict.on_tie_break"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: re.sub(r"\W+", "-", rule.sentence)[:40])
def test_every_rule_is_shown_by_something(rule: Rule) -> None:
    assert rule.shown_by
