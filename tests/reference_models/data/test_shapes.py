import numpy as np
import pytest
import torch

from reference_models.data import Dataset
from reference_models.data.shapes import CLASSES, shapes


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    return shapes("cifar10")


def test_pictures_are_cifars_size_and_kind(drawn: Dataset) -> None:
    for split, count in ((drawn.train, 2_000), (drawn.test, 500)):
        assert split.inputs.shape == (count, 3, 32, 32)
        assert split.inputs.dtype == torch.uint8
    assert (drawn.name, drawn.source, drawn.classes) == ("cifar10", "embedded", CLASSES)


def test_all_ten_kinds_come_equally_often(drawn: Dataset) -> None:
    assert len(set(CLASSES)) == 10
    assert drawn.train.labels.bincount(minlength=10).tolist() == [200] * 10
    assert drawn.test.labels.bincount(minlength=10).tolist() == [50] * 10


def test_kinds_are_shuffled(drawn: Dataset) -> None:
    labels = drawn.train.labels
    assert not bool((labels[1:] >= labels[:-1]).all())
    assert (labels[:100].bincount(minlength=10) > 0).all()


def test_the_same_pictures_come_every_time(drawn: Dataset) -> None:
    again = shapes("cifar10")
    assert again.key == drawn.key
    assert torch.equal(again.train.inputs, drawn.train.inputs)
    assert torch.equal(again.test.labels, drawn.test.labels)


def test_no_test_picture_is_a_train_picture(drawn: Dataset) -> None:
    seen = {image.numpy().tobytes() for image in drawn.train.inputs}
    assert not any(image.numpy().tobytes() in seen for image in drawn.test.inputs)


def test_colour_and_brightness_tell_nothing(drawn: Dataset) -> None:
    """The nearest class mean colour is hardly ever the right class: forms must be seen."""
    means = [split.inputs.float().mean((2, 3)).numpy() for split in (drawn.train, drawn.test)]
    centres = np.stack([means[0][drawn.train.labels.numpy() == k].mean(0) for k in range(10)])
    nearest = np.linalg.norm(means[1][:, None] - centres, axis=2).argmin(1)
    assert (nearest == drawn.test.labels.numpy()).mean() < 0.2


def _inked(drawn: Dataset, kind: str) -> np.ndarray:
    """The share of a kind's pictures' pixels that are unlike the corner's paper."""
    chosen = drawn.train.inputs[drawn.train.labels == CLASSES.index(kind)].float()
    apart = (chosen - chosen[:, :, :1, :1]).abs().mean(1) > 60
    return apart.float().mean((1, 2)).numpy()


@pytest.mark.parametrize("form", ["disc", "square", "diamond", "ring", "cross"])
def test_a_striped_form_has_about_half_a_solid_one_s_ink(drawn: Dataset, form: str) -> None:
    ratio = _inked(drawn, f"striped {form}").mean() / _inked(drawn, f"solid {form}").mean()
    assert 0.35 < ratio < 0.65


def test_a_ring_is_a_disc_with_a_hole(drawn: Dataset) -> None:
    ratio = _inked(drawn, "solid ring").mean() / _inked(drawn, "solid disc").mean()
    assert ratio == pytest.approx(1 - 0.55**2, abs=0.06)
