"""A state graph as DOT (Graphviz) or as GraphML, with labels in words."""

from collections.abc import Collection, Iterator
from xml.sax.saxutils import escape, quoteattr

from checker.state_graph import GraphEdge, GraphState, StateGraph
from poqi_core.config import Config
from poqi_core.messages import Received
from poqi_core.run import Act
from traces.standing import standing
from traces.words import act_in_words

_KEYS = (
    ("node", "label", "string"),
    ("node", "depth", "int"),
    ("node", "initial", "boolean"),
    ("node", "violated", "string"),
    ("edge", "label", "string"),
    ("edge", "node", "int"),
    ("edge", "byzantine", "boolean"),
)
"""The attributes in GraphML: of what, its name, its type."""


def state_in_words(config: Config, state: GraphState) -> str:
    """How each honest node stands, in a line each, and what is violated."""
    lines = []
    for node, own, record in state.nodes:
        stands = standing(config, own, record)
        remembers = "".join(f", {clause}" for clause in stands.remembers)
        lines.append(f"node {node} {stands.position}{remembers}; {stands.decided}")
    if state.violated:
        lines.append(f"violated: {', '.join(state.violated)}")
    return "\n".join(lines)


def edge_in_words(edge: GraphEdge, honest: Collection[int]) -> str:
    """What happens."""
    return act_in_words(Act(edge.node, edge.event), honest)


def _is_byzantine(edge: GraphEdge, honest: Collection[int]) -> bool:
    return isinstance(edge.event, Received) and edge.event.sender not in honest


def as_dot(graph: StateGraph, config: Config, name: str) -> str:
    """The graph in the language of Graphviz.

    Initial states have a thick border, states in which something is violated are filled, and
    Byzantine messages are dashed.
    """
    honest = _honest(graph)
    lines = [
        f"digraph {_quoted(name)} {{",
        '  node [shape=box, fontname="Helvetica", fontsize=9];',
        '  edge [fontname="Helvetica", fontsize=8];',
    ]
    for number, state in enumerate(graph.states):
        looks = "" if state.depth else ", penwidth=3"
        if state.violated:
            looks += ', style=filled, fillcolor="#f3d3a8"'
        label = _quoted(state_in_words(config, state), newline="\\l")
        lines.append(f"  s{number} [label={label}{looks}];")
    for edge in graph.edges:
        dashed = ", style=dashed" if _is_byzantine(edge, honest) else ""
        label = _quoted(edge_in_words(edge, honest))
        lines.append(f"  s{edge.source} -> s{edge.target} [label={label}{dashed}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str, newline: str = "\\n") -> str:
    """``text`` as a string of DOT; each of its lines ends with ``newline`` if it has several."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    several = "\n" in escaped
    return '"' + escaped.replace("\n", newline) + (newline if several else "") + '"'


def as_graphml(graph: StateGraph, config: Config, name: str) -> str:
    """The graph as GraphML, which Gephi, yEd and networkx read."""
    honest = _honest(graph)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ]
    lines += [
        f'  <key id="{domain}_{key}" for="{domain}" attr.name="{key}" attr.type="{kind}"/>'
        for domain, key, kind in _KEYS
    ]
    lines.append(f'  <graph id={quoteattr(name)} edgedefault="directed">')
    for number, state in enumerate(graph.states):
        words = state_in_words(config, state)
        values = words, state.depth, _truth(not state.depth), ", ".join(state.violated)
        lines.append(f'    <node id="s{number}">')
        lines += _data("node", values)
        lines.append("    </node>")
    for number, edge in enumerate(graph.edges):
        words = edge_in_words(edge, honest)
        lines.append(f'    <edge id="e{number}" source="s{edge.source}" target="s{edge.target}">')
        lines += _data("edge", (words, edge.node, _truth(_is_byzantine(edge, honest))))
        lines.append("    </edge>")
    return "\n".join([*lines, "  </graph>", "</graphml>", ""])


def _data(domain: str, values: tuple[str | int, ...]) -> Iterator[str]:
    keys = [key for owner, key, _ in _KEYS if owner == domain]
    for key, value in zip(keys, values, strict=True):
        yield f'      <data key="{domain}_{key}">{escape(str(value))}</data>'


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _honest(graph: StateGraph) -> tuple[int, ...]:
    return tuple(node.node for node in graph.states[0].nodes)
