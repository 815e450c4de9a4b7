"""What depends on each reading: the questions of ``checker.dependence``, for every value.

    python benchmarks/readings.py [--profile paper] [--only latch]

For every reading of the published flow, and every value that the profile does not take, the
checker answers the same questions as for the profile as it is.  A row of the table, which goes to
the standard output and is in section "What depends on each reading" of ``spec/README.md``, says
what comes out otherwise.
"""

import argparse

from checker.dependence import COLUMNS, PUBLISHED, VIEWS, alternatives, answers, difference
from poqi_core.readings import PROFILES
from poqi_core.register import with_changes


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=sorted(VIEWS), default="paper")
    parser.add_argument("--only", action="append", default=[], metavar="READING")
    arguments = parser.parse_args()
    profile, views = PROFILES[arguments.profile], VIEWS[arguments.profile]
    as_it_is = {column: answers(column, profile, views) for column in COLUMNS[arguments.profile]}
    cells = [
        ", ".join(f"{name} {said}" for name, said in found.items() if said != "holds")
        for found in as_it_is.values()
    ]
    print(f"| as it is | {' | '.join(cell or 'everything holds' for cell in cells)} |", flush=True)
    for entry in PUBLISHED:
        for value in alternatives(entry, str(profile.value(entry.name))):
            if not arguments.only or entry.name in arguments.only:
                changed = with_changes(profile, {entry.name: value})
                cells = [f"`{entry.name}={value}`"]
                for column, before in as_it_is.items():
                    if column == "conflicts" and value == "primary" and entry.name == "decide":
                        cells.append("not asked: one sample only")
                    else:
                        after = answers(column, changed, views)
                        cells.append(difference(before, after) or "the same")
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
