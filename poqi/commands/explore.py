"""Walk through the state space in a browser: choose what happens next, and see what comes of it.

The page offers every delivery and every Byzantine message that the setting allows, tells in words
what each would change, shows which properties hold, goes back and elsewhere, jumps to a
counterexample that the checker finds, and saves the walk as a trace file.  It is served to this
machine alone, until Ctrl-C.
"""

import argparse
from pathlib import Path

from checker.question import QuestionError
from poqi.check_question import question_of
from poqi.errors import CommandError, Exit
from poqi.explorer.api import Explorer
from poqi.explorer.ground import Ground, ground_of_question, ground_of_trace
from poqi.explorer.server import ExplorerServer
from poqi.question_options import add_protocol_options, add_setting_options
from poqi.trace_files import departs, load
from poqi_core.run import DepartureError
from traces import faithful

_EPILOG = """\
examples:
  poqi explore -n 4 -f 1 --predictions '?AAB'
  poqi explore -n 4 -f 1 --predictions '?AAB' --reading check_final=no --port 8000
  poqi explore out.itf.json
  poqi explore --save-dir walks -n 4 -f 1 --predictions ABCA --network rounds

A trace FILE brings its own setting, and its steps are the walk to start from.

exit status: 0 ended with Ctrl-C, 1 FILE departs from the core, 2 misuse
"""


_OF_THE_SETTING = (
    "nodes",
    "faulty",
    "predictions",
    "byzantine",
    "samples",
    "views",
    "ballots",
    "adversary_labels",
    "adversary_evidence",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", nargs="?", help="a trace file to start from")
    add_protocol_options(parser, required=False)
    add_setting_options(parser.add_argument_group("setting"))
    serving = parser.add_argument_group("serving")
    serving.add_argument("--port", type=int, default=0, help="port (default: any that is free)")
    serving.add_argument(
        "--save-dir",
        type=Path,
        metavar="DIR",
        help="save walks in that folder (default: the browser keeps them)",
    )
    serving.add_argument(
        "--max-seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="the most time for a counterexample (30)",
    )
    parser.set_defaults(
        engine="reduced", property=None, coverage=False, drawn=False, endless=False, labels=2
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    seconds: float = arguments.max_seconds
    if not seconds > 0:
        raise CommandError(f"--max-seconds must be more than 0, not {seconds}")
    folder: Path | None = arguments.save_dir
    if folder is not None and not folder.is_dir():
        raise CommandError(f"there is no folder {folder}; make it, or name another --save-dir")
    ground = _ground(arguments)
    ground.prepare()
    explorer = Explorer(ground, folder, seconds)
    with ExplorerServer(explorer, arguments.port) as server:
        print(f"exploring at {server.url}  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            print("\nended", flush=True)
    return Exit.OK


def _ground(arguments: argparse.Namespace) -> Ground:
    name: str | None = arguments.file
    if name is None:
        for option in ("nodes", "faulty"):
            if getattr(arguments, option) is None:
                raise CommandError(f"name a trace file, or a setting with --{option} and others")
        try:
            return ground_of_question(question_of(arguments), arguments.profile)
        except QuestionError as error:
            raise CommandError(str(error)) from None
    for option in _OF_THE_SETTING:
        if getattr(arguments, option) is not None:
            given = option.replace("_", "-")
            raise CommandError(f"{name} brings its own setting, so --{given} has no place beside")
    trace = load(name)
    try:
        faithful(trace)
    except DepartureError as error:
        raise departs(name, error) from None
    try:
        return ground_of_trace(trace)
    except QuestionError as error:
        raise CommandError(f"{name} cannot be explored: {error}") from None
