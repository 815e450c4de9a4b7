"""Write the state graph of one setting as DOT or GraphML.

Every state that can be reached and every step between them, as the unreduced engine explores them
in the asynchronous network, with labels in words.  The nodes of the graph hold what the properties
look at, so that there are as many as poqi check --engine full counts.
"""

import argparse
import json
import sys
from pathlib import Path

from checker.state_graph import GraphSizeError, state_graph
from poqi.check_question import question_of
from poqi.errors import CommandError, Exit
from poqi.files import check_writable, write_whole
from poqi.graph_text import as_dot, as_graphml
from poqi.question_options import add_property_option, add_protocol_options, add_setting_options

_MOST = 5_000

_EPILOG = f"""\
examples:
  poqi graph -n 3 -f 1 --predictions '?AA' --views 1 -o graph.graphml
  poqi graph -n 3 -f 1 --predictions '?AA' --views 1 --property agreement | dot -Tsvg > graph.svg
  poqi graph -n 4 -f 1 --predictions 'ABBB' --views 1 --max-states 20000 -o graph.dot

The name of the file says the format: .dot or .gv for Graphviz, .graphml for Gephi, yEd or networkx.
Without -o it is DOT on the standard output.  Byzantine messages are dashed, states in which a
property is violated are filled, the initial state has a thick border; GraphML says so by the
attributes byzantine, violated and initial, and has the depth of each state.

A graph of more than {_MOST:,} states is refused unless --max-states allows more: nobody can look at
it, and few programs open it.

exit status: 0 written, 2 misuse, or too many states
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.set_defaults(engine="full", coverage=False, drawn=False, endless=False, labels=2)
    add_protocol_options(parser)
    setting = parser.add_argument_group("setting")
    add_property_option(setting, "what states are told apart by, besides the nodes' states")
    add_setting_options(setting)
    output = parser.add_argument_group("output")
    output.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the graph there")
    output.add_argument(
        "--max-states", type=int, default=_MOST, metavar="K", help=f"the most states ({_MOST})"
    )
    output.add_argument("--json", action="store_true", help="say the counts as JSON (with -o)")


def run(arguments: argparse.Namespace) -> int:
    """Write the graph and say how large it is."""
    output: Path | None = arguments.output
    most: int = arguments.max_states
    if most < 1:
        raise CommandError(f"--max-states must be at least 1, not {most}")
    if arguments.json and output is None:
        raise CommandError("--json needs -o FILE, as the graph would be the output otherwise")
    suffix = ".dot" if output is None else output.suffix
    if suffix not in (".dot", ".gv", ".graphml"):
        raise CommandError(
            f"the format of {output} is not known by its name; end it in .dot, .gv or .graphml"
        )
    if output is not None:
        check_writable(output)
    question = question_of(arguments)
    if question.network != "asynchronous":
        raise CommandError("a graph is of the asynchronous network; leave out --network")
    if question.settings_count > 1:
        raise CommandError(
            f"the question has {question.settings_count} settings, and a graph is of one; fix the "
            "predictions with --predictions"
        )
    (setting,) = question.settings()
    try:
        graph = state_graph(setting, question.properties, most)
    except GraphSizeError:
        raise CommandError(
            f"the graph has more than {most:,} states; ask for fewer views or labels, name one "
            "--property, or allow more with --max-states"
        ) from None
    name = f"poqi {arguments.profile} N={question.nodes} f={question.faults}"
    text = (as_graphml if suffix == ".graphml" else as_dot)(graph, question.config, name)
    told = f"{len(graph.states):,} states, {len(graph.edges):,} transitions, depth {graph.depth}"
    if output is None:
        sys.stdout.write(text)
        print(told, file=sys.stderr)
        return Exit.OK
    write_whole(output, text)
    if arguments.json:
        counts = {
            "states": len(graph.states),
            "transitions": len(graph.edges),
            "depth": graph.depth,
        }
        print(json.dumps({"schema": 1, "file": str(output), **counts}, indent=1))
    else:
        print(f"{told}, in {output}")
    return Exit.OK
