import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from reference_models import find_experiment, find_model
from reference_models.comp576 import LeNet5, Recurrent
from reference_models.comp576.cells import BasicLayer, GRULayer, LSTMLayer
from reference_models.data import load_dataset, scale_pixels
from reference_models.layers import layer_table
from reference_models.training import Member, fit
from reference_models.training.learners import Learner, Single, Stack

Floats = NDArray[np.float64]

_LENET = [
    ("conv1", (32, 28, 28), 832),
    ("activation1", (32, 28, 28), 0),
    ("pool1", (32, 14, 14), 0),
    ("conv2", (64, 14, 14), 51_264),
    ("activation2", (64, 14, 14), 0),
    ("pool2", (64, 7, 7), 0),
    ("flatten", (3136,), 0),
    ("hidden", (1024,), 3_212_288),
    ("activation3", (1024,), 0),
    ("dropout", (1024,), 0),
    ("output", (10,), 10_250),
]
_COUNTS = {
    "rnn": (2_282, 6_602, 21_386, 75_530, 282_122, 1_088_522),
    "lstm": (8_138, 24_458, 81_674, 294_410, 1_113_098, 4_323_338),
    "gru": (6_186, 18_506, 61_578, 221_450, 836_106, 3_245_066),
}
_WIDTHS = (32, 64, 128, 256, 512, 1024)


@pytest.mark.parametrize("model_id", ["comp576/lenet5", "comp576/lenet5-relu"])
def test_lenet_has_the_layers_of_the_report(model_id: str) -> None:
    rows = layer_table(find_model(model_id))
    assert [(row.name, row.output_shape, row.parameters) for row in rows] == _LENET


def test_the_two_networks_differ_in_their_activations_alone() -> None:
    kinds = {
        model_id: [row.kind for row in layer_table(find_model(model_id))]
        for model_id in ("comp576/lenet5", "comp576/lenet5-relu")
    }
    tanh = kinds["comp576/lenet5"]
    assert tanh.count("Tanh") == 3
    assert kinds["comp576/lenet5-relu"] == ["ReLU" if kind == "Tanh" else kind for kind in tanh]


@pytest.mark.parametrize("std", [0.1, 0.05])
def test_weights_start_from_a_normal_law_cut_at_two_deviations(std: float) -> None:
    torch.manual_seed(0)
    for name, parameter in LeNet5(std=std).named_parameters():
        values = parameter.detach().numpy()
        if name.endswith("bias"):
            assert (values == np.float32(0.1)).all()
        else:
            assert abs(values).max() <= 2 * std * (1 + 1e-6)
            # the deviation of a standard normal cut at +-2 is 0.8796; conv1 has but 800 weights
            assert values.std() == pytest.approx(0.8796 * std, rel=0.08)


def test_untrained_loss_is_what_the_report_logged_at_step_0() -> None:
    train = load_dataset("cifar10-grey").train.head(128)
    pixels = scale_pixels(train.inputs, "unit")
    losses = []
    for seed in range(5):
        torch.manual_seed(seed)
        with torch.no_grad():
            losses.append(cross_entropy(LeNet5()(pixels), train.labels).item())
    assert 4.5 < np.mean(losses) < 6.5


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_recurrent_networks_count_one_bias_a_gate(cell: str) -> None:
    counts = tuple(
        sum(parameter.numel() for parameter in Recurrent(cell, hidden).parameters())
        for hidden in _WIDTHS
    )
    assert counts == _COUNTS[cell]


@pytest.mark.parametrize(("cell", "counted"), [("rnn", 20_096), ("lstm", 80_384), ("gru", 60_288)])
def test_a_recurrent_network_has_a_cell_and_an_output_layer(cell: str, counted: int) -> None:
    rows = layer_table(find_model(f"comp576/{cell}"))
    assert [(row.name, row.output_shape, row.parameters) for row in rows] == [
        ("rows", (28, 28), 0),
        ("cell", (128,), counted),
        ("output", (10,), 1_290),
    ]


