"""Which clauses of section III the scenarios exercise.

``pytest tests/core/test_clause_coverage.py -s`` prints the table: each clause, what it says,
and the first few of the stories in which the core applies it.
"""

from pathlib import Path

from core_scenario import tell

from poqi_core import Clause

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


def coverage() -> dict[Clause, list[str]]:
    """For each clause the scenarios in which an arm of the transition function applies it."""
    told = {path.stem: tell(path.read_text(encoding="utf-8")).clauses for path in SCENARIOS}
    return {
        clause: [name for name, clauses in told.items() if clause in clauses] for clause in Clause
    }


def test_the_scenarios_reach_every_clause() -> None:
    covered = coverage()
    for clause, stories in covered.items():
        some = ", ".join(stories[:3]) + (" ..." if stories[3:] else "")
        print(f"{clause.name:<17} {clause.value}")
        print(f"{'':<17} {len(stories)} scenarios: {some}")
    assert [clause.name for clause, stories in covered.items() if not stories] == []
