import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from reference_models import Experiment, ModelCard, find_assignment, find_experiment, find_model
from reference_models.cs7cs4.models import ConvNet, MostFrequent
from reference_models.data import Dataset, Split, load_dataset
from reference_models.initialise import same_padding_stride_2
from reference_models.layers import layer_table
from reference_models.preparing import prepare
from reference_models.training import L1, Classification, Member, Recipe, evaluate
from reference_models.training.learners import Learner, Single, Stack

# Every layer that counts or changes the shape: its output and its parameters.
_TABLES = {
    "cs7cs4/convnet": [
        ((16, 32, 32), 448),
        ((16, 16, 16), 2_320),
        ((32, 16, 16), 4_640),
        ((32, 8, 8), 9_248),
        ((10,), 20_490),
    ],
    "cs7cs4/convnet-maxpool": [((16, 32, 32), 448), ((32, 16, 16), 4_640), ((10,), 20_490)],
    "cs7cs4/convnet-maxpool4": [
        ((16, 32, 32), 448),
        ((16, 32, 32), 2_320),
        ((32, 16, 16), 4_640),
        ((32, 16, 16), 9_248),
        ((10,), 20_490),
    ],
    "cs7cs4/convnet-2layer": [((16, 32, 32), 448), ((16, 16, 16), 2_320), ((10,), 40_970)],
    "cs7cs4/convnet-6layer": [
        ((8, 32, 32), 224),
        ((8, 16, 16), 584),
        ((16, 16, 16), 1_168),
        ((16, 8, 8), 2_320),
        ((32, 8, 8), 4_640),
        ((32, 4, 4), 9_248),
        ((10,), 5_130),
    ],
}
_FLAT = {
    "cs7cs4/convnet": 2_048,
    "cs7cs4/convnet-maxpool": 2_048,
    "cs7cs4/convnet-maxpool4": 2_048,
    "cs7cs4/convnet-2layer": 4_096,
    "cs7cs4/convnet-6layer": 512,
}
_STRIDED = {
    "cs7cs4/convnet": 2,
    "cs7cs4/convnet-maxpool": 0,
    "cs7cs4/convnet-maxpool4": 0,
    "cs7cs4/convnet-2layer": 1,
    "cs7cs4/convnet-6layer": 3,
}
_CARDS = find_assignment("cs7cs4").models
_NETWORKS = [card for card in _CARDS if card.is_trained]


def _id(card: ModelCard) -> str:
    return card.id


@pytest.mark.parametrize("card", _NETWORKS, ids=_id)
def test_layers_are_those_of_the_report(card: ModelCard) -> None:
    rows = layer_table(card)
    assert [(r.output_shape, r.parameters) for r in rows if r.parameters] == _TABLES[card.id]
    (flat,) = (row.output_shape for row in rows if row.kind == "Flatten")
    assert flat == (_FLAT[card.id],)


@pytest.mark.parametrize("card", _NETWORKS, ids=_id)
def test_every_convolution_is_rectified_and_half_is_dropped_before_the_end(card: ModelCard) -> None:
    kinds = [type(layer) for layer in card.build().children()]
    assert kinds[-3:] == [nn.Dropout, nn.Flatten, nn.Linear]
    after = [kinds[i + 1] for i, kind in enumerate(kinds) if issubclass(kind, nn.Conv2d)]
    assert set(after) == {nn.ReLU}
    assert card.build().get_submodule("dropout").p == 0.5


@pytest.mark.parametrize("card", _NETWORKS, ids=_id)
def test_weights_start_as_keras_draws_them(card: ModelCard) -> None:
    for layer in card.build(seed=3).children():
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            continue
        window = layer.weight[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        fans = (layer.weight.shape[0] + layer.weight.shape[1]) * window
        limit = (6 / fans) ** 0.5
        assert not layer.bias.any()
        assert 0.9 * limit < layer.weight.abs().max() <= limit
        assert layer.weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.15)


