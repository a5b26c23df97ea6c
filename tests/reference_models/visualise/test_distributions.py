import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from torch import nn

from reference_models.visualise import distributions
from reference_models.visualise.distributions import class_densities, divergences, extracted


def _slow_density(values: NDArray[np.float64]) -> NDArray[np.float64]:
    nodes = [sum(np.exp(-((v - node / 10) ** 2) / 0.02) for v in values) for node in range(11)]
    return np.array(nodes) / sum(nodes)


def test_each_class_has_the_density_of_its_own_features() -> None:
    features = torch.rand(12, 10, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(12) % 3
    found = class_densities(features, labels, 4)
    for number in range(3):
        mine = features[labels == number].double().numpy()
        expected = np.concatenate([_slow_density(column) for column in mine.T]) / 10
        np.testing.assert_allclose(found[number].numpy(), expected, rtol=1e-4)
    assert float(found[3].sum()) == 0


@given(st.integers(0, 2**16))
def test_divergences_are_scipys_squared_distances(seed: int) -> None:
    rows = torch.rand(4, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rows = rows / rows.sum(1, keepdim=True)
    found = divergences(rows)
    for i in range(4):
        for j in range(4):
            expected = jensenshannon(rows[i].numpy(), rows[j].numpy(), base=2) ** 2
            assert found[i, j] == pytest.approx(expected, abs=1e-9)


def test_classes_that_share_nothing_are_one_bit_apart() -> None:
    assert divergences(torch.eye(2))[0, 1] == pytest.approx(1.0)


def test_the_figure_has_a_row_a_class_and_the_smallest_divergence() -> None:
    features = torch.tensor([[0.0], [1.0]]).repeat(1, 10)
    figure = distributions(features, torch.tensor([0, 1]), ["a", "b"], title="net")
    densities, matrix = figure.axes[:2]
    assert densities.images[0].get_array().shape == (2, 110)
    values = np.asarray(matrix.collections[0].get_array()).reshape(2, 2)
    assert values[0, 1] == pytest.approx(values[1, 0])
    assert f"smallest divergence {values[0, 1]:.3f} bits" in figure.get_supxlabel()


def test_features_are_extracted_in_evaluation_mode_batch_by_batch() -> None:
    extractor = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.Dropout(0.9))
    images = torch.rand(1203, 1, 2, 2)
    expected = extractor[1](images.flatten(1)).detach()
    torch.testing.assert_close(extracted(extractor, images), expected)
    assert extractor.training
