from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch
from torch import nn

from reference_models import ReportedFigure, find_experiment, find_model
from reference_models.data import Dataset, load_dataset
from reference_models.data.pentagons import LOWER, SIDE, UPPER, inside
from reference_models.jhu482 import (
    ASSIGNMENT,
    Autoencoder,
    Probe,
    SigmoidNetwork,
    SmallCNN,
    ThresholdNetwork,
)
from reference_models.jhu482.autoencoders import NOISE
from reference_models.jhu482.pentagons import (
    LOWER_SIDES,
    START,
    TRAIN_SHARE,
    UPPER_SIDES,
    Thinned,
    uniform_start,
)
from reference_models.layers import layer_table
from reference_models.preparing import prepare
from reference_models.training import Reconstruction, evaluate, fit

Rows = list[tuple[tuple[int, ...], int]]

_SIGMOIDS = {
    "jhu482/pentagons-sigmoid": (10, 2),
    "jhu482/pentagons-sigmoid-wide": (15, 2),
    "jhu482/pentagons-sigmoid-deep": (10, 2, 2),
}


def _perceptron(*counts: tuple[int, int]) -> Rows:
    """Width and parameters of every dense layer; an activation follows each."""
    return [row for width, count in counts for row in (((width,), count), ((width,), 0))]


def _encoder(improved: bool) -> Rows:
    if improved:
        return [
            *(((16, 28, 28), 160), ((16, 28, 28), 0), ((16, 27, 27), 0)),
            *(((8, 13, 13), 1_160), ((8, 13, 13), 0), ((8, 6, 6), 0)),
            *(((8, 3, 3), 584), ((8, 3, 3), 0), ((8, 2, 2), 0)),
        ]
    return [
        *(((16, 10, 10), 160), ((16, 10, 10), 0), ((16, 5, 5), 0)),
        *(((8, 3, 3), 1_160), ((8, 3, 3), 0), ((8, 2, 2), 0)),
    ]


_DECODER: Rows = [
    *(((16, 5, 5), 1_168), ((16, 5, 5), 0)),
    *(((8, 15, 15), 3_208), ((8, 15, 15), 0)),
    *(((1, 28, 28), 33), ((1, 28, 28), 0)),
]
_HEAD: Rows = [((32,), 0), ((10,), 330)]

# Layer by layer as the report and the specification have it: output shape and parameters.
_LAYERS: dict[str, Rows] = {
    "jhu482/pentagons-threshold": _perceptron((10, 30), (2, 22), (1, 3)),
    "jhu482/pentagons-sigmoid": _perceptron((10, 30), (2, 22), (1, 3)),
    "jhu482/pentagons-sigmoid-wide": _perceptron((15, 45), (2, 32), (1, 3)),
    "jhu482/pentagons-sigmoid-deep": _perceptron((10, 30), (2, 22), (2, 6), (1, 3)),
    "jhu482/cnn": [
        *(((4, 28, 28), 40), ((4, 28, 28), 0), ((4, 14, 14), 0)),
        *(((8, 15, 15), 520), ((8, 15, 15), 0), ((8, 7, 7), 0)),
        *(((16, 9, 9), 3_216), ((16, 9, 9), 0), ((16, 4, 4), 0)),
        *(((256,), 0), ((10,), 2_570)),
    ],
    "jhu482/cnn-batchnorm": [
        *(((4, 28, 28), 40), ((4, 28, 28), 8), ((4, 28, 28), 0), ((4, 14, 14), 0)),
        *(((8, 15, 15), 520), ((8, 15, 15), 16), ((8, 15, 15), 0), ((8, 7, 7), 0)),
        *(((16, 9, 9), 3_216), ((16, 9, 9), 32), ((16, 9, 9), 0), ((16, 9, 9), 0)),
        *(((16, 4, 4), 0), ((256,), 0), ((10,), 2_570)),
    ],
    "jhu482/autoencoder": [*_encoder(improved=False), *_DECODER],
    "jhu482/denoising-autoencoder": [*_encoder(improved=False), *_DECODER],
    "jhu482/autoencoder-improved": [*_encoder(improved=True), *_DECODER],
    "jhu482/encoder-probe": [*_encoder(improved=False), *_HEAD],
    "jhu482/encoder-probe-improved": [*_encoder(improved=True), *_HEAD],
}


