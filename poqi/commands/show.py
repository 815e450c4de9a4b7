"""Print a trace file for a person: who did what, what changed, what broke and why.

Labels are letters, as in --predictions. Only the steps that the violation depends on are
shown, unless all are asked for.
"""

import argparse
import json
import os
import sys

import traces
from poqi.errors import Exit
from poqi.trace_files import departs, emit, load
from poqi_core.run import DepartureError
from traces.paint import ANSI, PLAIN

_EPILOG = """\
examples:
  poqi show out.itf.json
  poqi show --all out.itf.json
  poqi show --pytest out.itf.json > test_counterexample.py

exit status: 0 shown, 1 the file departs from the core (poqi replay says more), 2 it is no
trace file
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="a trace file; - is the standard input")
    parser.add_argument(
        "--all",
        action="store_true",
        dest="everything",
        help="show the steps as well that the violation does not depend on",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object, with every step")
    form.add_argument(
        "--pytest", action="store_true", help="print a test that replays the run on the core"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show the file."""
    trace = load(arguments.file)
    try:
        if arguments.pytest:
            traces.faithful(trace)
            text = traces.pytest_text(trace)
        elif arguments.json:
            text = _as_json(trace) + "\n"
        else:
            text = traces.show(
                trace, everything=arguments.everything, paint=ANSI if _has_colours() else PLAIN
            )
    except DepartureError as error:
        raise departs(arguments.file, error) from None
    emit(text)
    return Exit.OK


def _has_colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _as_json(trace: traces.Trace) -> str:
    breach = trace.breach
    return json.dumps(
        {
            "schema": 1,
            "property": None if breach is None else breach.property,
            "conjunct": None if breach is None else breach.conjunct,
            "reason": None if breach is None else traces.reason(trace),
            "nodes": None if breach is None else list(breach.nodes),
            "byzantine": list(trace.byzantine),
            "scope": trace.origin.scope,
            "steps": [step._asdict() for step in traces.story(trace)],
        },
        indent=1,
    )
