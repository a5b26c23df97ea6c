import numpy as np
import pytest
import torch
from torch import Tensor

from reference_models import find_experiment, find_model
from reference_models.dat565 import Dense, LeNet

# Layer by layer as the report and the specification have it: output shape and parameters.
_DENSE_64_64 = [((784,), 0), ((64,), 50_240), ((64,), 0), ((64,), 4_160), ((64,), 0), ((10,), 650)]
_LENET = [
    ((4, 26, 26), 40),
    ((4, 26, 26), 0),
    ((4, 25, 25), 0),
    ((8, 23, 23), 296),
    ((8, 23, 23), 0),
    ((8, 22, 22), 0),
    ((16, 10, 10), 1_168),
    ((16, 10, 10), 0),
    ((16, 5, 5), 0),
    ((400,), 0),
    ((84,), 33_684),
    ((84,), 0),
    ((10,), 850),
]


@pytest.mark.parametrize(
    ("model_id", "expected"), [("dat565/dense-64-64", _DENSE_64_64), ("dat565/lenet", _LENET)]
)
def test_layers_are_those_of_the_report(
    model_id: str, expected: list[tuple[tuple[int, ...], int]]
) -> None:
    from reference_models.layers import layer_table

    rows = layer_table(find_model(model_id))
    assert [(row.output_shape, row.parameters) for row in rows] == expected


def test_a_dense_network_is_what_numpy_says() -> None:
    model = Dense(7, 5).eval()
    images = torch.rand(4, 1, 28, 28)
    value = images.reshape(4, 784).numpy()
    for name in ("hidden1", "hidden2", "output"):
        layer = model.get_submodule(name)
        value = value @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        if name != "output":
            value = np.maximum(value, 0)
    np.testing.assert_allclose(model(images).detach().numpy(), value, rtol=1e-4, atol=1e-5)


def test_lenet_pools_overlap_before_the_strided_convolution() -> None:
    model = LeNet().eval()
    seen: dict[str, tuple[Tensor, Tensor]] = {}
    for name in ("pool1", "pool2", "pool3"):
        model.get_submodule(name).register_forward_hook(
            lambda _module, inputs, output, name=name: seen.update({name: (inputs[0], output)})
        )
    model(torch.rand(2, 1, 28, 28))
    for name, reduce, stride in (
        ("pool1", np.max, 1),
        ("pool2", np.mean, 1),
        ("pool3", np.mean, 2),
    ):
        inputs, output = (value.detach().numpy() for value in seen[name])
        windows = np.lib.stride_tricks.sliding_window_view(inputs, (2, 2), axis=(2, 3))
        expected = reduce(windows[:, :, ::stride, ::stride], axis=(-2, -1))
        np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


def test_the_decay_table_is_the_reports_arithmetic() -> None:
    experiment = find_experiment("dat565/weight-decay")
    assert [float(arm.label) for arm in experiment.arms] == pytest.approx(
        [0.001 * 0.1**i for i in range(5)]
    )
    for arm in experiment.arms:
        figures = [f for f in experiment.reported if f.arm == arm.label and f.epoch is None]
        runs = [f.value for f in figures if isinstance(f.repeat, int)]
        mean, deviation = (
            next(f.value for f in figures if f.repeat == kind) for kind in ("mean", "std")
        )
        assert len(runs) == experiment.repeats
        # printed with two decimals of a percent; the deviation is the population form
        assert np.mean(runs) == pytest.approx(mean, abs=1.01e-4)
        assert np.std(runs) == pytest.approx(deviation, abs=1.01e-4)


def test_the_two_input_pipelines_of_the_report_are_kept_apart() -> None:
    assert find_model("dat565/dense-64-64").recipes["paper"].input_scale == "raw"
    assert find_model("dat565/lenet").recipes["paper"].input_scale == "raw"
    decays = find_experiment("dat565/weight-decay")
    assert {arm.recipe.input_scale for arm in decays.arms} == {"unit"}
    assert {arm.recipe.epochs for arm in decays.arms} == {40}
