from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from reference_models.data import folders
from reference_models.errors import DataError


def _paint(path: Path, value: int, side: int = 4) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((side, side, 3), value, dtype=np.uint8)).save(path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    for part in ("train", "test"):
        for label, name in enumerate(("cat", "dog")):
            for number in range(3):
                _paint(root / part / name / f"{number}.png", 50 * label + number)
    (root / "train" / "cat" / "notes.txt").write_text("not an image")
    return root


def test_pixels_and_labels_follow_class_and_file_order(tree: Path) -> None:
    train, test = folders.decode(tree, (3, 4, 4))
    assert train.inputs[:, 0, 0, 0].tolist() == [0, 1, 2, 50, 51, 52]
    assert train.labels.tolist() == test.labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_one_channel_means_grey(tree: Path) -> None:
    train, _ = folders.decode(tree, (1, 4, 4))
    assert train.inputs.shape == (6, 1, 4, 4)
    assert train.inputs.dtype == torch.uint8


def test_an_image_of_another_size_is_named(tree: Path) -> None:
    _paint(tree / "train" / "dog" / "9.png", 1, side=5)
    with pytest.raises(DataError, match=r"9\.png is 5x5 pixels, not 4x4"):
        folders.decode(tree, (3, 4, 4))


def test_a_damaged_image_is_named(tree: Path) -> None:
    (tree / "test" / "cat" / "1.png").write_bytes(b"\x89PNG but no more")
    with pytest.raises(DataError, match=r"1\.png is not a readable image"):
        folders.decode(tree, (3, 4, 4))


def test_a_class_that_train_lacks_is_named(tree: Path) -> None:
    _paint(tree / "test" / "emu" / "0.png", 1)
    with pytest.raises(DataError, match="has a class 'emu' that train lacks"):
        folders.decode(tree, (3, 4, 4))


def test_a_split_without_images_is_named(tree: Path) -> None:
    for image in (tree / "test").glob("*/*"):
        image.unlink()
    with pytest.raises(DataError, match=r"test holds no image; expected <class>/<image> files"):
        folders.decode(tree, (3, 4, 4))
