from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from reference_models.comp576.cells import BasicLayer, GRULayer, LSTMLayer
from reference_models.comp576.unrolled import BasicRun, GRURun, LSTMRun, Unrolled

_LAYERS = [BasicLayer, LSTMLayer, GRULayer]
_each_layer = pytest.mark.parametrize("build", _LAYERS)
_Build = Callable[[int, int], nn.Module]


def _layer(build: _Build, inputs: int, hidden: int, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    layer = build(inputs, hidden).double()
    with torch.no_grad():
        for parameter in layer.parameters():  # biases too, and far enough to bend every gate
            parameter.normal_()
    return layer


def _asked(layer: nn.Module, sequences: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
    answers = layer(sequences)
    return (answers, *torch.autograd.grad((answers * weights).sum(), list(layer.parameters())))


@_each_layer
@given(
    inputs=st.integers(1, 4),
    hidden=st.integers(1, 4),
    steps=st.integers(1, 5),
    batch=st.integers(1, 4),
    seed=st.integers(0, 2**16),
)
def test_a_layer_run_at_once_answers_and_learns_the_same(
    build: _Build, inputs: int, hidden: int, steps: int, batch: int, seed: int
) -> None:
    layer = _layer(build, inputs, hidden, seed)
    sequences = torch.randn(batch, steps, inputs, dtype=torch.float64)
    weights = torch.randn(batch, hidden, dtype=torch.float64)
    expected = _asked(layer, sequences, weights)
    torch.testing.assert_close(_asked(Unrolled(layer), sequences, weights), expected)


@pytest.mark.parametrize(
    ("run", "gates"), [(BasicRun, (1,)), (LSTMRun, (4,)), (GRURun, (2, 1))], ids=str
)
def test_written_gradients_are_those_of_small_differences(run: Any, gates: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    sequences = torch.randn(3, 2, 2, dtype=torch.float64)
    weights = [
        torch.randn(shape, dtype=torch.float64, requires_grad=True)
        for count in gates
        for shape in ((2 + 3, count * 3), (count * 3,))
    ]
    assert torch.autograd.gradcheck(lambda *own: run.apply(sequences, *own), weights)


@_each_layer
def test_a_whole_sequence_is_one_step_of_autograd(build: _Build) -> None:
    layer = _layer(build, 3, 4, 0)
    answers = Unrolled(layer)(torch.randn(2, 5, 3, dtype=torch.float64))
    assert type(answers.grad_fn).__name__.endswith("RunBackward")


@_each_layer
def test_gradients_of_gradients_are_refused(build: _Build) -> None:
    layer = _layer(build, 3, 4, 0)
    weights = torch.ones(4, dtype=torch.float64, requires_grad=True)
    asked = (Unrolled(layer)(torch.randn(2, 5, 3, dtype=torch.float64)) * weights).sum()
    (first,) = torch.autograd.grad(asked, next(layer.parameters()), create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@_each_layer
def test_who_wants_gradients_of_the_sequences_gets_them(build: _Build) -> None:
    layer = _layer(build, 3, 4, 0)
    sequences = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(layer(sequences).sum(), sequences)
    (actual,) = torch.autograd.grad(Unrolled(layer)(sequences).sum(), sequences)
    torch.testing.assert_close(actual, expected)
    assert expected.abs().sum() > 0


@_each_layer
def test_in_bfloat16_products_stay_the_layers_own(build: _Build) -> None:
    layer = _layer(build, 3, 4, 0).float()
    sequences = torch.randn(2, 5, 3)
    with torch.autocast("cpu", torch.bfloat16):
        answers = Unrolled(layer)(sequences)
        assert torch.equal(answers, layer(sequences))
    assert not type(answers.grad_fn).__name__.endswith("RunBackward")


@_each_layer
def test_no_sequences_have_no_answers(build: _Build) -> None:
    layer = _layer(build, 3, 4, 0).float()
    with torch.inference_mode():
        assert Unrolled(layer)(torch.zeros(0, 5, 3)).shape == (0, 4)


@_each_layer
def test_a_layer_whose_forward_is_anothers_is_not_run_at_once(build: type[nn.Module]) -> None:
    class Other(build):  # type: ignore[misc, valid-type]
        def forward(self, sequences: Tensor) -> Tensor:
            answered: Tensor = super().forward(sequences)
            return answered + 1

    layer = Other(3, 4)
    sequences = torch.randn(2, 5, 3)
    torch.testing.assert_close(layer.fast_form()(sequences), layer(sequences))
