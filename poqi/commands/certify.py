"""Certify every sample of a test set against the worst adversary.

For each sample, from the labels that the networks of all nodes answer: which labels can some honest
node be made to decide, over every behaviour of the faulty nodes, every schedule, every view in
which the sample begins and every choice of the faulty nodes?

certified   the true label can be decided, and no honest node can be made to decide another one
breakable   some honest node can be made to decide another label
differ      two honest nodes can come to hold different labels, or one of them none
blocked     one can be left undecided for ever although every message of an honest node arrives
conflict    one can take the sample for a conflict sample (section III.3); what comes of it is taken
            over every order of rewards and every next primary

What is neither certified nor breakable cannot be decided in consensus at all.  The row `every
choice` counts a sample as certified if it is for every choice of the faulty nodes, and the rest if
there is one choice; the rows below it are for the most and the least harmful choice.

Consensus is exact: the core's steps, composed view by view (docs/reductions.md, 12 to 15).  With
the profile hardened the core judges every evidence that can be agreed on; that agreement holds
and ends is checked and proved apart (docs/hardened.md).  Majority voting and averaging have
closed forms: a faulty node shows each receiver what it likes, in the average any vector of
probabilities.
"""

import argparse
import os
from pathlib import Path
from time import perf_counter

from checker.question import QuestionError
from poqi.certification import Request, certify, every_placement, patterns
from poqi.certify_report import as_json, as_text
from poqi.certify_sample_report import sample_report
from poqi.errors import CommandError, Exit
from poqi.files import check_writable
from poqi.outputs_options import add_outputs_options, node_numbers, outputs_of
from poqi.readings_options import changes_of
from poqi.step_progress import StepProgress
from poqi_core import ConfigError
from poqi_core.readings import PROFILES
from poqi_core.register import ReadingError, with_changes
from runner.arrays import DataError

_EXAMPLES = """\
examples:
  poqi certify -f 2
  poqi certify -f 1 --data-set fashion_mnist
  poqi certify -f 2 --faulty-nodes 3,5 --profile paper --json
  poqi certify -f 2 --profile hardened --samples 1000
  poqi certify -f 1 --sample 1234 --trace out.itf.json

exit status: 0 done, 2 misuse, 3 a profile is undetermined
"""

_PROFILES = ("paper", "literal", "hardened")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add_outputs_options(parser)
    protocol = parser.add_argument_group("protocol and adversary")
    protocol.add_argument(
        "-f",
        "--faulty",
        type=int,
        required=True,
        help="f, the faults that quorums assume, and the number of faulty nodes",
    )
    protocol.add_argument(
        "--faulty-nodes",
        metavar="LIST",
        help="the nodes that are faulty, numbered from 0, such as 3,5 (default: every choice of f)",
    )
    protocol.add_argument(
        "--profile",
        action="append",
        choices=_PROFILES,
        help="can be repeated (default: paper, literal and hardened)",
    )
    protocol.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a reading of each profile; can be repeated (poqi readings lists them)",
    )
    protocol.add_argument(
        "--network", choices=("asynchronous", "rounds"), default="asynchronous", help="see README"
    )
    protocol.add_argument(
        "--start-view",
        type=int,
        metavar="V",
        help="the view in which a sample begins (default: every one)",
    )
    one = parser.add_argument_group("one sample")
    one.add_argument(
        "--sample",
        type=int,
        metavar="K",
        help="say the worst that can be attained for sample K, counted from 0, with profile paper",
    )
    one.add_argument(
        "--trace", type=Path, metavar="FILE", help="write a run in which it is attained"
    )
    parser.add_argument("--workers", type=int, help="processes (as many as there are cores)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Certify and report."""
    began = perf_counter()
    if arguments.trace is not None:
        if arguments.sample is None:
            raise CommandError("--trace shows what happens to one sample; name it with --sample")
        check_writable(arguments.trace)
    try:
        request = _request(arguments)
        if arguments.sample is not None:
            return _certify_one(arguments, request)
        progress = StepProgress(patterns(request), "patterns")
        try:
            methods = list(certify(request, progress))
        finally:
            progress.clear()
    except (DataError, QuestionError, ConfigError, ReadingError) as error:
        raise CommandError(str(error)) from None
    tell = as_json if arguments.json else as_text
    print(tell(request, methods, perf_counter() - began))
    undetermined = any(method.marks is None for method in methods)
    return Exit.UNDETERMINED if undetermined else Exit.OK


def _request(arguments: argparse.Namespace) -> Request:
    outputs, labels = outputs_of(arguments)
    faults: int = arguments.faulty
    if not 0 <= faults < outputs.nodes:
        raise CommandError(f"-f must be from 0 to {outputs.nodes - 1}, not {faults}")
    placements = every_placement(outputs.nodes, faults)
    if arguments.faulty_nodes is not None:
        placements = (node_numbers(arguments.faulty_nodes),)
        wrong = [node for node in placements[0] if node >= outputs.nodes]
        if wrong:
            last = outputs.nodes - 1
            raise CommandError(f"there is no node {wrong[0]}; the nodes are 0 to {last}")
        if len(placements[0]) == outputs.nodes:
            raise CommandError("every node is faulty, so there is nothing to certify")
    view: int | None = arguments.start_view
    if view is not None and view < 0:
        raise CommandError(f"--start-view must be 0 or more, not {view}")
    workers: int | None = arguments.workers
    if workers is not None and workers < 1:
        raise CommandError(f"--workers must be at least 1, not {workers}")
    changes = changes_of(arguments)
    named: list[str] = arguments.profile or list(_PROFILES)
    return Request(
        outputs,
        labels,
        faults,
        placements,
        tuple(range(outputs.nodes)) if view is None else (view,),
        arguments.network,
        tuple((name, with_changes(PROFILES[name], changes)) for name in dict.fromkeys(named)),
        len(os.sched_getaffinity(0)) if workers is None else workers,
    )


def _certify_one(arguments: argparse.Namespace, request: Request) -> int:
    sample: int = arguments.sample
    if not 0 <= sample < request.outputs.samples:
        last = request.outputs.samples - 1
        raise CommandError(f"there is no sample {sample}; the samples are 0 to {last}")
    readings = with_changes(PROFILES["paper"], changes_of(arguments))
    print(sample_report(request, readings, sample, arguments.trace, as_json=arguments.json))
    return Exit.OK
