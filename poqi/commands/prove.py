"""Prove, for every number of nodes and faults, what the checker can only explore within bounds.

Thresholds are proved by linear arithmetic over the sizes of sets; agreement, integrity and
consistency by an inductive invariant over any nodes, quorums and ballots; the same queries
about the paper's quorum of 2f+1 yield counter-models, which are confirmed as runs.  Each query
is shown not to be vacuous.  The steps of the running protocol are held against the relation that
is proved.  What is not decided in time is undetermined, never proved.
docs/proofs.md explains it all.
"""

import argparse
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from poqi.errors import CommandError, Exit
from poqi.files import write_whole

if TYPE_CHECKING:
    from checker.proofs.queries import Theorem

_EPILOG = """\
examples:
  poqi prove
  poqi prove --list
  poqi prove --only inductive-invariant --only agreement --queries
  poqi prove --json
  poqi prove --smt2 queries

exit status: 0 everything is proved, 1 something is refuted, 2 misuse, 3 undetermined
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="prove that theorem; can be repeated"
    )
    parser.add_argument(
        "--list", action="store_true", help="state the theorems, without proving them"
    )
    parser.add_argument(
        "--queries", action="store_true", help="show every query of a theorem with its answer"
    )
    parser.add_argument(
        "--query-seconds",
        type=float,
        default=20.0,
        metavar="S",
        help="time for a query before it is undetermined (20)",
    )
    parser.add_argument(
        "--exploration-seconds",
        type=float,
        default=60.0,
        metavar="S",
        help="time for an exploration before it is undetermined (60)",
    )
    parser.add_argument(
        "--smt2",
        type=Path,
        metavar="DIR",
        help="write every check as an SMT-LIB file for another solver, without proving anything",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Prove the theorems that are asked for and say what came of each."""
    if find_spec("z3") is None:
        raise CommandError("proofs need z3, which is not installed: pip install 'poqi[prove]'")
    query_seconds = _seconds(arguments, "query_seconds")
    exploration_seconds = _seconds(arguments, "exploration_seconds")
    from checker.proofs.queries import Outcome, worst
    from checker.proofs.theorems import prove
    from poqi import prove_report
    from poqi.step_progress import StepProgress

    chosen = _chosen(arguments.only)
    if arguments.list:
        listing = prove_report.list_as_json if arguments.json else prove_report.list_as_text
        print(listing(chosen))
        return Exit.OK
    folder: Path | None = arguments.smt2
    if folder is not None:
        print(f"{_write_smt_lib(folder, chosen)} files are in {folder}")
        return Exit.OK
    teller = prove_report.Teller(queries=arguments.queries)
    progress = StepProgress(sum(theorem.questions for theorem in chosen), "questions")
    done = count(1)
    proofs = []
    for theorem in chosen:
        proofs.append(
            prove(theorem, query_seconds, exploration_seconds, lambda: progress(next(done)))
        )
        if not arguments.json:
            progress.clear()
            print(teller.told(proofs[-1]), flush=True)
    progress.clear()
    print(prove_report.as_json(proofs) if arguments.json else prove_report.summary(proofs))
    return {
        Outcome.PROVED: Exit.OK,
        Outcome.REFUTED: Exit.VIOLATED,
        Outcome.UNDETERMINED: Exit.UNDETERMINED,
    }[worst(proof.outcome for proof in proofs)]


def _write_smt_lib(folder: Path, chosen: "tuple[Theorem, ...]") -> int:
    """Write the checks of each theorem into a folder of its own; how many they are."""
    from checker.proofs.solver import as_smt_lib

    files = {
        folder / theorem.name / f"{query.name.replace('/', '.')}.{check}.smt2": text
        for theorem in chosen
        for query in theorem.queries
        for check, text in as_smt_lib(query)
    }
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"cannot write {path}: {error.strerror}") from None
        write_whole(path, text)
    return len(files)


def _seconds(arguments: argparse.Namespace, name: str) -> float:
    seconds: float = getattr(arguments, name)
    if not seconds > 0:
        raise CommandError(f"--{name.replace('_', '-')} must be more than 0, not {seconds}")
    return seconds


def _chosen(names: list[str] | None) -> "tuple[Theorem, ...]":
    from checker.proofs.theorems import theorems

    known = {theorem.name: theorem for theorem in theorems()}
    for name in names or ():
        if name not in known:
            raise CommandError(f"there is no theorem {name!r}; poqi prove --list names them")
    return tuple(theorem for name, theorem in known.items() if names is None or name in names)
