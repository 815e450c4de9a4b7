"""The evaluation: what is counted, and how the report says it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from runner_world import outputs_of

from poqi_core import LITERAL, PAPER, ConfigError, Readings
from runner.evaluation import Evaluation, Settings, SettingsError, evaluate
from runner.labels import TrueLabels
from runner.report import as_json, as_text
from runner.scores import Scores

SETTINGS = Settings(
    faulty_nodes=(),
    assumed_faults=2,
    readings=PAPER,
    profile="paper",
    network="rounds",
    amplitude=1.0,
    seed=0,
)

TRUE = np.arange(200) % 10


def _labels(values: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> TrueLabels:
    return TrueLabels(Path("labels.npy"), "1" * 64, values)


def _perfect(settings: Settings) -> Evaluation:
    """Seven networks that are always right."""
    return evaluate(outputs_of([TRUE.tolist()] * 7), _labels(TRUE), settings)


def test_perfect_networks_without_faults() -> None:
    result = _perfect(SETTINGS)
    assert result.scores == Scores(1, 1, 1, 1, 1, 1)
    assert result.own_accuracy == (1,) * 7
    assert result.histories_identical
    assert result.decided_by == (200, 0, 0, 0)
    assert (result.disagreements, result.partly_decided, result.interventions) == (0, 0, 0)
    # 200 views, one after the other in turn: nodes 0 to 3 led 29 of them and the others 28.
    assert result.rewards_identical
    assert result.honest[0] is not None
    assert list(map(int, result.honest[0].rewards)) == [30] * 4 + [29] * 3
    assert result.messages_per_decision == 6 * 17


def test_undecided_samples_count_as_wrong() -> None:
    """Sample 1 is in the dead zone with the right label ahead; sample 2 is decided wrongly."""
    labels = [[0, 1, 5]] * 4 + [[0, 3, 5]] * 3
    result = evaluate(outputs_of(labels), _labels(np.array([0, 1, 2])), SETTINGS)
    assert result.own_accuracy == pytest.approx([2 / 3] * 4 + [1 / 3] * 3)
    assert result.scores.poqi == pytest.approx(1 / 3)
    assert result.scores.majority == pytest.approx(2 / 3)
    assert result.decided_by == (2, 0, 0, 1)
    assert result.interventions == 1


def test_without_any_decision_there_are_no_messages_for_each() -> None:
    result = evaluate(
        outputs_of([[0], [1], [2], [3]]),
        _labels(np.array([0])),
        replace(SETTINGS, assumed_faults=1),
    )
    assert result.messages_per_decision is None
    assert result.scores.poqi == 0
    assert "for each decided sample" not in as_text(result)


@pytest.mark.parametrize("network", ["rounds", "asynchronous"])
@pytest.mark.parametrize("readings", [PAPER, LITERAL])
def test_the_parts_of_a_faulty_run_fit_each_other(network: str, readings: Readings) -> None:
    settings = replace(SETTINGS, faulty_nodes=(1, 4), network=network, readings=readings)
    result = _perfect(settings)
    honest = [node for node in result.honest if node is not None]
    assert [node is None for node in result.honest] == [n in (1, 4) for n in range(7)]
    assert sum(result.decided_by) == 200
    for node in honest:
        assert sum(node.decided_by) == 200
        assert node.decided_by.undecided <= result.decided_by.undecided
        assert result.scores.poqi <= node.scores.poqi
        # The honest nodes are all right, so what is decided is right.
        assert node.scores.poqi == pytest.approx(1 - node.decided_by.undecided / 200)
        # Five votes of seven are right.
        assert node.scores.majority == 1
    assert result.sent_by_faulty > 0
    assert sum(result.sent_by_kind.values()) == result.sent_by_honest + result.sent_by_faulty
    assert result.own_accuracy == (1,) * 7, "a faulty node is weighted by its file"


def test_only_an_amplitude_brings_the_average_down() -> None:
    """Unit vectors of one faulty node cannot outweigh six; vectors of sum 1000 always do."""
    settings = replace(SETTINGS, faulty_nodes=(2,))
    meek = _perfect(settings)
    loud = _perfect(replace(settings, amplitude=1000.0))
    assert meek.scores.weighted_average == 1
    for node in loud.honest:
        # The random label of ten classes is right in 20 of 200 samples, give or take 4.2.
        assert node is None or node.scores.weighted_average < 0.25
    assert loud.scores.majority == meek.scores.majority == 1
    assert loud.decided_by == meek.decided_by, "the protocol looks at labels alone"


def test_a_run_can_be_repeated() -> None:
    def untimed(settings: Settings) -> Evaluation:
        return replace(_perfect(settings), seconds=0.0, protocol_seconds=0.0)

    settings = replace(SETTINGS, faulty_nodes=(0, 6), network="asynchronous", seed=3)
    assert untimed(settings) == untimed(settings)
    assert untimed(settings) != untimed(replace(settings, seed=4))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"faulty_nodes": (7,)}, "faulty node 7 does not exist; the 7 nodes are 0 to 6"),
        ({"faulty_nodes": (-1,)}, "faulty node -1 does not exist"),
        ({"faulty_nodes": tuple(range(7))}, "all 7 nodes are faulty"),
        ({"amplitude": 0.0}, "amplitude"),
        ({"amplitude": float("nan")}, "amplitude"),
        ({"seed": -1}, "seed"),
        ({"network": "carrier pigeon"}, "the networks are rounds, asynchronous"),
    ],
)
def test_settings_that_make_no_sense(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        _perfect(replace(SETTINGS, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("faults", [-1, 7])
def test_more_faults_assumed_than_nodes(faults: int) -> None:
    with pytest.raises(ConfigError, match="f must be from 0 to 6"):
        _perfect(replace(SETTINGS, assumed_faults=faults))


def test_the_json_object_names_what_repeats_the_run() -> None:
    settings = replace(SETTINGS, faulty_nodes=(3,), readings=replace(PAPER, quorum="majority"))
    document = json.loads(json.dumps(as_json(_perfect(settings)), allow_nan=False))
    assert document["schema"] == 2
    accuracy = document["accuracy"]
    assert set(accuracy) == {*Scores._fields, "nodes", "by_node"}
    assert set(document["differing"]) == set(Scores._fields)
    assert accuracy["nodes"] == [1.0] * 7
    assert [entry is None for entry in accuracy["by_node"]] == [n == 3 for n in range(7)]
    assert set(document["decided_by"]) == {"consensus", "experts", "most_honest", "undecided"}
    assert isinstance(document["histories_identical"], bool)
    assert len(document["rewards"]) == 7
    assert document["messages"]["total"] == sum(document["messages"]["by_kind"].values())
    assert document["seconds"] >= document["protocol_seconds"] > 0
    configuration = document["configuration"]
    assert configuration["faulty_nodes"] == [3]
    assert (configuration["seed"], configuration["amplitude"]) == (0, 1.0)
    assert configuration["attack"] == "random"
    moments = document["rewards_over_time"]
    assert [samples for samples, _ in moments] == list(range(1, 201))
    assert moments[-1][1] == document["rewards"]
    assert configuration["readings"]["quorum"] == "majority"
    assert configuration["quorum"] == 4
    assert set(document["versions"]) == {"poqi", "python", "numpy"}
    assert document["outputs"][0]["sha256"] == "0" * 64
    assert document["labels"] == {"file": "labels.npy", "sha256": "1" * 64}


def test_the_page_says_what_a_reader_needs() -> None:
    settings = replace(SETTINGS, faulty_nodes=(3,), readings=replace(PAPER, quorum="majority"))
    page = as_text(_perfect(settings))
    lines = page.splitlines()
    assert lines[0] == "200 samples of 10 classes, 7 nodes, network rounds, seed 0"
    assert "quorum 4 of 7 (majority); readings: profile paper with quorum=majority" in page
    assert "faulty: 3; attack random, amplitude 1" in page
    (row,) = [line for line in lines if "node3" in line]
    assert row.split() == ["3", "node3", "100.00", *"------", "faulty"]
    assert "Undecided samples count as wrong." in page
    assert "Weights of the weighted average: each node's own accuracy on these samples" in page
