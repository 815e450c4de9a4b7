"""Outputs of several networks in one file: rounded, read again, damaged."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.arrays import DataError, digest
from runner.labels import fit, load_labels
from runner.outputs import load_outputs, softmax
from runner.outputs_file import OutputsFile, read_outputs, rounded, write_outputs

NODES = ("vgg16", "resnet20", "a_crossval")
PROBABILITIES = softmax(np.random.default_rng(0).normal(0, 3, (3, 4, 5)))
LABELS = np.array([0, 4, 2, 1])


def written(path: Path) -> OutputsFile:
    vectors = np.stack([rounded(node) for node in PROBABILITIES])
    file = OutputsFile(NODES, vectors, LABELS, {"data_set": "made up", "nodes": [1.5, None]})
    write_outputs(path, file)
    return file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "o.npz"
    file = written(path)
    again = read_outputs(path)
    assert again.names == file.names
    assert again.note == file.note
    assert again.vectors.dtype == np.float16
    assert again.vectors.tobytes() == file.vectors.tobytes()
    assert again.labels.tolist() == LABELS.tolist()
    before = path.read_bytes()
    written(path)
    assert path.read_bytes() == before, "equal outputs give equal files"
    assert [found.name for found in tmp_path.iterdir()] == ["o.npz"]


def test_the_runner_reads_the_nodes_in_their_order_and_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "o.npz"
    written(path)
    outputs = load_outputs(path)
    assert [source.name for source in outputs.sources] == ["vgg16", "resnet20"]
    assert outputs.left_out == ("a_crossval",)
    assert {source.sha256 for source in outputs.sources} == {digest(path)}
    assert outputs.vectors == pytest.approx(PROBABILITIES[:2], abs=1e-3)
    assert outputs.vectors.sum(axis=2) == pytest.approx(np.ones((2, 4)), abs=1e-12)
    labels = load_labels(path)
    assert labels.values.tolist() == LABELS.tolist()
    fit(labels, outputs)
    chosen = load_outputs(path, ["resnet*", "a_*"])
    assert [source.name for source in chosen.sources] == ["resnet20", "a_crossval"]
    with pytest.raises(DataError, match=r"node missing: nothing in .*o.npz is called 'vgg19'"):
        load_outputs(path, ["vgg19"])


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=10), st.data())
def test_rounding_keeps_the_label_and_is_hardly_off(
    logits: list[float], data: st.DataObject
) -> None:
    """Also where others come so close to the greatest that float16 cannot tell them apart."""
    array = np.array([logits])
    close = data.draw(st.floats(0, 1e-4))
    array[0, data.draw(st.integers(0, len(logits) - 1))] = array.max() + close
    exact = softmax(array)
    kept = rounded(exact)
    greatest = int(exact[0].argmax())
    assert int(kept[0].argmax()) == greatest
    assert int((kept[0] == kept[0, greatest]).sum()) == 1, "no rule for ties can matter"
    # Half of float16's distance from 0.5 to 1, and once more for what was a tie.
    assert abs(kept - exact).max() <= 3 * 2.0**-12


def test_a_tie_goes_to_the_first_as_it_did_before() -> None:
    kept = rounded(np.array([[0.2, 0.4, 0.4]]))
    assert kept.argmax() == 1
    assert kept[0, 1] > kept[0, 2]
    assert rounded(np.array([[0.7, 0.3]])).tolist() == [[np.float16(0.7), np.float16(0.3)]]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"vectors": np.zeros((3, 4, 5))}, "outputs of float64"),
        ({"vectors": np.zeros((4, 5), np.float16)}, r"shape \(4, 5\)"),
        ({"vectors": np.zeros((3, 0, 5), np.float16)}, r"shape \(3, 0, 5\)"),
        ({"names": np.array(["a", "b"])}, "3 nodes and names of shape"),
        ({"names": np.array([1, 2, 3])}, "3 nodes and names of shape"),
        ({"labels": np.arange(5)}, "4 samples and labels of shape"),
        ({"note": np.array("{]")}, "the note in .* is damaged"),
        ({"note": np.array("[]")}, "the note in .* is damaged"),
        ({"note": None}, "has no array called 'note'"),
        ({"names": np.array(["a", "b", None])}, "is no NumPy file, or a damaged one"),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(
    tmp_path: Path,
    changed: dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None"],
    complaint: str,
) -> None:
    written(tmp_path / "o.npz")
    arrays = {**np.load(tmp_path / "o.npz"), **changed}
    np.savez(tmp_path / "o.npz", **{k: array for k, array in arrays.items() if array is not None})
    with pytest.raises(DataError, match=complaint) as refused:
        load_outputs(tmp_path / "o.npz")
    assert "\n" not in str(refused.value)


def test_outputs_that_are_no_probabilities_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "o.npz")
    for value, complaint in ((np.nan, "resnet20 in .* has NaN"), (0.9, "are no probabilities")):
        vectors = file.vectors.copy()
        vectors[1, 2, :] = value
        changed = OutputsFile(file.names, vectors, file.labels, file.note)
        write_outputs(tmp_path / "o.npz", changed)
        with pytest.raises(DataError, match=complaint):
            load_outputs(tmp_path / "o.npz")


def test_a_missing_or_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "o.npz"
    with pytest.raises(DataError, match="there is no file"):
        load_outputs(path)
    written(path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:-30], whole[: len(whole) // 2], b"text", whole[:200] + whole[210:]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"o\.npz is no NumPy file, or a damaged one"):
            load_outputs(path)
