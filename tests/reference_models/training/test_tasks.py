from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reference_models.training import Classification, Decision, Reconstruction, Task
from reference_models.training.corruptions import Zeroing


def _numpy(values: Tensor) -> Any:
    return values.numpy().astype(np.float64)


@given(st.integers(1, 6), st.integers(2, 5), st.integers(0, 1000))
def test_classification_is_what_numpy_says(samples: int, classes: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(samples, classes, generator=generator)
    labels = torch.randint(classes, (samples,), generator=generator)
    shares = np.exp(_numpy(logits)) / np.exp(_numpy(logits)).sum(1, keepdims=True)
    expected = -np.log(shares[np.arange(samples), labels.numpy()]).mean()
    assert float(Classification().loss(logits, labels)) == pytest.approx(expected, rel=1e-4)
    right = int((logits.numpy().argmax(1) == labels.numpy()).sum())
    assert int(Classification().right(logits, labels)) == right


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=8))
def test_a_decision_is_what_numpy_says(pairs: list[tuple[float, bool]]) -> None:
    chances = torch.tensor([[chance] for chance, _ in pairs])
    labels = torch.tensor([int(label) for _, label in pairs])
    p, y = _numpy(chances[:, 0]), labels.numpy()
    expected = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    assert float(Decision().loss(chances, labels)) == pytest.approx(expected, rel=1e-4)
    assert int(Decision().right(chances, labels)) == int(((p > 0.5) == y).sum())
    assert torch.equal(Decision().answers(chances).argmax(1), (chances[:, 0] > 0.5).long())


def test_a_reconstruction_is_shown_noise_in_training_alone() -> None:
    task = Reconstruction((Zeroing(1.0),))
    images, labels = torch.ones(2, 1, 3, 3), torch.zeros(2, dtype=torch.int64)
    shown, wanted = task.example(images, labels, training=True)
    assert shown.abs().sum() == 0
    assert torch.equal(wanted, images)
    assert torch.equal(task.example(images, labels, training=False)[0], images)


def test_a_reconstruction_costs_its_mean_squared_error_and_is_never_right() -> None:
    task = Reconstruction()
    assert float(task.loss(torch.full((2, 3), 3.0), torch.ones(2, 3))) == 4.0
    assert not task.counts_right
    assert int(task.right(torch.ones(2, 3), torch.ones(2, 3))) == 0


@pytest.mark.parametrize("task", [Classification(), Decision()])
def test_chance_is_the_share_of_the_commonest_class(task: Task) -> None:
    assert task.chance(torch.tensor([0, 1, 1, 1])) == 0.75
