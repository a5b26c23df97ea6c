import pytest
import torch
from torch import nn

from benchmarks.measure import forward_flops, training_flops
from reference_models import find_model


def test_a_linear_layer_costs_two_a_weight() -> None:
    assert forward_flops(nn.Linear(12, 5), (12,)) == 2 * 12 * 5


def test_a_convolution_costs_two_a_weight_and_output_pixel() -> None:
    convolution = nn.Conv2d(3, 8, kernel_size=3)
    assert forward_flops(convolution, (3, 10, 10)) == 2 * (3 * 3 * 3) * 8 * (8 * 8)


def test_the_dense_reference_model_costs_what_its_layers_say() -> None:
    model = find_model("dat565/dense-64-64").build()
    assert forward_flops(model, (1, 28, 28)) == 2 * (784 * 64 + 64 * 64 + 64 * 10)


def test_training_costs_forward_and_backward_but_not_the_gradient_of_the_input() -> None:
    model = nn.Sequential(nn.Linear(12, 7), nn.ReLU(), nn.Linear(7, 5))
    first, second = 2 * 12 * 7, 2 * 7 * 5
    assert training_flops(model, (12,)) == (first + second) + (first + 2 * second)


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    model[2].eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    training_flops(model, (3,))
    assert [module.training for module in model] == [True, True, False, True]
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_an_input_of_the_wrong_shape_is_an_error() -> None:
    model = nn.Linear(12, 5)
    with pytest.raises(RuntimeError, match="same reduction dim"):
        forward_flops(model, (11,))
