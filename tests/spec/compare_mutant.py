"""Compares a mutated core, which must come first on the path, with state graphs of TLC.

It is run in a process of its own, as a core once imported cannot be exchanged.  The arguments
are the folder in which that core must lie, and files with pickled pairs of a row of the table and
TLC's graph of it.  It prints the row in which the first difference is found, and the difference;
nothing if there is none.
"""

import pickle
import sys
from pathlib import Path

from configurations import parsed
from explored import VARIABLES, explored
from state_graph import differences

import poqi_core

SOME = 20_000


def difference(row: str, graph: object) -> str:
    """What the mutated core does otherwise than TLC in a configuration; empty if nothing."""
    configuration = parsed(row)
    try:
        found = explored(configuration.setting, configuration.network, SOME)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        return f"the core fails: {type(error).__name__}: {error}"
    if found is None:
        return f"the core reaches more than {SOME} states"
    assert set(VARIABLES) >= {configuration.network}
    return next(differences(graph, found.graph), "")  # type: ignore[arg-type]


def main(folder: str, *files: str) -> None:
    """Print the first difference."""
    if not Path(poqi_core.__file__).is_relative_to(folder):
        sys.exit(f"poqi_core is {poqi_core.__file__}, not the one in {folder}")
    for file in files:
        row, graph = pickle.loads(Path(file).read_bytes())
        departs = difference(row, graph)
        if departs:
            print(row)
            print(departs)
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
