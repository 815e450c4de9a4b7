"""Section "What depends on each reading" of the register says what the checker finds."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tlc import SPEC

from checker.dependence import COLUMNS, PUBLISHED, VIEWS, alternatives, answers, difference
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes

SECTION = (
    (SPEC / "README.md").read_text(encoding="utf-8").split("## What depends on each reading")[1]
)


class Finding(NamedTuple):
    """A row: a profile, the change, and by column what comes out otherwise."""

    profile: str
    change: str
    cells: tuple[str, ...]


def findings() -> Iterator[Finding]:
    """Every row, and every change that is said to make no difference."""
    for part in SECTION.split("\n## ")[0].split("### Profile `")[1:]:
        profile = part.partition("`")[0]
        for change, cells in re.findall(r"^\| `(.*?)` \| (.*) \|$", part, re.M):
            yield Finding(profile, change, tuple(cell.strip() for cell in cells.split(" | ")))
        unchanged = part.rpartition("The verdicts are the same")[2].partition(".")[0]
        for change in re.findall(r"`([^`]+)`", unchanged):
            yield Finding(profile, change, ("the same",) * len(COLUMNS[profile]))


FINDINGS = list(findings())

A_SAMPLE = [
    one
    for one in FINDINGS
    if one.change in ("primary_hears_view_change=no", "commit_needs_prepare=yes")
]


def assert_found(finding: Finding, *, only_what_changes: bool) -> None:
    profile, views = PROFILES[finding.profile], VIEWS[finding.profile]
    name, _, value = finding.change.partition("=")
    changed = with_changes(profile, {name: value})
    for column, said in zip(COLUMNS[finding.profile], finding.cells, strict=True):
        if not said.startswith("not asked") and not (only_what_changes and said == "the same"):
            before = answers(column, profile, views)
            found = difference(before, answers(column, changed, views))
            assert (found or "the same") == said, column


def test_every_value_of_every_published_reading_has_its_finding() -> None:
    assert {one.profile for one in FINDINGS} == set(COLUMNS)
    for profile in COLUMNS:
        expected = {
            f"{entry.name}={value}"
            for entry in PUBLISHED
            for value in alternatives(entry, str(PROFILES[profile].value(entry.name)))
        }
        listed = [one.change for one in FINDINGS if one.profile == profile]
        assert sorted(listed) == sorted(expected)


@pytest.mark.parametrize("finding", A_SAMPLE, ids=lambda one: f"{one.profile} {one.change}")
def test_some_findings_come_out_again(finding: Finding) -> None:
    assert_found(finding, only_what_changes=True)


@pytest.mark.long
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: f"{one.profile} {one.change}")
def test_every_finding_comes_out_again(finding: Finding) -> None:
    assert_found(finding, only_what_changes=False)
