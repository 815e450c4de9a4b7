"""Bring a trace down to what its violation needs, and say what was removed.

Acts are taken away, never added or changed, as long as the core runs along the rest and the
same property breaks at its end. What is left is told in the order with the fewest changes from
node to node. A trace that poqi check wrote is a shortest one already.
"""

import argparse
import json
import sys
from pathlib import Path

import traces
from poqi.errors import CommandError, Exit
from poqi.files import check_writable, write_whole
from poqi.trace_files import departs, emit, load
from poqi_core.run import DepartureError
from traces.words import act_of_run_in_words, counted

_EPILOG = """\
examples:
  poqi shrink walk.itf.json -o short.itf.json
  poqi shrink walk.itf.json | poqi show -
  poqi shrink --json walk.itf.json -o short.itf.json

Without -o the shorter trace is the output, and what was removed goes to the standard error.

exit status: 0 shrunk, 1 the file departs from the core (poqi replay says more), 2 it is no
trace file, or an ordinary walk that violates nothing
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="a trace file; - is the standard input")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="write the trace there")
    parser.add_argument(
        "--json", action="store_true", help="say what was removed as one JSON object (with -o)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Shrink the file, write what is left, and say what was removed."""
    name: str = arguments.file
    output: Path | None = arguments.output
    if arguments.json and output is None:
        raise CommandError("--json needs -o OUT, as the trace would be the output otherwise")
    if output is not None:
        check_writable(output)
    trace = load(name)
    try:
        shrunk = traces.shrink(trace)
    except DepartureError as error:
        raise departs(name, error) from None
    except traces.TraceError as error:
        raise CommandError(f"{name} cannot be shrunk: {error}") from None
    text = traces.write(shrunk.trace)
    if output is None:
        emit(text)
        print(_as_text(name, trace, shrunk), file=sys.stderr)
    else:
        write_whole(output, text)
        if arguments.json:
            emit(_as_json(name, output, trace, shrunk) + "\n")
        else:
            emit(_as_text(name, trace, shrunk) + "\n")
            emit(f"what is left is in {output}\n")
    return Exit.OK


def _as_json(name: str, output: Path, trace: traces.Trace, shrunk: traces.Shrunk) -> str:
    return json.dumps(
        {
            "schema": 1,
            "file": name,
            "output": str(output),
            "property": trace.property_name,
            "steps_before": trace.steps,
            "steps_after": shrunk.trace.steps,
            "removed": list(shrunk.removed),
            "moved": shrunk.moved,
        },
        indent=1,
    )


def _as_text(name: str, trace: traces.Trace, shrunk: traces.Shrunk) -> str:
    what = f"{name}: {trace.property_name} is violated"
    after = counted(shrunk.trace.steps, "step")
    if not shrunk.removed:
        moved = ", told in another order" if shrunk.moved else " already"
        return f"{what} in {after}{moved}; nothing was removed"
    moved = "; what is left is told in another order" if shrunk.moved else ""
    removed = (
        f"  {step:>4}  {act_of_run_in_words(trace.run.acts[step - 1], trace.run)}"
        for step in shrunk.removed
    )
    return "\n".join([f"{what} in {after} instead of {trace.steps}{moved}", "removed:", *removed])
