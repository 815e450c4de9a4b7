"""Say which clauses of section III the runs in trace files exercised, and which they did not."""

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
    """Add up the clauses that the core cited along each file."""
    files: list[str] = arguments.files
    total: Counter[Clause] = Counter()
    for name in files:
        try:
            total += traces.coverage(load(name))
        except DepartureError as error:
            raise departs(name, error) from None
    emit(_as_json(files, total) if arguments.json else _as_table(files, total))
    return Exit.OK


def _as_json(files: list[str], total: Counter[Clause]) -> str:
    document = {
        "schema": 1,
        "files": files,
        "exercised": {clause.name: total[clause] for clause in Clause if clause in total},
        "not_exercised": [clause.name for clause in Clause if clause not in total],
    }
    return json.dumps(document, indent=1) + "\n"


def _as_table(files: list[str], total: Counter[Clause]) -> str:
    traced = "1 trace" if len(files) == 1 else f"{len(files)} traces"
    rows = [f"{traced}: {len(total)} of {len(Clause)} clauses exercised, with the number of times"]
    rows += [
        f"{total[clause]:6}  {clause.name:<18}{clause.value}" for clause in Clause if total[clause]
    ]
    rows.append("not exercised")
    rows += [f"     -  {clause.name:<18}{clause.value}" for clause in Clause if not total[clause]]
    return "\n".join(rows) + "\n"
