"""Say which nodes provably misbehaved in a trace, and show the messages that prove it.

An auditor has nothing but messages: those that honest nodes sent and received. With the reading
authentication=signatures each bears its author's signature, and a message, or a pair of
messages, that no honest node could have sent convicts its author. docs/blame.md has the list.
"""

import argparse
import json

import traces
from poqi.errors import CommandError, Exit
from poqi.trace_files import departs, emit, load
from poqi_core.run import DepartureError
from traces.words import listed, message_in_words

_EPILOG = """\
examples:
  poqi check -n 5 -f 1 --property agreement --reading authentication=signatures --trace out.itf.json
  poqi blame out.itf.json
  poqi blame --assume-signatures --json other.itf.json

exit status: 0 said, 1 the file departs from the core (poqi replay says more), 2 it is no trace
file, or its messages prove nothing to others (authentication=channel)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="a trace file; - is the standard input")
    parser.add_argument(
        "--assume-signatures",
        action="store_true",
        help="say what signatures would have proved, with authentication=channel",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Find the culprits and print what convicts them."""
    name: str = arguments.file
    trace = load(name)
    signed = trace.run.config.readings.authentication == "signatures"
    if not signed and not arguments.assume_signatures:
        raise CommandError(
            f"{name} was recorded with authentication=channel: a channel proves a message's "
            "sender to its receiver and nothing to others, so that nobody can be convicted; "
            "--assume-signatures says what signatures would have proved"
        )
    try:
        culprits = traces.blame(trace)
    except DepartureError as error:
        raise departs(name, error) from None
    emit(_as_json(name, trace, culprits) if arguments.json else _as_text(trace, culprits))
    return Exit.OK


def _as_json(name: str, trace: traces.Trace, culprits: tuple[traces.Culprit, ...]) -> str:
    document = {
        "schema": 1,
        "file": name,
        "authentication": trace.run.config.readings.authentication,
        "property": None if trace.breach is None else trace.breach.property,
        "faulty": list(trace.byzantine),
        "culprits": sorted({culprit.node for culprit in culprits}),
        "proofs": [
            {
                "node": culprit.node,
                "offence": culprit.offence.name,
                "deed": culprit.offence.deed,
                "readings": culprit.offence.where,
                "messages": [
                    {"step": step, "message": message_in_words(message, culprit.node)}
                    for step, message in culprit.exhibits
                ],
            }
            for culprit in culprits
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _as_text(trace: traces.Trace, culprits: tuple[traces.Culprit, ...]) -> str:
    nodes = sorted({culprit.node for culprit in culprits})
    lines = [_summary(trace, nodes)]
    for node in nodes:
        lines.append("")
        for culprit in culprits:
            if culprit.node != node:
                continue
            lines.append(f"node {node} {culprit.offence.deed} ({culprit.offence.name})")
            lines += (
                f"  step {step:>3}  {message_in_words(message, node)}"
                for step, message in culprit.exhibits
            )
    unproved = [node for node in trace.byzantine if node not in nodes]
    if unproved and nodes:
        lines += ["", f"nothing on record proves {listed(unproved)} faulty"]
    return "\n".join(lines) + "\n"


def _summary(trace: traces.Trace, nodes: list[int]) -> str:
    event = "this run" if trace.breach is None else f"this violation of {trace.breach.property}"
    if nodes:
        return f"{event} convicts {listed(nodes)}"
    said = f"{event} convicts nobody: every message on record could be an honest node's"
    return said if trace.breach is None else f"{said}; the protocol is at fault"
