"""Train one of the paper's networks on one of its data sets, by the project's own recipe.

The weights go to one file, with a note of their origin.  A training can be killed at any time:
the same command goes on from FILE.partial and ends with the same weights, bit for bit on a
processor with the same number of threads (OMP_NUM_THREADS), as if nothing had happened.
"""

import argparse
import json
from pathlib import Path

from poqi.errors import CommandError, Exit
from poqi.files import check_writable
from poqi.runner_options import add_runner_options, cache_folder, device_of, require_torch
from poqi.step_progress import StepProgress
from runner.arrays import DataError
from runner.datasets import data_set, load_samples
from runner.networks.catalogue import ARCHITECTURES

_EXAMPLES = """\
examples:
  poqi train --network resnet20 --data-set cifar10 --epochs 10 --output resnet20.safetensors
  poqi train --network vgg16 --data-set fashion_mnist --data DIR --output vgg16.safetensors

A local folder holds NAME_train.npz and NAME_test.npz (images, labels), or for SVHN the authors'
train_32x32.mat and test_32x32.mat.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    group = parser.add_argument_group("training")
    group.add_argument(
        "--network",
        choices=[known.name for known in ARCHITECTURES],
        required=True,
        help="the architecture",
    )
    group.add_argument(
        "--epochs",
        metavar="N",
        type=int,
        default=100,
        help="how often each image is seen (default: 100, as in the paper)",
    )
    group.add_argument(
        "--seed", metavar="S", type=int, default=0, help="of everything random (default: 0)"
    )
    group.add_argument(
        "--output", metavar="FILE", type=Path, required=True, help="where the weights go"
    )
    group.add_argument(
        "--save-every",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="how often FILE.partial is written (default: 60)",
    )
    add_runner_options(parser)
    parser.add_argument("--json", action="store_true", help="print the note of the origin")


def run(arguments: argparse.Namespace) -> int:
    """Train and report."""
    if arguments.epochs < 1 or arguments.seed < 0 or arguments.save_every < 0:
        raise CommandError("--epochs must be 1 or more, --seed and --save-every 0 or more")
    require_torch()
    check_writable(arguments.output)
    from runner.recipe import RECIPES
    from runner.training import Moment, Plan, train

    progress: StepProgress | None = None

    def report(moment: Moment) -> None:
        nonlocal progress
        if progress is None:
            progress = StepProgress(moment.steps, "steps")
        progress(moment.step, f", epoch {moment.epoch}, loss {moment.loss:.3f}")

    try:
        described = data_set(arguments.data_set)
        samples = load_samples(described, "train", arguments.data, cache_folder())
        test = load_samples(described, "test", arguments.data, cache_folder())
        plan = Plan(
            arguments.network,
            described,
            arguments.epochs,
            arguments.seed,
            RECIPES[described.name],
        )
        note = train(
            plan,
            samples,
            test,
            arguments.output,
            device_of(arguments),
            arguments.save_every,
            report,
        )
    except DataError as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        raise CommandError(
            "interrupted; the same command goes on from where it last saved, if it did",
            Exit.INTERRUPTED,
        ) from None
    finally:
        if progress is not None:
            progress.clear()
    accuracy = note["test_accuracy"]
    if arguments.json:
        print(json.dumps(note))
    else:
        print(
            f"{arguments.network} on {described.title}: {accuracy:.2%} of {len(test.labels):,} "
            f"test images after {_epochs(arguments.epochs)}\n{arguments.output}"
        )
    return Exit.OK


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"
