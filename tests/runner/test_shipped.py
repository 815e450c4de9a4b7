"""The outputs that come with PoQI: whole, real, and what their notes and the documentation say."""

import re
from pathlib import Path

import numpy as np
import pytest

from runner.arrays import DataError
from runner.datasets import data_set
from runner.labels import fit, load_labels
from runner.networks.catalogue import ARCHITECTURES
from runner.outputs import load_outputs
from runner.outputs_file import read_outputs
from runner.shipped import SHIPPED, shipped_outputs

NETWORKS = [known.name for known in ARCHITECTURES]
DOCUMENTED = re.compile(r"^\| (\S+) \| (\S+) \| (\d+) \| ([0-9.]+) \| [0-9.]+ \|$", re.MULTILINE)


def test_outputs_are_shipped_for_two_data_sets_only() -> None:
    with pytest.raises(DataError, match="no outputs are shipped for 'svhn', only for cifar10,"):
        shipped_outputs("svhn")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_outputs_are_what_their_note_says(name: str) -> None:
    path = shipped_outputs(name)
    file, outputs = read_outputs(path), load_outputs(path)
    labels = load_labels(path)
    fit(labels, outputs)
    assert outputs.vectors.shape[1:] == (10_000, 10)
    assert np.bincount(labels.values).tolist() == [1000] * 10, "balanced, as published"
    assert path.stat().st_size < 2_000_000
    assert file.note["data_set"] == name
    assert list(file.names) == [known for known in NETWORKS if known in file.names], "Table I"
    nodes = file.note["nodes"]
    assert isinstance(nodes, list)
    for node, vectors, held in zip(nodes, outputs.vectors, file.names, strict=True):
        assert isinstance(node, dict)
        assert node["name"] == node["network"] == held
        assert node["accuracy"] == np.mean(vectors.argmax(axis=1) == labels.values)
        training = node["training"]
        assert isinstance(training, dict), "no outputs of other people's weights are shipped"
        assert training["data_set"] == name
        assert training["network"] == held
        assert training["test_sha256"] == file.note["test_sha256"]
        assert training["test_accuracy"] == node["accuracy"]


def test_the_documentation_has_the_accuracies_that_the_notes_have() -> None:
    text = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
    noted = []
    for name in SHIPPED:
        nodes = read_outputs(shipped_outputs(name)).note["nodes"]
        assert isinstance(nodes, list)
        for node in nodes:
            assert isinstance(node, dict)
            training, accuracy = node["training"], node["accuracy"]
            assert isinstance(training, dict)
            assert isinstance(accuracy, float)
            title = data_set(name).title
            row = (title, str(node["network"]), str(training["epochs"]), f"{100 * accuracy:.2f}")
            noted.append(row)
    assert DOCUMENTED.findall(text) == noted
