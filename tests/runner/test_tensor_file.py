"""Files of weights: the safetensors format, sound and damaged; no torch needed."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from runner.arrays import DataError
from runner.tensor_file import TensorFile, read_tensors, write_tensors
from runner.whole_file import write_bytes_whole

TENSORS = {
    "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "empty": np.zeros((0, 4), dtype=np.float32),
    "scalar": np.array(0.1, dtype=np.float32),
}


def sound(path: Path) -> bytes:
    write_tensors(path, TensorFile(TENSORS, {"poqi": "a note"}))
    return path.read_bytes()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    first = sound(path)
    file = read_tensors(path)
    assert file.notes == {"poqi": "a note"}
    assert list(file.tensors) == list(TENSORS)
    for name, tensor in TENSORS.items():
        assert file.tensors[name].tobytes() == tensor.tobytes()
        assert file.tensors[name].shape == tensor.shape
    assert sound(path) == first, "equal tensors give equal files"
    assert [found.name for found in tmp_path.iterdir()] == ["w.safetensors"]


def test_the_library_of_the_format_reads_and_writes_the_same(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    sound(tmp_path / "ours")
    theirs = library.load_file(tmp_path / "ours")
    assert {name: array.tolist() for name, array in theirs.items()} == {
        name: array.tolist() for name, array in TENSORS.items()
    }
    kinds = {
        kind: np.array([1, 2, 3]).astype(kind)
        for kind in ("float16", "float32", "float64", "int64")
    }
    library.save_file(kinds, tmp_path / "theirs", {"x": "y"})
    file = read_tensors(tmp_path / "theirs")
    assert file.notes == {"x": "y"}
    for kind in kinds:
        assert file.tensors[kind].dtype == np.float32
        assert file.tensors[kind].tolist() == [1, 2, 3]


def header(text: str, numbers: bytes = b"") -> bytes:
    return len(text.encode()).to_bytes(8, "little") + text.encode() + numbers


def one(kind: str, shape: list[int], begin: int, end: int) -> str:
    return json.dumps({"t": {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "its header does not fit into it"),
        (b"\xff" * 100, "its header does not fit into it"),
        (header("{]"), "its header is no JSON"),
        (header("[1]"), "its header has another form"),
        (header('{"t": 1}'), "its header has another form"),
        (header('{"t": {"dtype": "F32"}}'), "its header has another form"),
        (header(one("BF16", [1], 0, 2), b"12"), "numbers of the kind BF16"),
        (header(one("F32", [2], 0, 8), b"1234"), "t lies outside the file"),
        (header(one("F32", [2], 4, 0), b"1234"), "t lies outside the file"),
        (header(one("F32", [2], 0, 4), b"1234"), r"1 numbers and not the shape \[2\]"),
        (header(one("F32", [1], 0, 4), b"12345678"), "4 bytes belong to no tensor"),
        (header(one("F32", [1], 0, 3), b"123"), "buffer size must be a multiple"),
    ],
)
def test_damaged_files_are_refused_in_one_line(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=f"no safetensors file, or a damaged one .*{complaint}"
    ) as e:
        read_tensors(path)
    assert "\n" not in str(e.value)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = sound(tmp_path / "w")
    for length in range(len(whole)):
        (tmp_path / "w").write_bytes(whole[:length])
        with pytest.raises(DataError, match="damaged"):
            read_tensors(tmp_path / "w")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_tensors(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cannot read"):
        read_tensors(tmp_path)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    path = tmp_path / "w"
    path.write_bytes(b"before")

    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(DataError, match=r"cannot write .*: No space left"):
        write_bytes_whole(path, parts())
    with pytest.raises(DataError, match="cannot write"):
        write_bytes_whole(tmp_path / "nowhere" / "w", [b""])
    assert path.read_bytes() == b"before"
    assert [found.name for found in tmp_path.iterdir()] == ["w"]
