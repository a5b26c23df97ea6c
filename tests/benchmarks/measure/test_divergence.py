from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import measure_trained
from benchmarks.measure.divergence import (
    class_densities,
    features_of,
    js_divergences,
    min_js,
    ucc_accuracy,
)
from reference_models import find_model
from reference_models.data import load_dataset, scale_pixels
from reference_models.training import Classification, evaluate


def _js(p: list[float], q: list[float]) -> float:
    """In bits, value by value."""
    total = 0.0
    for a, b in zip(p, q, strict=True):
        mean = (a + b) / 2
        total += (a * np.log2(a / mean) + b * np.log2(b / mean)) / 2
    return total


@given(st.integers(2, 4), st.integers(2, 8), st.integers(0, 1000))
@settings(max_examples=40)
def test_divergences_are_what_plain_arithmetic_says(rows: int, values: int, seed: int) -> None:
    drawn = np.random.default_rng(seed).uniform(1e-6, 1, (rows, values))
    drawn /= drawn.sum(1, keepdims=True)
    found = js_divergences(torch.from_numpy(drawn)).numpy()
    for i in range(rows):
        for j in range(rows):
            assert found[i, j] == pytest.approx(_js(drawn[i].tolist(), drawn[j].tolist()), abs=1e-9)


def test_distributions_with_nothing_in_common_are_a_bit_apart() -> None:
    rows = torch.tensor([[1.0, 1e-12], [1e-12, 1.0]], dtype=torch.float64)
    assert float(js_divergences(rows)[0, 1]) == pytest.approx(1, abs=1e-6)


@given(st.integers(1, 3), st.integers(0, 1000))
@settings(max_examples=20)
def test_a_class_is_one_density_of_all_its_images(features: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = np.array([0, 1, 0, 2, 1, 0, 2])
    values = generator.uniform(0, 1, (7, features))
    rows = class_densities(torch.from_numpy(values), torch.from_numpy(labels)).numpy()
    for label in range(3):
        expected = []
        for feature in range(features):
            heights = np.array(
                [
                    sum(
                        np.exp(-50 * (x - node / 10) ** 2) for x in values[labels == label, feature]
                    )
                    for node in range(11)
                ]
            )
            expected += (heights / heights.sum() / features).tolist()
        np.testing.assert_allclose(rows[label], np.clip(expected, 1e-12, 1), rtol=1e-4, atol=1e-9)
    pairs = [_js(rows[i].tolist(), rows[j].tolist()) for i, j in ((0, 1), (0, 2), (1, 2))]
    found = min_js(torch.from_numpy(values), torch.from_numpy(labels))
    assert found == pytest.approx(min(pairs), rel=1e-3)


def test_classes_with_the_same_features_are_not_apart() -> None:
    assert min_js(torch.full((6, 2), 0.5), torch.tensor([0, 0, 1, 1, 2, 2])) == 0.0


def test_a_protocol_of_bags_is_answered_as_bag_by_bag(monkeypatch: pytest.MonkeyPatch) -> None:
    """One pass over the images must come to what every bag's own forward pass comes to."""
    monkeypatch.setattr("reference_models.bs6207.bags._PROTOCOL", 20)
    card = find_model("bs6207/ucc-alpha1")
    data, task = load_dataset("mnist"), replace(card.recipes["quick"].task, bag=8)
    model = card.build(1)
    bags = task.by_protocol
    assert bags.test_batches == 2
    expected = evaluate(model, data.test, "standard", bags)
    assert ucc_accuracy(model, data.test, "standard", task) == expected.accuracy
    assert expected.examples == 80


def test_features_are_the_extractors(monkeypatch: pytest.MonkeyPatch) -> None:
    model = find_model("bs6207/ucc").build()
    pixels = load_dataset("mnist").test.inputs[:7]
    with torch.no_grad():
        expected = model.get_submodule("extractor")(scale_pixels(pixels, "standard"))
    monkeypatch.setattr("benchmarks.measure.divergence._BATCH", 3)
    torch.testing.assert_close(features_of(model, pixels, "standard"), expected)
    assert model.training


def test_other_models_and_other_tasks_are_named() -> None:
    data = load_dataset("mnist")
    with pytest.raises(MeasurementError, match="Linear extracts no features"):
        features_of(nn.Linear(2, 2), data.test.inputs, "standard")
    model = find_model("bs6207/ucc-alpha1").build()
    with pytest.raises(MeasurementError, match="Classification has no bags"):
        ucc_accuracy(model, data.test.head(4), "standard", Classification())


def test_the_measures_have_the_reports_names() -> None:
    card = find_model("bs6207/ucc-alpha1")
    data, model = load_dataset("mnist"), card.build()
    few = replace(data, test=data.test.head(200))
    recipe = card.recipes["quick"]
    apart = measure_trained("min_js", model, few, card, recipe)
    assert 0 < apart < 0.2
    for name in ("clustering_accuracy", "spectral_accuracy"):
        assert 0.1 < measure_trained(name, model, few, card, recipe) <= 1