def _sigmoid(values: Floats) -> Floats:
    return 1 / (1 + np.exp(-values))


def _basic(weights: dict[str, Floats], sequence: Floats, hidden: int) -> Floats:
    state = np.zeros(hidden)
    for shown in sequence:
        state = np.tanh(np.concatenate((shown, state)) @ weights["kernel"] + weights["bias"])
    return state


def _lstm(weights: dict[str, Floats], sequence: Floats, hidden: int) -> Floats:
    memory, output = np.zeros(hidden), np.zeros(hidden)
    for shown in sequence:
        gates = np.concatenate((shown, output)) @ weights["kernel"] + weights["bias"]
        i, j, f, o = np.split(gates, 4)
        memory = memory * _sigmoid(f + 1.0) + _sigmoid(i) * np.tanh(j)
        output = np.tanh(memory) * _sigmoid(o)
    return output


def _gru(weights: dict[str, Floats], sequence: Floats, hidden: int) -> Floats:
    state = np.zeros(hidden)
    for shown in sequence:
        gates = np.concatenate((shown, state)) @ weights["gate_kernel"] + weights["gate_bias"]
        reset, update = np.split(_sigmoid(gates), 2)
        seen = np.concatenate((shown, reset * state))
        candidate = np.tanh(seen @ weights["candidate_kernel"] + weights["candidate_bias"])
        state = update * state + (1 - update) * candidate
    return state


_BY_HAND = {BasicLayer: _basic, LSTMLayer: _lstm, GRULayer: _gru}


@pytest.mark.parametrize("layer", list(_BY_HAND))
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(1, 4),
    steps=st.integers(1, 6),
    inputs=st.integers(1, 5),
    hidden=st.integers(1, 7),
)
def test_a_cell_is_what_tensorflows_equations_say(
    layer: type[BasicLayer | LSTMLayer | GRULayer],
    seed: int,
    samples: int,
    steps: int,
    inputs: int,
    hidden: int,
) -> None:
    generator = np.random.default_rng(seed)
    model = layer(inputs, hidden).double()
    weights = {
        name: generator.normal(0, 2, tuple(value.shape)) for name, value in model.named_parameters()
    }
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    sequences = generator.normal(0, 2, (samples, steps, inputs))
    with torch.no_grad():
        found = model(torch.from_numpy(sequences)).numpy()
    expected = [_BY_HAND[layer](weights, sequence, hidden) for sequence in sequences]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_an_image_is_read_from_its_top_row_to_its_bottom_row() -> None:
    torch.manual_seed(0)
    model = Recurrent("gru", 8).double()
    images = torch.rand(3, 1, 28, 28, dtype=torch.float64)
    named = dict(model.named_parameters())
    weights = {
        name.removeprefix("cell."): value.detach().numpy()
        for name, value in named.items()
        if name.startswith("cell.")
    }
    last = np.stack([_gru(weights, image[0].numpy(), 8) for image in images])
    output, bias = (named[f"output.{kind}"].detach().numpy() for kind in ("weight", "bias"))
    np.testing.assert_allclose(model(images).detach().numpy(), last @ output.T + bias, rtol=1e-9)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_kernels_start_from_glorots_law_over_input_and_state(cell: str) -> None:
    torch.manual_seed(0)
    model = Recurrent(cell)
    for name, parameter in model.get_submodule("cell").named_parameters():
        values = parameter.detach().numpy()
        if name.endswith("kernel"):
            limit = np.sqrt(6 / sum(values.shape))
            assert values.shape[0] == 28 + 128
            assert 0.99 * limit < abs(values).max() <= limit
            assert values.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
        else:
            assert (values == (1.0 if name == "gate_bias" else 0.0)).all()


