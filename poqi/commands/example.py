"""Check a protocol that others have modelled, to see the checker at work and to copy from.

Each example is one file of checker/examples, written for the checker as a newcomer would.
docs/adding-a-protocol.md says how to write another.
"""

import argparse
import os
from collections.abc import Callable

from checker.examples.catalogue import EXAMPLES
from checker.examples.example import Example, ParameterError
from checker.exploration import Budget
from checker.interruption import heeded
from checker.model import ENGINES, EngineError
from checker.sweep import Progress, occupied_kibibytes
from poqi.errors import CommandError, Exit
from poqi.example_report import Reported, as_json, as_text, listing, listing_as_json
from poqi.memory import three_quarters_of_memory
from poqi.progress import SweepProgress

_EPILOG = """\
examples:
  poqi example
  poqi example paxos
  poqi example paxos --acceptors 3 --ballots 3 --engine fast
  poqi example pbft --mistake small-quorum
  poqi example reliable-broadcast --processes 3 --broadcast 0 --json

exit status: 0 listed or holds, 1 violated, 2 misuse, 3 undetermined
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: a command for each example, with its parameters."""
    parser.epilog = _EPILOG
    parser.set_defaults(example=None)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    examples = parser.add_subparsers(metavar="EXAMPLE", title="examples")
    for example in EXAMPLES:
        mistakes = "\n".join(f"  {name}: {one.summary}" for name, one in example.mistakes.items())
        one = examples.add_parser(
            example.name,
            help=example.summary,
            description=f"{example.summary[0].upper()}{example.summary[1:]}.\n\n"
            f"source: {example.source}\n\nmistakes:\n{mistakes}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        one.set_defaults(example=example)
        _configure(one, example)


def _configure(parser: argparse.ArgumentParser, example: Example) -> None:
    for parameter in example.parameters:
        parser.add_argument(
            f"--{parameter.name}",
            type=int,
            metavar="K",
            help=f"{parameter.help} ({parameter.default})",
        )
    parser.add_argument(
        "--mistake", choices=tuple(example.mistakes), help="check a deliberately broken variant"
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="full",
        help="full (default): every interleaving, so that states can be compared with others'; "
        "reduced: the same answer from fewer states; fast: full, compiled by numba",
    )
    parser.add_argument("--max-seconds", type=float, metavar="S", help="stop after that time")
    parser.add_argument("--max-states", type=int, metavar="K", help="stop after that many states")
    parser.add_argument(
        "--max-memory", type=int, metavar="MIB", help="stop at that much memory (3/4 of all)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """List the examples, or check one and say what was found."""
    example: Example | None = arguments.example
    if example is None:
        print(listing_as_json(EXAMPLES) if arguments.json else listing(EXAMPLES))
        return Exit.OK
    mistake: str | None = arguments.mistake
    given = {
        parameter.name: getattr(arguments, parameter.name.replace("-", "_"))
        for parameter in example.parameters
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    with heeded(), SweepProgress() as progress:
        budget = _budget(
            arguments,
            lambda states, depth, frontier: progress.report(
                Progress(0, 1, states, depth, frontier, occupied_kibibytes())
            ),
        )
        try:
            values = example.values(chosen, mistake)
            found = example.build(values, mistake).check(arguments.engine, budget)
        except (ParameterError, EngineError) as error:
            raise CommandError(str(error)) from error
    reported = Reported(example, values, mistake, arguments.engine, found)
    print(as_json(reported) if arguments.json else as_text(reported))
    return {
        "holds": Exit.OK,
        "violated": Exit.VIOLATED,
        "undetermined": Exit.UNDETERMINED,
    }[found.verdict.value]


def _budget(arguments: argparse.Namespace, report: Callable[[int, int, int], None]) -> Budget:
    for name in ("max_seconds", "max_states", "max_memory"):
        value: float | None = getattr(arguments, name)
        if value is not None and not value > 0:
            raise CommandError(f"--{name.replace('_', '-')} must be more than 0, not {value}")
    memory: int | None = arguments.max_memory
    return Budget(
        seconds=arguments.max_seconds,
        states=arguments.max_states,
        kibibytes=1024 * (three_quarters_of_memory() if memory is None else memory),
        memory=occupied_kibibytes,
        progress=report,
        threads=len(os.sched_getaffinity(0)),
    )
