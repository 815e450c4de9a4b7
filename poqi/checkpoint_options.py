"""The options of ``poqi check`` that let a run go on after it was killed."""

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checker.checkpoint.archive import Archive, CheckpointError
from checker.question import Question
from poqi.errors import CommandError


def add_checkpoint_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    group = parser.add_argument_group("checkpoint")
    group.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="keep there what is found; after a kill the same command goes on from it",
    )
    group.add_argument(
        "--checkpoint-every",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds between two snapshots of one exploration (60); finished settings are always "
        "kept",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="refuse to begin anew if FOLDER holds no checkpoint",
    )


@contextmanager
def archive_of(arguments: argparse.Namespace, question: Question) -> Iterator[Archive | None]:
    """The archive that the arguments ask for, while the question is answered.

    Raises:
        CommandError: it cannot be used.
    """
    folder: Path | None = arguments.checkpoint
    if not arguments.checkpoint_every >= 0:
        raise CommandError("--checkpoint-every must be 0 or more")
    if folder is None:
        if arguments.resume:
            raise CommandError("--resume needs --checkpoint FOLDER, from which to go on")
        yield None
        return
    if arguments.resume and not (folder / "about.json").exists():
        raise CommandError(
            f"{folder} holds no checkpoint to go on from; leave out --resume to begin one"
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("poqi check: %(message)s"))
    logger = logging.getLogger("checker.checkpoint")
    logger.addHandler(handler)
    archive = None
    try:
        archive = Archive(folder, question, arguments.checkpoint_every)
        if archive.finished or archive.begun:
            settings = f"{len(archive.finished)} of {question.settings_count} settings are finished"
            begun = f", {archive.begun} begun" if archive.begun else ""
            print(f"poqi check: goes on from {folder}: {settings}{begun}", file=sys.stderr)
        yield archive
    except CheckpointError as error:
        raise CommandError(str(error)) from None
    finally:
        logger.removeHandler(handler)
        if archive is not None:
            archive.close()
