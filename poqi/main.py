"""The command ``poqi``: finds the subcommand, hands over, and turns errors into one line.

Every subcommand is a module of :mod:`poqi.commands` with ``configure(parser)`` and
``run(arguments) -> int``.  Only the one that is asked for is imported, with the rooms that it
needs, so that ``poqi --help`` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from poqi.errors import CommandError, Exit
from poqi.parsing import Parser


class Command(NamedTuple):
    """A subcommand: its name, the module that holds it, and a line of help."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("check", "check", "explore every run within bounds and report each property"),
    Command("simulate", "simulate", "draw random runs where there are too many to exhaust"),
    Command("sweep", "sweep", "check a matrix of questions on many cores, and draw the verdicts"),
    Command("weakest", "weakest", "rank the faults by which properties they break"),
    Command("prove", "prove", "prove what holds for every number of nodes and faults"),
    Command("replay", "replay", "run a trace file on the core and confirm what it shows"),
    Command("show", "show", "print a trace file for a person"),
    Command("shrink", "shrink", "bring a trace down to what its violation needs"),
    Command("blame", "blame", "say which nodes a trace proves faulty, and by which messages"),
    Command("graph", "graph", "write the state graph of one setting as DOT or GraphML"),
    Command("explore", "explore", "walk through the state space in a browser"),
    Command("example", "example", "check two-phase commit, reliable broadcast, Paxos or PBFT"),
    Command("evaluate", "evaluate", "run the protocol over real CNN outputs"),
    Command("certify", "certify", "what the worst adversary can make of every real sample"),
    Command("tables", "tables", "repeat the paper's experiments: Tables I and II, plots, a report"),
    Command("train", "train", "train one of the networks, resumable at any time"),
    Command("outputs", "outputs", "write what networks say about a test set to one file"),
    Command("readings", "readings", "list the readings of the paper and what each profile takes"),
    Command("coverage", "coverage", "say which clauses, messages and readings a trace exercised"),
)

_EXAMPLES = """\
examples:
  poqi check --profile paper --nodes 5 --faulty 1 --property agreement
  poqi check -n 4 -f 1 --predictions '?AAB' --trace out.itf.json
  poqi prove
  poqi replay out.itf.json
  poqi show --html out.html out.itf.json
  poqi explore -n 4 -f 1 --predictions '?AAB'
  poqi evaluate --outputs DIR --labels FILE --faulty-nodes 3,5
  poqi tables --output DIR

exit status: 0 holds or done, 1 violated, 2 misuse, 3 undetermined
"""


def _overview() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {command.name:<10} {command.summary}" for command in COMMANDS)
    parser = argparse.ArgumentParser(
        prog="poqi",
        usage="poqi COMMAND [OPTION ...]",
        description="Proof of Quality Inference: check the protocol, replay, and run it.\n\n"
        f"commands (poqi COMMAND --help):\n{listing}",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", help=argparse.SUPPRESS)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status; errors go to stderr in one line."""
    commands = {command.name: command for command in COMMANDS}
    overview = _overview()
    if not arguments:
        overview.print_help()
        return Exit.MISUSE
    name = arguments[0]
    if name not in commands:
        if name in ("-h", "--help"):
            overview.print_help()
            return Exit.OK
        known = ", ".join(commands)
        print(f"poqi: there is no command {name!r}; the commands are {known}", file=sys.stderr)
        return Exit.MISUSE
    try:
        module = import_module(f"poqi.commands.{commands[name].module}")
        parser = Parser(
            prog=f"poqi {name}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.configure(parser)
        status: int = module.run(parser.parse_args(arguments[1:]))
    except CommandError as error:
        print(f"poqi {name}: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print(f"poqi {name}: interrupted; nothing was written", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.OK
    return status


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))
