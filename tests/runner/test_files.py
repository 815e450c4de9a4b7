"""Outputs and labels from disk, sound and damaged."""

from pathlib import Path

import numpy as np
import pytest

from runner.arrays import DataError, digest
from runner.labels import fit, load_labels
from runner.outputs import load_outputs, softmax

LOGITS = np.array([[2.0, 0.0, -1.0], [0.0, 0.0, 5.0]], dtype=np.float32)
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]], dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "b_resnet.npy", LOGITS)
    np.save(tmp_path / "a_vgg.npy", PROBABILITIES)
    np.save(tmp_path / "c_crossval_probs.npy", PROBABILITIES)
    (tmp_path / "README.md").write_text("not an array")
    return tmp_path


def test_files_become_nodes_in_alphabetical_order_without_the_cross_validated_one(
    folder: Path,
) -> None:
    outputs = load_outputs(folder)
    assert [source.name for source in outputs.sources] == ["a_vgg", "b_resnet"]
    assert [source.kind for source in outputs.sources] == ["probabilities", "logits"]
    assert outputs.left_out == ("c_crossval_probs",)
    assert (outputs.nodes, outputs.samples, outputs.classes) == (2, 2, 3)
    assert outputs.sources[0].sha256 == digest(folder / "a_vgg.npy")
    assert outputs.vectors[0] == pytest.approx(PROBABILITIES, abs=1e-6)
    assert outputs.vectors.sum(axis=-1) == pytest.approx(np.ones((2, 2)), abs=1e-12)


def test_logits_become_their_softmax(folder: Path) -> None:
    # e^2, e^0 and e^-1 over their sum.
    row = [7.38905609893065, 1.0, 0.36787944117144233]
    expected = [value / sum(row) for value in row]
    assert load_outputs(folder).vectors[1, 0] == pytest.approx(expected)


def test_softmax_of_huge_logits_does_not_overflow() -> None:
    assert softmax(np.array([1e4, 0.0, -1e4])).tolist() == [1.0, 0.0, 0.0]


def test_names_and_patterns_choose_the_nodes_and_their_order(folder: Path) -> None:
    chosen = load_outputs(folder, ["b_resnet.npy", "*"])
    assert [source.name for source in chosen.sources] == ["b_resnet", "a_vgg", "c_crossval_probs"]
    assert chosen.left_out == ()
    fewer = load_outputs(folder, None, ["a_*"])
    assert [source.name for source in fewer.sources] == ["b_resnet", "c_crossval_probs"]
    assert fewer.left_out == ("a_vgg",)


def test_whole_numbers_and_other_precisions_are_logits_too(tmp_path: Path) -> None:
    for name, kind in (("i", np.int8), ("h", np.float16), ("d", np.float64)):
        np.save(tmp_path / f"{name}.npy", LOGITS.astype(kind))
    vectors = load_outputs(tmp_path).vectors
    assert vectors[0] == pytest.approx(vectors[1])
    assert vectors[1] == pytest.approx(vectors[2])


def _refusal(folder: Path, wanted: list[str] | None = None) -> str:
    with pytest.raises(DataError) as refused:
        load_outputs(folder, wanted)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_a_missing_folder_an_empty_one_and_a_missing_node(folder: Path, tmp_path: Path) -> None:
    assert "there is no folder" in _refusal(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "holds no .npy file" in _refusal(tmp_path / "empty")
    assert "node missing" in _refusal(folder, ["a_vgg", "d_*"])
    with pytest.raises(DataError, match="left out by"):
        load_outputs(folder, None, ["*"])


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.zeros((2, 4)), "2 samples of 4 classes"),
        (np.zeros((3, 3)), "3 samples of 3 classes"),
        (np.zeros(6), r"shape \(6,\)"),
        (np.zeros((1, 2, 3)), r"shape \(1, 2, 3\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (np.array([[0.0, 1.0, 2.0], [np.nan, 0.0, 0.0]]), "NaN or infinity in 1 .* sample 1"),
        (np.array([[0.0, np.inf, 2.0], [0.0, 0.0, 0.0]]), "NaN or infinity in 1 .* sample 0"),
        (np.array([["a", "b", "c"]] * 2), "not real numbers"),
        (LOGITS.astype(np.complex64), "not real numbers"),
        (LOGITS > 0, "not real numbers"),
    ],
)
def test_arrays_that_are_no_outputs_are_named(
    folder: Path, array: np.ndarray[tuple[int, ...], np.dtype[np.float64]], complaint: str
) -> None:
    np.save(folder / "d.npy", array)
    with pytest.raises(DataError, match=complaint) as refused:
        load_outputs(folder)
    assert "d.npy" in str(refused.value)


def _damage(path: Path) -> list[bytes]:
    sound = path.read_bytes()
    pickled = sound.replace(b"'<f4'", b"'|O' ")
    huge = sound.replace(b"(2, 3)", b"(2, 999999999999)"[:6])
    return [b"", sound[:-1], sound[:60], b"PK\x03\x04" + sound, b"text", pickled, huge[:80]]


@pytest.mark.parametrize("which", range(7))
def test_damaged_files_are_refused_in_one_line(folder: Path, which: int) -> None:
    path = folder / "b_resnet.npy"
    path.write_bytes(_damage(path)[which])
    assert "b_resnet.npy is no NumPy file, or a damaged one" in _refusal(folder)


def test_a_folder_called_like_an_array(folder: Path) -> None:
    (folder / "d.npy").mkdir()
    assert "cannot read" in _refusal(folder)


def test_labels_from_both_kinds_of_file(tmp_path: Path) -> None:
    np.save(tmp_path / "labels.npy", np.array([2, 0], dtype=np.uint8))
    np.savez(tmp_path / "test.npz", labels=np.array([2, 0]), images=np.zeros(3))
    for name in ("labels.npy", "test.npz"):
        labels = load_labels(tmp_path / name)
        assert labels.values.tolist() == [2, 0]
        assert labels.sha256 == digest(tmp_path / name)


def test_labels_that_are_none_are_refused(folder: Path, tmp_path: Path) -> None:
    outputs = load_outputs(folder)
    np.savez(tmp_path / "test.npz", images=np.zeros(3), y=np.zeros(3))
    with pytest.raises(DataError, match="no array called 'labels'; it holds images, y"):
        load_labels(tmp_path / "test.npz")
    with pytest.raises(DataError, match="there is no file"):
        load_labels(tmp_path / "nowhere.npy")
    for wrong in (np.array([0.5, 1.0]), np.array([[0, 1]])):
        np.save(tmp_path / "y.npy", wrong)
        with pytest.raises(DataError, match="labels are whole numbers"):
            load_labels(tmp_path / "y.npy")
    for values, complaint in (
        ([0, 1, 2], "has 3 labels and the outputs have 2 samples"),
        ([0, 3], "gives sample 1 the label 3"),
        ([-1, 0], "gives sample 0 the label -1"),
    ):
        np.save(tmp_path / "y.npy", np.array(values))
        with pytest.raises(DataError, match=complaint):
            fit(load_labels(tmp_path / "y.npy"), outputs)


def test_the_first_samples_only(folder: Path) -> None:
    outputs = load_outputs(folder).first(1)
    assert outputs.vectors.shape == (2, 1, 3)
    for wrong in (0, -1, 3):
        with pytest.raises(DataError, match="there are"):
            load_outputs(folder).first(wrong)
