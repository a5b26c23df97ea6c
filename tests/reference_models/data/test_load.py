from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from reference_models.data import load_dataset, vision
from reference_models.errors import DataError

WriteMnist = Callable[[Path], None]


def _write_folder(root: Path, name: str) -> None:
    for part in ("train", "test"):
        for label in ("0", "1"):
            image = root / name / part / label / "a.png"
            image.parent.mkdir(parents=True)
            Image.fromarray(np.full((28, 28), int(label), dtype=np.uint8)).save(image)


def test_embedded_data_needs_no_root(tmp_path: Path) -> None:
    data = load_dataset("mnist", "embedded", tmp_path / "nowhere")
    assert (data.source, data.name) == ("embedded", "mnist")


def test_real_data_is_found_in_torchvisions_layout(tmp_path: Path, write_mnist: WriteMnist) -> None:
    write_mnist(tmp_path)
    data = load_dataset("mnist", "real", tmp_path)
    assert (data.title, data.source, len(data.train)) == ("MNIST", "real", 12)
    assert data.classes == tuple("0123456789")


def test_real_data_is_found_as_an_image_folder(tmp_path: Path) -> None:
    _write_folder(tmp_path, "mnist")
    data = load_dataset("mnist", "real", tmp_path)
    assert data.classes == ("0", "1")
    assert data.test.inputs.amax(dim=(1, 2, 3)).tolist() == [0, 1]


def test_the_root_comes_from_the_environment(
    tmp_path: Path, write_mnist: WriteMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(tmp_path)
    monkeypatch.setenv("GRADEBENCH_DATA", str(tmp_path))
    assert len(load_dataset("mnist", "real").test) == 5


def test_missing_data_names_the_folder_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_dataset("mnist", "real", tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(tmp_path) in message
    assert "--download" in message
    assert "--data-root" in message


def test_nothing_is_downloaded_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(vision, "download", lambda name, _root: calls.append(name))
    with pytest.raises(DataError, match="--download"):
        load_dataset("mnist", "real", tmp_path)
    assert calls == []


def test_a_download_fills_the_root_once(
    tmp_path: Path, write_mnist: WriteMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def download(name: str, root: Path) -> None:
        calls.append(name)
        write_mnist(root)

    monkeypatch.setattr(vision, "download", download)
    for _ in range(2):
        assert len(load_dataset("mnist", "real", tmp_path, download=True).train) == 12
    assert calls == ["mnist"]


def test_an_unknown_data_set_lists_the_known() -> None:
    with pytest.raises(DataError, match="no data set is called 'mnits'; there are: mnist"):
        load_dataset("mnits")


@pytest.mark.realdata
def test_real_cifar10_is_read_from_its_image_folder(real_root: Path) -> None:
    data = load_dataset("cifar10", "real", real_root)
    assert data.train.inputs.shape == (50_000, 3, 32, 32)
    assert data.test.inputs.shape == (10_000, 3, 32, 32)
    assert torch.bincount(data.test.labels).tolist() == [1000] * 10
