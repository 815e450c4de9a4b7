"""The configurations have everything: networks, profiles, placements, values of readings.

And they have it with both verdicts: for each value of each reading there is a configuration in
which everything holds, and one in which something breaks.
"""

from itertools import product

from configurations import LARGER, Configuration, table
from covered import BROADCAST, SPECIFIED, TOO_LARGE, Case, combination, missing, missing_values
from tlc import SPEC

from poqi_core.networks import NETWORKS
from poqi_core.register import REGISTER

ROWS = list(table())
LARGER_ROWS = list(table(LARGER))


def case(row: Configuration) -> Case:
    return Case(combination(row.network, row.setting, row.profile), row.setting)


def test_the_tables_have_everything() -> None:
    assert list(missing(map(case, ROWS + LARGER_ROWS))) == [str(TOO_LARGE)]


def test_the_smaller_table_has_every_value_of_every_reading() -> None:
    assert list(missing_values(row.setting for row in ROWS)) == []


def test_every_network_has_every_profile_that_it_is_for_holding_and_breaking() -> None:
    had = {(row.network, row.profile, bool(row.breaks)) for row in ROWS}
    wanted = set(product(NETWORKS, SPECIFIED, (False, True)))
    ordered_evidence = {("ordered", "hardened", breaks) for breaks in (False, True)}
    assert wanted - had == ordered_evidence
    sizes = {(row.network, row.nodes) for row in ROWS}
    assert set(product(NETWORKS, (3, 4))) <= sizes


def test_what_is_missing_is_said() -> None:
    without = [row for row in ROWS if row.changes.get("lock") != "any" and row.nodes < 4]
    said = set(missing(map(case, without)))
    assert {"lock=any", "rounds, hardened, N=4, a Byzantine primary"} <= said


def test_each_value_of_each_reading_holds_somewhere_and_breaks_somewhere() -> None:
    lacking = []
    for entry in REGISTER:
        if entry.name not in BROADCAST:
            verdicts: dict[str, set[bool]] = {}
            for row in ROWS:
                value = str(row.setting.config.readings.value(entry.name))
                verdicts.setdefault(value, set()).add(bool(row.breaks))
            lacking += [
                f"{entry.name}={value} never {'holds' if broken == {True} else 'breaks'}"
                for value, broken in verdicts.items()
                if len(broken) == 1
            ]
    assert lacking == []


def test_names_are_unique_and_as_many_as_the_pages_say() -> None:
    assert len({row.name for row in ROWS + LARGER_ROWS}) == len(ROWS) + len(LARGER_ROWS)
    for page in (SPEC / "README.md", SPEC.parent / "README.md"):
        assert f"{len(ROWS)} small configurations" in page.read_text(encoding="utf-8")
