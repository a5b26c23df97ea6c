from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from reference_models.data import vision
from reference_models.errors import DataError

WriteMnist = Callable[[Path], None]


def test_mnist_is_read_as_channels_first_pixels(tmp_path: Path, write_mnist: WriteMnist) -> None:
    write_mnist(tmp_path)
    train, test = vision.decode("mnist", tmp_path)
    assert train.inputs.shape == (12, 1, 28, 28)
    assert train.inputs[:, 0, 3, 3].tolist() == list(range(12))
    assert test.labels.tolist() == [0, 1, 2, 3, 4]


def test_every_file_of_the_layout_is_a_source_but_archives_are_not(
    tmp_path: Path, write_mnist: WriteMnist
) -> None:
    write_mnist(tmp_path)
    (tmp_path / "MNIST/raw/train-images-idx3-ubyte.gz").touch()
    assert len(vision.source_files("mnist", tmp_path)) == 4
    assert vision.source_files("cifar10", tmp_path) == []


def test_a_truncated_file_is_called_damaged_with_its_folder(
    tmp_path: Path, write_mnist: WriteMnist
) -> None:
    write_mnist(tmp_path)
    images = tmp_path / "MNIST/raw/t10k-images-idx3-ubyte"
    images.write_bytes(images.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"mnist in .*MNIST/raw is damaged .* fetch it again"):
        vision.decode("mnist", tmp_path)


def test_a_missing_label_file_is_called_damaged(tmp_path: Path, write_mnist: WriteMnist) -> None:
    write_mnist(tmp_path)
    (tmp_path / "MNIST/raw/t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="is damaged"):
        vision.decode("mnist", tmp_path)


def test_a_failed_download_is_one_line_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_network(*_args: object, **_kwargs: object) -> None:
        print("Downloading ...")
        raise RuntimeError("Error downloading x:\nTried y, got:\nno route")

    monkeypatch.setattr(vision, "reader", lambda _: no_network)
    with pytest.raises(DataError, match=r"could not download mnist into .*: Error .* no route$"):
        vision.download("mnist", tmp_path)
    assert capsys.readouterr().out == ""


@pytest.mark.realdata
def test_real_mnist_is_whole(real_root: Path) -> None:
    train, test = vision.decode("mnist", real_root)
    assert torch.bincount(train.labels).tolist() == [
        *(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    ]
    assert (len(train), len(test)) == (60_000, 10_000)
