"""An evaluation as a JSON object, and as a page for a person."""

from collections.abc import Callable, Iterator, Sequence

from poqi_core import PROFILES
from runner.evaluation import DecidedBy, Evaluation, HonestNode
from runner.json_values import Json
from runner.scores import Scores

SCHEMA = 2
"""The version of the JSON object."""

_WEIGHTS = "each node's own accuracy on these samples, by the outputs in its file"


def as_json(evaluation: Evaluation) -> dict[str, Json]:
    """The whole evaluation; lists with an entry for each node hold null for faulty nodes."""
    settings = evaluation.settings
    return {
        "schema": SCHEMA,
        "samples": evaluation.samples,
        "classes": evaluation.classes,
        "accuracy": {
            **_scores(evaluation.scores),
            "nodes": [*evaluation.own_accuracy],
            "by_node": _each(evaluation, lambda node: _scores(node.scores)),
        },
        "differing": _scores(evaluation.differing),
        "histories_identical": evaluation.histories_identical,
        "disagreements": evaluation.disagreements,
        "partly_decided": evaluation.partly_decided,
        "decided_by": {**evaluation.decided_by._asdict()},
        "decided_by_node": _each(evaluation, lambda node: {**node.decided_by._asdict()}),
        "repeated_decisions": _each(evaluation, lambda node: node.repeated),
        "interventions": evaluation.interventions,
        "rewards": _rewards(_first_honest(evaluation)),
        "rewards_identical": evaluation.rewards_identical,
        "rewards_over_time": [
            [samples, [*rewards]] for samples, rewards in evaluation.rewards_over_time
        ],
        "rewards_by_node": _each(evaluation, _rewards),
        "messages": {
            "total": evaluation.sent_by_honest + evaluation.sent_by_faulty,
            "by_honest_nodes": evaluation.sent_by_honest,
            "by_faulty_nodes": evaluation.sent_by_faulty,
            "by_kind": {**evaluation.sent_by_kind},
            "per_decision": evaluation.messages_per_decision,
        },
        "seconds": evaluation.seconds,
        "protocol_seconds": evaluation.protocol_seconds,
        "configuration": {
            "nodes": len(evaluation.sources),
            "assumed_faults": settings.assumed_faults,
            "quorum": evaluation.quorum,
            "faulty_nodes": [*settings.faulty_nodes],
            "attack": settings.attack if settings.faulty_nodes else None,
            "amplitude": settings.amplitude,
            "network": settings.network,
            "seed": settings.seed,
            "profile": settings.profile,
            "readings": {
                name: value if isinstance(value, int) else str(value)
                for name, value in settings.readings.items()
            },
            "weights": _WEIGHTS,
        },
        "outputs": [
            {
                "node": node,
                "name": source.name,
                "file": str(source.path),
                "sha256": source.sha256,
                "kind": source.kind,
            }
            for node, source in enumerate(evaluation.sources)
        ],
        "left_out": [*evaluation.left_out],
        "labels": {"file": evaluation.labels[0], "sha256": evaluation.labels[1]},
        "versions": {**evaluation.versions},
    }


def _each(evaluation: Evaluation, value: Callable[[HonestNode], Json]) -> list[Json]:
    return [None if node is None else value(node) for node in evaluation.honest]


def _scores(scores: Scores) -> dict[str, Json]:
    return {**scores._asdict()}


def _rewards(node: HonestNode) -> Json:
    return [float(reward) for reward in node.rewards]


def _first_honest(evaluation: Evaluation) -> HonestNode:
    return next(node for node in evaluation.honest if node is not None)


def as_text(evaluation: Evaluation) -> str:
    """The evaluation as a page of text."""
    return "\n".join(
        [
            *_what_was_run(evaluation),
            "",
            *_accuracy_table(evaluation),
            "",
            *_what_happened(evaluation),
        ]
    )


def _what_was_run(evaluation: Evaluation) -> Iterator[str]:
    settings = evaluation.settings
    nodes = len(evaluation.sources)
    yield (
        f"{evaluation.samples:,} samples of {evaluation.classes} classes, {nodes} nodes, "
        f"network {settings.network}, seed {settings.seed}"
    )
    yield (
        f"f = {settings.assumed_faults} faults assumed: quorum {evaluation.quorum} of {nodes} "
        f"({settings.readings.quorum}); readings: {_readings(evaluation)}"
    )
    if settings.faulty_nodes:
        yield (
            f"faulty: {_listing(settings.faulty_nodes)}; attack {settings.attack}, "
            f"amplitude {settings.amplitude:g}"
        )
    if evaluation.left_out:
        yield f"files that are no node: {_listing(evaluation.left_out)}"


