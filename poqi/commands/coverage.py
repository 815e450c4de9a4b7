"""Say what the runs in trace files exercised, and what not: clauses, messages, readings."""

import argparse
import json
from collections import Counter

import traces
from poqi.errors import Exit
from poqi.trace_files import departs, emit, load
from poqi_core.clauses import Clause
from poqi_core.run import DepartureError

_EPILOG = """\
examples:
  poqi coverage out.itf.json
  poqi coverage --json first.itf.json second.itf.json

exit status: 0 counted, 1 a file departs from the core, 2 a file is no trace file
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("files", metavar="FILE", nargs="+", help="trace files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Add up what the core exercised along each file."""
    files: list[str] = arguments.files
    found: list[traces.Exercised] = []
    for name in files:
        try:
            found.append(traces.exercised(load(name)))
        except DepartureError as error:
            raise departs(name, error) from None
    total = traces.Exercised(
        sum((one.clauses for one in found), Counter[Clause]()),
        sum((one.sent for one in found), Counter[str]()),
        sum((one.heard for one in found), Counter[str]()),
        frozenset.intersection(*(one.idle for one in found)),
    )
    emit(_as_json(files, total) if arguments.json else _as_table(files, total))
    return Exit.OK


def _as_json(files: list[str], total: traces.Exercised) -> str:
    clauses = total.clauses
    document = {
        "schema": 1,
        "files": files,
        "exercised": {clause.name: clauses[clause] for clause in Clause if clause in clauses},
        "not_exercised": [clause.name for clause in Clause if clause not in clauses],
        "sent": dict(sorted(total.sent.items())),
        "heard": dict(sorted(total.heard.items())),
        "readings_without_effect": sorted(total.idle),
    }
    return json.dumps(document, indent=1) + "\n"


def _as_table(files: list[str], total: traces.Exercised) -> str:
    traced = "1 trace" if len(files) == 1 else f"{len(files)} traces"
    count = total.clauses
    rows = [f"{traced}: {len(count)} of {len(Clause)} clauses exercised, with the number of times"]
    rows += [
        f"{count[clause]:6}  {clause.name:<18}{clause.value}" for clause in Clause if count[clause]
    ]
    rows.append("not exercised")
    rows += [f"     -  {clause.name:<18}{clause.value}" for clause in Clause if not count[clause]]
    rows.append("messages that honest nodes sent, and that had an effect on one")
    rows += [
        f"{total.sent[kind]:6} {total.heard[kind]:6}  {kind}"
        for kind in sorted({*total.sent, *total.heard})
    ]
    rows.append("readings without effect: with another value every step is the same")
    rows += [f"        {name}" for name in sorted(total.idle)]
    return "\n".join(rows) + "\n"
