"""``poqi graph``: the state graph as a file, read back by networkx, which we did not write."""

import json
from pathlib import Path

import pytest

from poqi.main import main

Capture = pytest.CaptureFixture[str]

networkx = pytest.importorskip("networkx")

SETTINGS = [
    "-n 3 -f 1 --predictions ?AA --views 1 --adversary-labels 1",
    "-n 2 -f 0 --predictions AB,AA --views 2 --reading quorum=majority",
    "-n 3 -f 1 --predictions ABB --views 2 --reading wrong_view=vote",
    "-n 2 -f 1 --profile literal --predictions ?A --views 1",
    "-n 2 -f 0 --profile hardened --predictions AB --ballots 1",
]

TWO_NODES = "-n 2 -f 0 --predictions AA --views 1 --property agreement"


def written(capsys: Capture, setting: str, file: Path) -> dict[str, int]:
    assert main(["graph", *setting.split(), "-o", str(file), "--json"]) == 0
    counts: dict[str, int] = json.loads(capsys.readouterr().out)
    return counts


@pytest.mark.parametrize("setting", SETTINGS)
def test_networkx_reads_what_the_unreduced_engine_counts(
    capsys: Capture, tmp_path: Path, setting: str
) -> None:
    """States and transitions as ``poqi check --engine full`` counts them, too."""
    counts = written(capsys, setting, tmp_path / "graph.graphml")
    graph = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert graph.is_directed()
    assert graph.number_of_nodes() == counts["states"]
    assert graph.number_of_edges() == counts["transitions"]
    holding = ["check", *setting.split(), "--engine", "full", "--property", "integrity", "--json"]
    if "literal" not in setting:  # there it is violated, and the search stops
        main(holding)
        checked = json.loads(capsys.readouterr().out)
        own = written(capsys, f"{setting} --property integrity", tmp_path / "own.graphml")
        assert (own["states"], own["transitions"]) == (checked["states"], checked["transitions"])


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_depth_of_a_state_is_its_distance_from_the_start(
    capsys: Capture, tmp_path: Path, setting: str
) -> None:
    counts = written(capsys, setting, tmp_path / "graph.graphml")
    graph = networkx.read_graphml(tmp_path / "graph.graphml")
    (start,) = (node for node, data in graph.nodes(data=True) if data["initial"])
    distances = networkx.single_source_shortest_path_length(graph, start)
    assert distances == dict(graph.nodes(data="depth"))
    assert max(distances.values()) == counts["depth"]


def test_labels_say_who_stands_where_and_what_happens(capsys: Capture, tmp_path: Path) -> None:
    """The shortest way to a forged decision, and what is violated there."""
    file = tmp_path / "graph.graphml"
    setting = "-n 2 -f 1 --profile literal --predictions ?A --views 1 --property decided-validity"
    written(capsys, setting, file)
    graph = networkx.read_graphml(file)
    broken = [data for _, data in graph.nodes(data=True) if data["violated"]]
    assert {data["violated"] for data in broken} == {"decided-validity"}
    assert min(data["depth"] for data in broken) == 1
    assert any("decided B for sample 0\nviolated: decided-validity" in d["label"] for d in broken)
    edges = {
        (data["label"], data["node"], data["byzantine"]) for _, _, data in graph.edges(data=True)
    }
    assert ("node 1 classifies sample 0 as A", 1, False) in edges
    assert ("node 0 (Byzantine) -> node 1: decision B, view 0", 1, True) in edges


def test_graphviz_is_given_the_same_graph(capsys: Capture, tmp_path: Path) -> None:
    pytest.importorskip("pydot")
    counts = written(capsys, TWO_NODES, tmp_path / "graph.dot")
    graph = networkx.nx_pydot.read_dot(tmp_path / "graph.dot")
    assert graph.number_of_nodes() == counts["states"]
    assert graph.number_of_edges() == counts["transitions"]
    written(capsys, TWO_NODES, tmp_path / "graph.graphml")
    other = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert sorted(data["label"].strip('"') for _, _, data in graph.edges(data=True)) == sorted(
        data["label"] for _, _, data in other.edges(data=True)
    )


def test_without_a_file_it_is_dot_on_the_output(capsys: Capture) -> None:
    command = ["graph", *TWO_NODES.split()]
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert out.startswith('digraph "poqi paper N=2 f=0" {\n')
    assert out.endswith("}\n")
    assert f"{out.count('[label=') - out.count(' -> s')} states, " in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--predictions ?AAB --max-states 100", "the graph has more than 100 states; ask for"),
        ("--predictions ?AAB --views 4", "the graph has more than 5,000 states"),
        ("", "the question has 16 settings, and a graph is of one"),
        ("--predictions ?AAB --network rounds", "a graph is of the asynchronous network"),
        ("--predictions ?AAB -o graph.png", "end it in .dot, .gv or .graphml"),
        ("--predictions ?AAB --json", "--json needs -o FILE"),
        ("--predictions ?AAB --max-states 0", "--max-states must be at least 1, not 0"),
    ],
)
def test_misuse_is_told_in_one_line(capsys: Capture, arguments: str, message: str) -> None:
    assert main(["graph", "-n", "4", "-f", "1", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
