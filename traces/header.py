"""The metadata of a trace: everything that fixes its run but the acts themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from poqi_core.config import Config, ConfigError
from poqi_core.faults import FAULTS
from poqi_core.networks import NETWORKS, Partition, check_network, parse_partition
from poqi_core.prediction import Label
from poqi_core.properties import EVERY_PROPERTY
from poqi_core.readings import PROFILES, Readings
from poqi_core.register import ReadingError, with_changes
from traces.difference import described
from traces.errors import TraceError
from traces.json_text import Json, shortened
from traces.labels import parse_pattern, pattern
from traces.trace import Breach, Trace

SCHEMA = 2
"""The version of the file format."""

MOST_NODES = 1_000
"""The largest N of a trace."""

MOST_LOSSES = 1_000_000
"""The most messages that a network is said to lose."""

_LONGEST_READING = 100
"""The most characters of a reading, its name included."""

ADDED: Mapping[str, Json] = {"fault": "byzantine", "losses": 0, "partition": []}
"""What came to version 2 later: a file without it means this, and none is written that has it."""


@dataclass(frozen=True)
class Header:
    """The object ``#meta.poqi`` of a trace file; ``docs/trace-format.md`` has the meanings."""

    schema: int
    version: str
    violated: Breach | None
    profile: str
    readings: Mapping[str, str]
    nodes: int
    faults: int
    samples: int | None
    keep_early: bool
    network: str
    start_view: int
    views: int | None
    ballots: int | None
    predictions: tuple[str, ...]
    byzantine: tuple[int, ...]
    scope: str
    command: str
    fault: str
    losses: int
    partition: str | None


def header_of(trace: Trace) -> Header:
    """The metadata of ``trace``."""
    run, config, origin = trace.run, trace.run.config, trace.origin
    return Header(
        schema=SCHEMA,
        version=origin.version,
        violated=trace.breach,
        profile=origin.profile,
        readings={name: str(value) for name, value in config.readings.items()},
        nodes=config.nodes,
        faults=config.faults,
        samples=config.samples,
        keep_early=config.keep_early,
        network=run.network,
        start_view=run.start_view,
        views=run.views,
        ballots=run.ballots,
        predictions=tuple(pattern(predicted, config.nodes) for predicted in run.predicted),
        byzantine=trace.byzantine,
        scope=origin.scope,
        command=origin.command,
        fault=run.fault.name,
        losses=run.losses,
        partition=None if run.partition is None else run.partition.text(),
    )


def check(header: Header, place: str) -> None:
    """Check what the parts of a header say about each other.

    Raises:
        TraceError: they do not fit each other, or name something unknown.
    """
    known = [entry.name for entry in EVERY_PROPERTY]
    if header.violated is not None and header.violated.property not in known:
        raise TraceError(
            f"{place}.violated.property: there is no property "
            f"{shortened(header.violated.property)}; there are {', '.join(known)}"
        )
    if header.profile not in PROFILES:
        raise TraceError(
            f"{place}.profile: there is no profile {shortened(header.profile)}; "
            f"there are {', '.join(PROFILES)}"
        )
    if header.network not in NETWORKS:
        raise TraceError(
            f"{place}.network: there is no network {shortened(header.network)}; "
            f"there are {', '.join(NETWORKS)}"
        )
    _check_adversary(header, place)
    if header.nodes > MOST_NODES:
        raise TraceError(f"{place}.nodes: {header.nodes} nodes are too many, at most {MOST_NODES}")
    if header.start_view < 0:
        raise TraceError(f"{place}.start_view: views count from 0, not {header.start_view}")
    if not header.predictions:
        raise TraceError(f"{place}.predictions: there is no sample")
    if header.samples not in (None, len(header.predictions)):
        raise TraceError(
            f"{place}.samples: there are {header.samples} samples, "
            f"but {len(header.predictions)} patterns of predictions"
        )
    predicted = predictions_of(header, place)
    for at, labels in enumerate(predicted):
        faulty = [node for node in range(header.nodes) if node not in labels]
        if faulty != list(header.byzantine):
            raise TraceError(
                f"{place}.predictions[{at}]: it marks the nodes {described(faulty)} as faulty, "
                f"but byzantine is {described(list(header.byzantine))}"
            )
    if not predicted[0]:
        raise TraceError(f"{place}.predictions[0]: it has no honest node")


def _check_adversary(header: Header, place: str) -> None:
    """Check what is said of the fault and of what the network loses."""
    if header.fault not in FAULTS:
        raise TraceError(
            f"{place}.fault: there is no fault {shortened(header.fault)}; "
            f"there are {', '.join(FAULTS)}"
        )
    if header.fault == "none" and header.byzantine:
        raise TraceError(f"{place}.fault: it is none, but {list(header.byzantine)} are faulty")
    if FAULTS[header.fault].crashes and header.network == "asynchronous":
        raise TraceError(f"{place}.fault: nothing tells a crash in an asynchronous network")
    if header.losses > MOST_LOSSES:
        raise TraceError(f"{place}.losses: {header.losses} are too many, at most {MOST_LOSSES}")
    on_evidence = header.readings.get("agree_on", "label") != "label"
    partition = partition_of(header, place)
    reason = check_network(
        header.network, header.losses, partition, header.nodes, on_evidence=on_evidence
    )
    if reason is not None:
        raise TraceError(f"{place}: {reason}")


def partition_of(header: Header, place: str) -> Partition | None:
    """The partition that holds.

    Raises:
        TraceError: it cannot be read.
    """
    if header.partition is None:
        return None
    try:
        return parse_partition(header.partition)
    except ValueError as error:
        raise TraceError(f"{place}.partition: {error}") from None


def predictions_of(header: Header, place: str) -> tuple[Mapping[int, Label], ...]:
    """For each sample the label that each honest node predicts.

    Raises:
        TraceError: a pattern cannot be read, or has another length than N.
    """
    predicted: list[Mapping[int, Label]] = []
    for at, text in enumerate(header.predictions):
        try:
            labels = parse_pattern(text)
        except ValueError as error:
            raise TraceError(f"{place}.predictions[{at}]: {error}") from None
        if len(labels) != header.nodes:
            raise TraceError(
                f"{place}.predictions[{at}]: it stands for {len(labels)} nodes, "
                f"but there are {header.nodes}"
            )
        predicted.append({node: label for node, label in enumerate(labels) if label is not None})
    return tuple(predicted)


def config_of(header: Header, place: str) -> Config:
    """The configuration that the nodes of the trace have in common.

    Raises:
        TraceError: a reading is missing, unknown or has an unknown value; or they do not fit.
    """
    names = [name for name, _ in Readings().items()]
    missing = [name for name in names if name not in header.readings]
    if missing:
        raise TraceError(f"{place}.readings: {missing[0]} is missing")
    for name, value in header.readings.items():
        if len(name) + len(value) > _LONGEST_READING:
            raise TraceError(f"{place}.readings: {shortened(name)} cannot be {shortened(value)}")
    try:
        readings = with_changes(Readings(), header.readings)
        config = Config(
            header.nodes,
            header.faults,
            readings,
            samples=header.samples,
            keep_early=header.keep_early,
        )
    except ReadingError as error:
        raise TraceError(f"{place}.readings: {error}") from None
    except ConfigError as error:
        raise TraceError(f"{place}: {error}") from None
    return config