def test_the_output_layer_starts_from_a_standard_normal_law() -> None:
    torch.manual_seed(0)
    output = Recurrent("rnn", 1024).get_submodule("output")
    assert output.get_parameter("weight").std().item() == pytest.approx(1, abs=0.03)
    assert 0.4 < output.get_parameter("bias").std().item() < 1.8


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_stack_of_recurrent_networks_answers_as_its_members_do(cell: str) -> None:
    torch.manual_seed(0)
    members = [Recurrent(cell, 16).double() for _ in range(3)]
    images = torch.rand(3, 5, 1, 28, 28, dtype=torch.float64)
    parameters, _ = stack_module_state(members)
    answers = vmap(lambda own, seen: functional_call(members[0], own, (seen,)))(parameters, images)
    expected = torch.stack([one(seen) for one, seen in zip(members, images, strict=True)])
    torch.testing.assert_close(answers, expected)


def test_tests_4_to_6_set_both_betas_and_the_rest_keep_the_defaults() -> None:
    arms = find_experiment("comp576/lenet5-optimisers").arms
    recipes = [arm.recipe for arm in arms if arm.recipe]
    betas = [recipe.betas for recipe in recipes[:6]]
    assert betas == [(0.9, 0.999)] * 3 + [(0.1, 0.1), (0.3, 0.3), (0.6, 0.6)]
    rates = [recipe.learning_rate for recipe in recipes]
    fall = [1e-2, 1e-3, 1e-4]
    assert rates == [*fall, 1e-3, 1e-3, 1e-3, *fall, *fall, 1e-3, 1e-3, 1e-3]
    momenta = [recipe.momentum for recipe in recipes]
    assert momenta == [0.0] * 9 + [0.9, 0.9, 0.9, 0.1, 0.3, 0.6]
    assert {(r.epochs * (r.steps or 0), r.batch_size, r.fresh_order) for r in recipes} == {
        (3000, 128, True)
    }


@pytest.mark.parametrize(
    ("experiment_id", "runs", "extra"),
    [
        # nine figures a run; and test 5's step 200, and the ten activation statistics
        ("comp576/lenet5-optimisers", 15, 2 + 10),
        ("comp576/recurrent", 9, 0),
    ],
)
def test_every_logged_figure_of_a_run_is_one_that_its_recipe_logs(
    experiment_id: str, runs: int, extra: int
) -> None:
    experiment = find_experiment(experiment_id)
    assert len(experiment.arms) == runs
    assert len(experiment.reported) == 9 * runs + extra
    recipes = {arm.label: arm.recipe for arm in experiment.arms}
    for figure in experiment.reported:
        recipe = recipes[figure.arm or ""]
        assert recipe is not None
        assert recipe.log_every is not None
        steps = recipe.epochs * (recipe.steps or 0)
        if figure.step is not None:
            first = recipe.log_every if recipe.log_after_update else 0
            assert figure.step in range(first, steps + recipe.log_after_update, recipe.log_every)


def test_recurrent_runs_see_499_batches_of_the_images_after_the_first_5000() -> None:
    arms = find_experiment("comp576/recurrent").arms
    assert {arm.view.start for arm in arms} == {5000}
    assert {(a.recipe.epochs, a.recipe.steps, a.recipe.batch_size) for a in arms if a.recipe} == {
        (1, 499, 100)
    }


def test_an_arm_of_another_width_builds_that_width() -> None:
    built = []
    for arm in find_experiment("comp576/recurrent").arms:
        model = find_model(arm.model).build(module=arm.build)
        built.append(sum(parameter.numel() for parameter in model.parameters()))
    rnn, lstm, gru = (_COUNTS[cell] for cell in ("rnn", "lstm", "gru"))
    assert built == [rnn[2], lstm[2], gru[2], gru[2], gru[1], gru[0], *gru[3:]]


