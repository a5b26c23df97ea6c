import pytest
import torch
from torch import nn

from benchmarks.measure import Cost, forward_cost, training_cost
from reference_models import find_model


def test_a_linear_layer_costs_two_a_weight() -> None:
    assert forward_cost(nn.Linear(12, 5), (12,)).flops == 2 * 12 * 5


def test_a_convolution_costs_two_a_weight_and_output_pixel() -> None:
    convolution = nn.Conv2d(3, 8, kernel_size=3)
    assert forward_cost(convolution, (3, 10, 10)).flops == 2 * (3 * 3 * 3) * 8 * (8 * 8)


def test_the_dense_reference_model_costs_what_its_layers_say() -> None:
    model = find_model("dat565/dense-64-64").build()
    assert forward_cost(model, (1, 28, 28)).flops == 2 * (784 * 64 + 64 * 64 + 64 * 10)


def test_training_costs_forward_and_backward_but_not_the_gradient_of_the_input() -> None:
    model = nn.Sequential(nn.Linear(12, 7), nn.ReLU(), nn.Linear(7, 5))
    first, second = 2 * 12 * 7, 2 * 7 * 5
    assert training_cost(model, (12,)).flops == (first + second) + (first + 2 * second)


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    model[2].eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    training_cost(model, (3,))
    assert [module.training for module in model] == [True, True, False, True]
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_an_input_of_the_wrong_shape_is_an_error() -> None:
    model = nn.Linear(12, 5)
    with pytest.raises(RuntimeError, match="same reduction dim"):
        forward_cost(model, (11,))


def test_a_layer_reads_and_writes_all_that_it_is_given_and_returns() -> None:
    model = nn.Sequential(nn.Linear(12, 5, bias=False), nn.ReLU(), nn.Flatten())
    weights, numbers = 12 * 5, 12 + 5 + 5 + 5
    assert forward_cost(model, (12,)).bytes == 4 * (weights + numbers)
    assert forward_cost(model, (12,), batch_size=10).bytes == 4 * (weights / 10 + numbers)


def test_the_size_of_a_batch_changes_no_arithmetic() -> None:
    model = find_model("dat565/lenet").build()
    for cost in (forward_cost, training_cost):
        one, many = (cost(model, (1, 28, 28), size) for size in (1, 64))
        assert one.flops == many.flops
        assert one.bytes > many.bytes


def test_what_is_not_trained_costs_no_backward_pass() -> None:
    model = nn.Sequential(nn.Linear(12, 7), nn.ReLU(), nn.Linear(7, 5))
    frozen, whole = (training_cost(model, (12,), trains=name) for name in ("2.", ""))
    assert frozen.flops == 2 * 12 * 7 + 2 * 2 * 7 * 5
    assert frozen.bytes < whole.bytes


def test_costs_add_up() -> None:
    assert Cost(1, 2) + Cost(3, 4) * 2 == Cost(7, 10)