def test_every_model_of_the_homework_is_there() -> None:
    assert [card.id for card in ASSIGNMENT.models] == list(_LAYERS)


@pytest.mark.parametrize(("model_id", "expected"), _LAYERS.items())
def test_layers_are_those_of_the_report(model_id: str, expected: Rows) -> None:
    rows = layer_table(find_model(model_id))
    assert [(row.output_shape, row.parameters) for row in rows] == expected


# ---- question 1 ----


def _grid() -> np.ndarray:
    """About 250,000 points of the square, none on the line through a side."""
    steps = np.arange(1.25, SIDE - 1, 2)
    points = np.stack(np.meshgrid(steps, steps + 0.3), -1).reshape(-1, 2)
    sides = np.array((*UPPER_SIDES, *LOWER_SIDES))
    assert np.abs(points @ sides[:, :2].T + sides[:, 2]).min() > 0.04
    return points


def test_the_hand_set_network_is_right_on_a_dense_grid_and_answers_zero_or_one() -> None:
    points = _grid()
    answers = ThresholdNetwork()(torch.tensor(points, dtype=torch.float32))
    assert answers.shape == (len(points), 1)
    assert set(answers.flatten().tolist()) == {0.0, 1.0}
    expected = inside(points, UPPER) | inside(points, LOWER)
    assert (answers.numpy()[:, 0] == expected).all()


def test_the_hand_set_network_is_right_on_every_generated_point() -> None:
    card, data = find_model("jhu482/pentagons-threshold"), load_dataset("pentagons")
    for split in (data.train, data.test):
        scores = evaluate(card.build(), split, card.input_scale, card.task)
        assert scores.accuracy == 1
        assert scores.loss == 0


def test_every_side_goes_through_two_vertices_and_has_the_other_three_inside() -> None:
    for polygon, sides in ((UPPER, UPPER_SIDES), (LOWER, LOWER_SIDES)):
        for a, b, c in sides:
            values = sorted(a * x + b * y + c for x, y in polygon)
            assert values[:2] == [0, 0]
            assert values[2] > 0


# The report's list as far as it can be read: (y, x) weights and a threshold, in units of 100.
_AS_PRINTED = (
    *((-1, 1, -5), (1, 2, 14), (1, 0, 6), (1, -2, -6), (-1, -1, -15)),
    *((-1, 0.5, -3.5), (1, 1, 5), (1, 0, 2), (1, -1, -5), (-1, -0.5, -8.5)),
)


def test_the_half_planes_are_the_reports_own() -> None:
    for (a, b, c), (y, x, threshold) in zip((*UPPER_SIDES, *LOWER_SIDES), _AS_PRINTED, strict=True):
        scale = abs(b / y)
        assert (a, b, c) == pytest.approx((scale * x, scale * y, -100 * scale * threshold))


def test_the_reports_start_spans_its_hand_set_parameters() -> None:
    printed = [value for triple in _AS_PRINTED for value in triple]
    assert (min(printed), max(printed)) == START
    values = torch.cat([p.detach().flatten() for p in uniform_start(2000, 2).parameters()])
    assert START[0] <= float(values.min()) < START[0] + 0.1
    assert START[1] - 0.1 < float(values.max()) <= START[1]
    assert float(values.mean()) == pytest.approx(sum(START) / 2, abs=0.3)


@pytest.mark.parametrize("hidden", _SIGMOIDS.values())
def test_a_sigmoid_network_is_what_numpy_says(hidden: tuple[int, ...]) -> None:
    model = SigmoidNetwork(*hidden)
    points = torch.randn(50, 2)
    value = points.numpy().astype(np.float64)
    dense = [layer for layer in model if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in dense] == [*hidden, 1]
    for layer in dense:
        before = value @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        value = 1 / (1 + np.exp(-before))
    np.testing.assert_allclose(model(points).detach().numpy(), value, rtol=1e-4)


@pytest.mark.parametrize("model_id", _SIGMOIDS)
def test_the_quick_recipe_learns_the_pentagons(model_id: str) -> None:
    card, data = find_model(model_id), load_dataset("pentagons")
    history = fit(card.build(), data, card.recipe("quick", len(data.train)))
    accuracy = history.last.test_accuracy
    assert accuracy is not None
    assert accuracy > 0.78


