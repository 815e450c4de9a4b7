"""The graph that ``poqi graph`` writes has as many states and steps as TLC counts."""

from pathlib import Path

import pytest
import tlc
from configurations import Configuration, table

from poqi.main import main

networkx = pytest.importorskip("networkx")

SMALL = [
    row
    for row in table()
    if row.network == "asynchronous" and row.nodes == 2 and row.profile != "literal"
][:1] + [row for row in table() if row.network == "asynchronous" and row.nodes == 3][:1]


@pytest.mark.skipif(bool(tlc.missing()), reason=tlc.missing())
@pytest.mark.parametrize("row", SMALL, ids=str)
def test_tlc_counts_the_states_and_steps_of_an_exported_graph(
    row: Configuration, tmp_path: Path
) -> None:
    file = tmp_path / "graph.graphml"
    changes = [f"--reading={name}={value}" for name, value in row.changes.items()]
    command = f"-n {row.nodes} -f {row.faults} --profile {row.profile} --views {row.views}"
    command += f" --predictions {row.predictions} --start-view {row.start_view} -o {file}"
    # The specification keeps everything that is shown; every property together looks at it all.
    every = "evidence-agreement" if row.profile == "hardened" else "acceptance"
    command += f" --ballots {row.ballots} --max-states 100000 --property {every}"
    for name in ("agreement", "view-consistency", "reward-consistency", "termination"):
        command += f" --property {name}"
    assert main(["graph", *command.split(), *changes]) == 0
    graph = networkx.read_graphml(file, force_multigraph=True)
    checked = tlc.run(row.model, tmp_path, graph=False)
    assert graph.number_of_nodes() == checked.states
    assert graph.number_of_edges() == checked.generated - 1
    assert max(depth for _, depth in graph.nodes(data="depth")) == checked.depth - 1