def _readings(evaluation: Evaluation) -> str:
    settings = evaluation.settings
    changed = [
        f"{name}={value}"
        for name, value in settings.readings.items()
        if value != PROFILES[settings.profile].value(name)
    ]
    return f"profile {settings.profile}" + (f" with {_listing(changed)}" if changed else "")


def _accuracy_table(evaluation: Evaluation) -> Iterator[str]:
    names = [source.name for source in evaluation.sources]
    width = max(len("every honest node"), *map(len, names)) + 4
    columns = ("    own", "weighted", "majority", "  median", " trimmed", "geometric", "   PoQI")
    yield "accuracy in %".ljust(width) + "".join(f"  {column:>{len(column)}}" for column in columns)

    def row(name: str, own: float | None, scores: Scores | None, remark: str = "") -> str:
        values = [own, *([None] * 6 if scores is None else [*scores[1:], scores.poqi])]
        cells = [
            f"  {'-' if value is None else f'{100 * value:.2f}':>{len(column)}}"
            for column, value in zip(columns, values, strict=True)
        ]
        return (name.ljust(width) + "".join(cells) + remark).rstrip()

    for number, name in enumerate(names):
        node = evaluation.honest[number]
        yield row(
            f"{number:>2}  {name}",
            evaluation.own_accuracy[number],
            None if node is None else node.scores,
            "  faulty" if node is None else "",
        )
    yield row("every honest node", None, evaluation.scores)
    yield (
        "Undecided samples count as wrong.  The last row counts the samples for which every "
        "honest node has the true label."
    )
    yield f"Weights of the weighted average: {_WEIGHTS}."
    yield (
        "Median and trimmed mean are taken class by class; geometric: the geometric median.  "
        "Each node uses what it has received."
    )


def _what_happened(evaluation: Evaluation) -> Iterator[str]:
    honest = [(number, node) for number, node in enumerate(evaluation.honest) if node is not None]
    if evaluation.histories_identical:
        yield f"histories: identical at every honest node ({len(honest)})"
    else:
        yield (
            f"histories: not identical at the honest nodes ({len(honest)}); samples with "
            f"different labels: {evaluation.disagreements:,}, decided by some nodes only: "
            f"{evaluation.partly_decided:,}"
        )
    repeated = sum(node.repeated for _, node in honest)
    if repeated:
        yield f"decided a second time: {repeated:,} entries of all honest histories"
    yield f"decided by every honest node: {_decided_by(evaluation.decided_by)}"
    different = {node.decided_by for _, node in honest}
    if different != {evaluation.decided_by}:
        for number, node in honest:
            yield f"  by node {number}: {_decided_by(node.decided_by)}"
    yield f"interventions (NextSample): {evaluation.interventions:,}"
    if evaluation.rewards_identical:
        yield f"rewards: {_reward_list(honest[0][1])}"
    else:
        yield "rewards, as each honest node records them:"
        for number, node in honest:
            yield f"  by node {number}: {_reward_list(node)}"
    yield _messages(evaluation)
    yield (
        f"time: {evaluation.seconds:.1f} s, of which the protocol "
        f"{evaluation.protocol_seconds:.1f} s: "
        f"{evaluation.samples / evaluation.protocol_seconds:,.0f} samples a second"
    )


def _decided_by(counts: DecidedBy) -> str:
    return (
        f"consensus {counts.consensus:,}, experts {counts.experts:,}, "
        f"most honest {counts.most_honest:,}, undecided {counts.undecided:,}"
    )


def _reward_list(node: HonestNode) -> str:
    return ", ".join(f"{float(reward):.6g}" for reward in node.rewards)


def _messages(evaluation: Evaluation) -> str:
    total = evaluation.sent_by_honest + evaluation.sent_by_faulty
    each = evaluation.messages_per_decision
    return (
        f"messages: {total:,}"
        + (f", {evaluation.sent_by_faulty:,} by faulty nodes" if evaluation.sent_by_faulty else "")
        + ("" if each is None else f"; {each:.1f} for each decided sample")
    )


def _listing(values: Sequence[int] | Sequence[str]) -> str:
    return ", ".join(map(str, values))