def test_iteration_1000_of_the_report_is_the_tenth_update() -> None:
    arm = find_experiment("comp576/recurrent").arms[0]
    assert arm.recipe is not None
    recipe = arm.recipe.shortened(1297)
    data = load_dataset("mnist")
    history = fit(find_model(arm.model).build(), data, recipe)
    assert [step.number for step in history.steps] == list(range(10, 101, 10))
    assert history.steps[-1].loss < history.steps[0].loss


def test_both_budgets_of_the_comparison_are_equal_for_all_models() -> None:
    arms = find_experiment("comp576/cnn-rnn").arms
    budgets: dict[str, set[tuple[int, int]]] = {}
    for arm in arms:
        assert arm.recipe is not None
        updates = arm.recipe.epochs * (arm.recipe.steps or 0)
        budget = arm.label.partition(", ")[2]
        budgets.setdefault(budget, set()).add((updates, arm.recipe.batch_size))
        assert (arm.recipe.optimiser, arm.recipe.learning_rate) == ("adam", 1e-3)
    assert budgets == {"499 x 100": {(499, 100)}, "3,000 x 128": {(3000, 128)}}
    assert {arm.model for arm in arms} == {
        f"comp576/{name}" for name in ("lenet5", "rnn", "lstm", "gru")
    }


def test_each_arm_of_the_gap_changes_one_thing() -> None:
    arms = find_experiment("comp576/lenet5-adam-gap").arms
    first = arms[0]
    assert first.recipe is not None
    plain = first.recipe.as_dict()
    for arm in arms[1:]:
        assert arm.recipe is not None
        ours = arm.recipe.as_dict()
        changed = sum(ours[key] != plain[key] for key in plain)
        changed += (arm.model != first.model) + (arm.build is not None)
        assert changed == 1, arm.label


@pytest.mark.parametrize(
    ("label", "kinds"),
    [
        ("relu convolutions, tanh dense", ["ReLU", "ReLU", "Tanh"]),
        ("tanh convolutions, relu dense", ["Tanh", "Tanh", "ReLU"]),
        ("tanh convolutions, relu dense of deviation 0.05", ["Tanh", "Tanh", "ReLU"]),
    ],
)
def test_variants_of_the_gap_mix_activations(label: str, kinds: list[str]) -> None:
    arms = {arm.label: arm for arm in find_experiment("comp576/lenet5-adam-gap").arms}
    build = arms[label].build
    assert build is not None
    model = build()
    found = [type(model.get_submodule(f"activation{n}")).__name__ for n in (1, 2, 3)]
    assert found == kinds


def test_the_dense_layer_may_have_a_deviation_of_its_own() -> None:
    torch.manual_seed(0)
    model = LeNet5(dense_std=0.05)
    # a normal law cut at two deviations has 0.88 of its deviation left
    assert model.get_parameter("hidden.weight").std().item() == pytest.approx(0.044, rel=0.02)
    assert model.get_parameter("conv2.weight").std().item() == pytest.approx(0.088, rel=0.02)


def test_gru_runs_step_at_once_as_they_would_alone() -> None:
    card = find_model("comp576/gru")
    data = load_dataset("mnist")
    recipe = card.recipe("quick", len(data.train))
    inputs = scale_pixels(data.train.inputs[:64], "unit").view(2, 32, 1, 28, 28)
    labels = data.train.labels[:64].view(2, 32)

    def learned(learner: Learner, part: slice) -> list[torch.Tensor]:
        learner.begin(1)
        learner.step(inputs[part], labels[part])
        learner.finish()
        return [value for member in learner.members for value in member.model.parameters()]

    def members() -> list[Member]:
        return [Member(card.build(seed), recipe, seed) for seed in (0, 1)]

    together = learned(Stack(members()), slice(2))
    first, second = (
        learned(Single(each), slice(place, place + 1)) for place, each in enumerate(members())
    )
    for stacked, alone in zip(together, first + second, strict=True):
        torch.testing.assert_close(stacked, alone, rtol=1e-3, atol=1e-5)
