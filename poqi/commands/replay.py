"""Run a trace file on the core, step by step, and confirm the violation that it shows.

Every state in the file must be the one that the core reaches, every message of an honest node
must have been sent, and the property must break at the last step, for the reason in the file.
An ordinary walk claims no violation, and none is looked for.
"""

import argparse
import json

import traces
from poqi.errors import Exit
from poqi.trace_files import emit, load
from traces.words import counted

_EPILOG = """\
examples:
  poqi check -n 4 -f 1 --predictions '?AAB' --reading check_final=no --trace out.itf.json
  poqi replay out.itf.json
  poqi replay --json out.itf.json

exit status: 0 the file replays, 1 it departs from the core, 2 it is no trace file
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="a trace file; - is the standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Replay the file and say what came of it."""
    name: str = arguments.file
    trace = load(name)
    departure = traces.replay(trace).departure
    if arguments.json:
        emit(_as_json(name, trace, departure) + "\n")
    elif departure is None:
        emit(f"{name} replays on the core in {counted(trace.steps, 'step')}\n{_finding(trace)}\n")
    else:
        emit(f"{name} departs from the core at step {departure.step}: {departure.reason}\n")
    return Exit.OK if departure is None else Exit.VIOLATED


def _finding(trace: traces.Trace) -> str:
    if trace.breach is None:
        return "it is an ordinary walk, of which no violation is claimed"
    return f"{trace.breach.property} is violated: {traces.reason(trace)}"


def _as_json(name: str, trace: traces.Trace, departure: traces.Departure | None) -> str:
    breach = trace.breach
    return json.dumps(
        {
            "schema": 1,
            "file": name,
            "replays": departure is None,
            "property": None if breach is None else breach.property,
            "steps": trace.steps,
            "conjunct": None if breach is None else breach.conjunct,
            "nodes": None if breach is None else list(breach.nodes),
            "departure": None if departure is None else departure._asdict(),
        },
        indent=1,
    )