def test_the_reports_recipe_learns_nothing() -> None:
    """No start is better than answering "outside" everywhere."""
    experiment, data = find_experiment("jhu482/pentagons-starts"), load_dataset("pentagons")
    described = experiment.arms[0]
    assert described.recipe is not None
    assert described.recipe.batch_size == len(data.train)
    outside = float((data.test.labels == 0).float().mean())
    card = find_model(described.model)
    model = card.build(0, described.build)
    before = [p.detach().clone() for p in model.parameters()]
    history = fit(model, data, described.recipe)
    assert any(not torch.equal(p, old) for p, old in zip(model.parameters(), before, strict=True))
    assert history.last.test_accuracy is not None
    assert history.last.test_accuracy <= outside


def test_rates_fall_tenfold_every_twenty_iterations() -> None:
    recipe = find_model("jhu482/pentagons-sigmoid").recipes["paper"]
    rates = [recipe.rate_in(epoch) for epoch in (1, 20, 21, 40, 41, 100)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 1e-5])
    assert recipe.epochs == 100


@pytest.mark.parametrize("examples", [1_000, 50_000])
def test_thinned_points_have_the_reports_share_inside(examples: int) -> None:
    labels = load_dataset("pentagons").train.labels
    order = Thinned().order(labels, examples, torch.Generator().manual_seed(0))
    chosen = labels[order]
    assert len(order) == examples
    assert int(chosen.sum()) == round(0.17718 * examples)
    # no point comes again before all of its kind came once
    for kind in (0, 1):
        times = order[chosen == kind].bincount()
        assert int(times.max()) == -(-int((chosen == kind).sum()) // int((labels == kind).sum()))
    again = Thinned().order(labels, examples, torch.Generator().manual_seed(1))
    assert not torch.equal(order, again)
    assert torch.equal(order.sort().values, again.sort().values)


def _reported(experiment: str, metric: str, arm: str) -> list[ReportedFigure]:
    figures = find_experiment(experiment).reported
    return [f for f in figures if f.metric == metric and f.arm == arm]


def test_the_printed_losses_are_those_of_the_train_share_answered_everywhere() -> None:
    """Five times its entropy on the train points, and its cross-entropy on the test points."""
    share, tested = 1 - 0.82282, 1 - 0.6992
    assert pytest.approx(share) == TRAIN_SHARE
    entropy = -share * log(share) - (1 - share) * log(1 - share)
    on_test = -tested * log(share) - (1 - tested) * log(1 - share)
    train = _reported("jhu482/pentagons-starts", "train_loss", "2-10-2-1")
    test = _reported("jhu482/pentagons-starts", "test_loss", "2-10-2-1")
    # the third round learnt a little without changing any answer
    for number in (1, 2, 4, 5):
        (printed,) = [f.value for f in train if f.repeat == number]
        assert printed == pytest.approx(5 * entropy, rel=0.002)
        (printed,) = [f.value for f in test if f.repeat == number]
        assert printed == pytest.approx(on_test, rel=0.001)


def test_a_fifth_of_the_printed_loss_stands_beside_the_arm_that_explains_it() -> None:
    printed = _reported("jhu482/pentagons-starts", "train_loss", "2-10-2-1")
    label = find_experiment("jhu482/pentagons-starts").arms[2].label
    fifths = _reported("jhu482/pentagons-starts", "train_loss", label)
    assert [5 * f.value for f in fifths] == pytest.approx([f.value for f in printed])
    assert [f.repeat for f in fifths] == [f.repeat for f in printed] == [1, 2, 3, 4, 5]


# ---- question 2 ----


def test_dropout_lies_between_the_third_relu_and_its_pool() -> None:
    names = [name for name, _ in SmallCNN(improved=True).named_children()]
    assert names[names.index("relu3") :][:3] == ["relu3", "dropout", "pool3"]
    assert not any(isinstance(layer, nn.Dropout | nn.BatchNorm2d) for layer in SmallCNN())


def test_the_last_batch_of_every_epoch_is_logged() -> None:
    arm = find_experiment("jhu482/cnn").arms[0]
    assert arm.recipe is not None
    assert arm.recipe.log_every == -(-60_000 // arm.recipe.batch_size)
    figures = _reported("jhu482/cnn", "loss", arm.label)
    assert [f.step for f in figures] == [938 * epoch for epoch in range(1, 11)]


# ---- question 3 ----


def test_noise_is_stacked_in_the_reports_order() -> None:
    for model_id in ("jhu482/denoising-autoencoder", "jhu482/autoencoder-improved"):
        for recipe in find_model(model_id).recipes.values():
            assert recipe.task == Reconstruction(NOISE)
    assert [type(each).__name__ for each in NOISE] == ["Gaussian", "SaltAndPepper", "Zeroing"]
    assert find_model("jhu482/autoencoder").recipes["paper"].task == Reconstruction()


@pytest.mark.parametrize("improved", [False, True])
def test_codes_have_32_values_and_images_stay_in_range(improved: bool) -> None:
    model = Autoencoder(improved=improved)
    images = torch.rand(3, 1, 28, 28) * 2 - 1
    assert model.encoder(images).shape == (3, 8, 2, 2)
    restored = model(images)
    assert torch.equal(restored, model.decoder(model.encoder(images)))
    assert restored.shape == images.shape
    assert float(restored.detach().abs().max()) < 1


def _moved(model: Probe, data: Dataset, trains: str) -> tuple[bool, bool]:
    """Whether the encoder and the head changed by a bit in a training."""
    recipe = replace(find_model("jhu482/encoder-probe").recipes["quick"], trains=trains, epochs=2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model, data, recipe)
    after = model.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    return (
        any(name.startswith("encoder.") for name in changed),
        any(name.startswith("head.") for name in changed),
    )


@pytest.mark.parametrize("improved", [False, True])
def test_a_frozen_encoder_is_bit_identical_while_the_head_moves(
    blobs: Dataset, improved: bool
) -> None:
    assert _moved(Probe(improved=improved), blobs, "head") == (False, True)


@pytest.mark.parametrize("improved", [False, True])
def test_an_encoder_that_is_not_frozen_moves(blobs: Dataset, improved: bool) -> None:
    assert _moved(Probe(improved=improved), blobs, "") == (True, True)


@pytest.mark.parametrize("model_id", ["jhu482/encoder-probe", "jhu482/encoder-probe-improved"])
def test_a_probes_recipes_freeze_the_encoder_and_its_experiment_has_both(model_id: str) -> None:
    card = find_model(model_id)
    model = card.build()
    for recipe in card.recipes.values():
        trained = [p for name, p in model.named_parameters() if name.startswith(recipe.trains)]
        assert sum(p.numel() for p in trained) == 330
    arms = [a for a in find_experiment("jhu482/encoder-probes").arms if a.model == model_id]
    assert [arm.recipe and (arm.recipe.trains, arm.recipe.epochs) for arm in arms] == [
        ("head", 100),
        ("", 100),
    ]


@pytest.mark.parametrize(
    ("probe", "source"),
    [
        ("jhu482/encoder-probe", "jhu482/denoising-autoencoder"),
        ("jhu482/encoder-probe-improved", "jhu482/autoencoder-improved"),
    ],
)
def test_a_probe_is_prepared_with_the_encoder_that_its_autoencoder_learns(
    blobs: Dataset, probe: str, source: str
) -> None:
    card, teacher = find_model(probe), find_model(source)
    model = card.build(seed=5)
    head = model.head.weight.detach().clone()
    prepare(model, card, blobs, "quick", 3)
    learnt = teacher.build(seed=3)
    fit(learnt, blobs, teacher.recipe("quick", len(blobs.train)), seed=3, evaluate=False)
    expected = learnt.encoder.state_dict()
    assert all(torch.equal(value, expected[n]) for n, value in model.encoder.state_dict().items())
    assert torch.equal(model.head.weight, head)
    fresh = teacher.build(seed=3).encoder.state_dict()
    assert not torch.equal(fresh["conv1.weight"], expected["conv1.weight"])


def test_every_accuracy_of_the_probes_is_compared_frozen_and_not() -> None:
    figures = [
        f for f in find_experiment("jhu482/encoder-probes").reported if f.metric == "test_accuracy"
    ]
    printed = [(20, 0.8209), (100, 0.8486), (20, 0.8459), (100, 0.8853)]
    for name in ("frozen", "not frozen"):
        mine = [f for f in figures if f.arm is not None and f.arm.endswith(f", {name}")]
        assert [(f.epoch, f.value) for f in mine] == printed