def _tensorflow_same(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """TensorFlow's "same" with stride 2, from its definition, pixel by pixel."""
    side, k = image.shape[0], kernel.shape[0]
    out = -(-side // 2)
    above = max((out - 1) * 2 + k - side, 0) // 2
    result = np.zeros((out, out))
    for row in range(out):
        for column in range(out):
            for i in range(k):
                for j in range(k):
                    y, x = 2 * row + i - above, 2 * column + j - above
                    if 0 <= y < side and 0 <= x < side:
                        result[row, column] += image[y, x] * kernel[i, j]
    return result


@settings(deadline=None)
@given(st.sampled_from([2, 4, 8, 10]), st.integers(0, 2**32 - 1))
def test_a_strided_convolution_pads_as_tensorflow_does(side: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    image, kernel = generator.normal(size=(side, side)), generator.normal(size=(3, 3))
    padded = same_padding_stride_2()(torch.from_numpy(image)[None, None])
    ours = nn.functional.conv2d(padded, torch.from_numpy(kernel)[None, None], stride=2)
    np.testing.assert_allclose(ours[0, 0].numpy(), _tensorflow_same(image, kernel), atol=1e-10)


@pytest.mark.parametrize("card", _NETWORKS, ids=_id)
def test_every_strided_convolution_is_fed_by_that_padding(card: ModelCard) -> None:
    layers = list(card.build().children())
    strided = [i for i, x in enumerate(layers) if isinstance(x, nn.Conv2d) and x.stride == (2, 2)]
    assert len(strided) == _STRIDED[card.id]
    for position in strided:
        before = layers[position - 1]
        assert isinstance(before, nn.ZeroPad2d)
        assert tuple(before.padding) == (0, 1, 0, 1)
        assert layers[position].padding == (0, 0)


@pytest.mark.parametrize("stacked", [False, True])
def test_the_penalty_reaches_the_dense_kernel_alone(stacked: bool) -> None:
    """Two members, one penalised; each takes the step that plain autograd takes."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(8, 3, 32, 32, generator=generator)
    labels = torch.arange(8) % 10
    members, expected = [], []
    for seed, strength in ((0, 0.5), (1, None)):
        l1 = None if strength is None else L1(strength, "output.weight")
        recipe = Recipe(1, 8, 0.1, "unit", l1=l1)
        members.append(Member(_undropped(seed), recipe))
        expected.append(_plain_step(_undropped(seed), images, labels, strength or 0.0))
    learners: list[Learner] = [Stack(members)] if stacked else [Single(each) for each in members]
    losses = torch.cat([_step(learner, images, labels) for learner in learners])
    for member, (loss, state), ours in zip(members, expected, losses, strict=True):
        assert ours.item() == pytest.approx(loss, rel=1e-5)  # the penalty is not in it
        for name, value in member.model.state_dict().items():
            torch.testing.assert_close(value, state[name], rtol=1e-4, atol=1e-6)


def _step(learner: Learner, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """One step of every member on the same batch; return their losses."""
    members = len(learner.members)
    learner.begin(1)
    losses, _ = learner.step(images.expand(members, *images.shape), labels.expand(members, -1))
    learner.finish()
    return losses


def _undropped(seed: int) -> nn.Module:
    """Without dropout: a stack draws other masks than a model alone."""
    torch.manual_seed(seed)
    model = ConvNet(((4, "plain"), (4, "strided")))
    model.dropout = nn.Identity()
    return model


def _plain_step(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, strength: float
) -> tuple[float, dict[str, torch.Tensor]]:
    """One SGD step of rate 0.1; the penalty's gradient is strength times the sign, by hand."""
    loss = cross_entropy(model(images), labels)
    loss.backward()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            pull = strength * parameter.sign() if name == "output.weight" else 0.0
            parameter.sub_(0.1 * (parameter.grad + pull))
    return loss.item(), model.state_dict()


def _toy(counts: list[int]) -> Dataset:
    """A train split of so many of each class, and 3 test images of each."""
    train = torch.repeat_interleave(torch.arange(10), torch.tensor(counts))
    test = torch.arange(30) % 10
    splits = [Split(torch.zeros(len(y), 3, 32, 32, dtype=torch.uint8), y) for y in (train, test)]
    return Dataset("toy", "embedded", "toy", tuple("0123456789"), "toy", *splits)


@pytest.mark.parametrize("commonest", [0, 7])
def test_the_dummy_is_right_as_often_as_its_class_occurs(commonest: int) -> None:
    card = find_model("cs7cs4/dummy")
    counts = [0 if label == 3 else 2 for label in range(10)]  # a class may be missing
    counts[commonest] = 5
    data, model = _toy(counts), card.build()
    prepare(model, card, data, "quick", 0)
    scores = evaluate(model, data.test, "raw", Classification())
    assert scores.accuracy == 0.1
    assert np.isfinite(scores.loss)
    assert model(torch.zeros(4, 3, 32, 32)).argmax(1).tolist() == [commonest] * 4


def test_the_dummy_answers_with_the_shares_of_the_train_split() -> None:
    model = MostFrequent()
    card = find_model("cs7cs4/dummy")
    prepare(model, card, _toy([1, 2, 3, 4, 5, 6, 7, 8, 9, 5]), "quick", 0)
    shares = model(torch.zeros(1, 3, 32, 32)).exp()[0]
    np.testing.assert_allclose(shares, np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 5]) / 50, rtol=1e-5)
    assert list(model.parameters()) == []


def test_the_dummy_is_chance_on_the_embedded_pictures_too() -> None:
    card = find_model("cs7cs4/dummy")
    data = card.view.of(load_dataset("cifar10"))
    model = card.build()
    prepare(model, card, data, "quick", 0)
    assert evaluate(model, data.test, "raw", Classification()).accuracy == 0.1
    assert card.at_chance


@pytest.mark.parametrize("card", _NETWORKS, ids=_id)
def test_the_paper_s_recipe_is_the_starter_script_s(card: ModelCard) -> None:
    recipe = card.recipes["paper"]
    assert (recipe.epochs, recipe.batch_size, recipe.optimiser) == (20, 128, "adam")
    assert (recipe.learning_rate, recipe.epsilon, recipe.betas) == (1e-3, 1e-7, (0.9, 0.999))
    assert (recipe.input_scale, recipe.l1) == ("unit", L1(1e-4, "output.weight"))
    assert (card.view.start, card.view.stop, card.view.validation) == (1, 5_000, 0.1)


def _printed(experiment: Experiment, arm: str) -> dict[str, float]:
    return {f.metric: f.value for f in experiment.reported if f.arm == arm}


# experiment, arm -> train, test, macro precision, recall and F1, as the report's tables have them
_ROWS = {
    ("training-sizes", "n=5,000"): (0.62, 0.49, 0.49, 0.49, 0.48),
    ("training-sizes", "n=10,000"): (0.65, 0.54, 0.57, 0.54, 0.55),
    ("training-sizes", "n=20,000"): (0.69, 0.63, 0.64, 0.63, 0.63),
    ("training-sizes", "n=40,000"): (0.74, 0.69, 0.69, 0.69, 0.69),
    ("training-sizes", "dummy"): (None, 0.10, 0.01, 0.10, 0.02),
    ("l1-weights", "L1 0"): (0.62, 0.51, 0.51, 0.51, 0.51),
    ("l1-weights", "L1 0.1"): (0.36, 0.35, 0.37, 0.35, 0.32),
    ("l1-weights", "L1 0.001"): (0.55, 0.47, 0.46, 0.47, 0.46),
    ("l1-weights", "L1 0.0001"): (0.62, 0.50, 0.49, 0.50, 0.49),
    ("max-pool", "max-pool, two convolutions"): (0.60, 0.51, 0.51, 0.51, 0.50),
    ("depth", "2 layers"): (0.61, 0.48, 0.48, 0.48, 0.47),
    ("depth", "4 layers"): (0.63, 0.51, 0.50, 0.51, 0.50),
    ("depth", "6 layers"): (0.49, 0.44, 0.45, 0.44, 0.42),
    ("depth-50000", "2 layers"): (None, 0.62, 0.63, 0.62, 0.62),
    ("depth-50000", "4 layers"): (None, 0.69, 0.69, 0.69, 0.69),
    ("depth-50000", "6 layers"): (None, 0.64, 0.64, 0.64, 0.64),
}


@pytest.mark.parametrize(("experiment", "arm"), _ROWS, ids=str)
def test_every_row_of_the_report_s_tables_is_there(experiment: str, arm: str) -> None:
    train, test, *macro = _ROWS[experiment, arm]
    printed = _printed(find_experiment(f"cs7cs4/{experiment}"), arm)
    assert printed.get("all_train_accuracy") == train
    assert printed["final_test_accuracy"] == test
    assert [printed[f"macro_{name}"] for name in ("precision", "recall", "f1")] == macro
    # a balanced test set: macro recall is the accuracy
    assert printed["macro_recall"] == test


def test_the_report_s_seconds_are_there() -> None:
    pools, depth = (find_experiment(f"cs7cs4/{name}") for name in ("max-pool", "depth"))
    seconds = {
        f.arm: f.value for e in (pools, depth) for f in e.reported if f.metric == "train_seconds"
    }
    assert seconds == {
        "base": pytest.approx(48.271, abs=1e-3),
        "max-pool, two convolutions": pytest.approx(35.552, abs=1e-3),
        "2 layers": pytest.approx(5.197, abs=1e-3),
        "4 layers": pytest.approx(6.284, abs=1e-3),
        "6 layers": pytest.approx(6.790, abs=1e-3),
    }


@pytest.mark.parametrize("weight", ["0", "0.1", "0.001", "0.0001"])
def test_a_penalty_s_arm_trains_with_its_weight(weight: str) -> None:
    experiment = find_experiment("cs7cs4/l1-weights")
    (arm,) = (arm for arm in experiment.arms if arm.label == f"L1 {weight}")
    assert arm.recipe is not None
    assert arm.recipe.l1 == (L1(float(weight), "output.weight") if float(weight) else None)
