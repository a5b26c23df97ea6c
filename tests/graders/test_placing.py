import numpy as np
import pytest
import torch
from torch import nn

from graders.errors import SubmissionError
from graders.placing import constants_apart, in_written_order, put_into
from graders.sandbox import NamedArray
from reference_models import find_model


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Linear(2, 2))


def sent(model: nn.Module, prefix: str = "") -> list[NamedArray]:
    """What a child shows of a state dict: it knows no kinds."""
    return [
        NamedArray(prefix + name, "parameter", tensor.numpy())
        for name, tensor in model.state_dict().items()
    ]


def test_by_name_whatever_the_order() -> None:
    model = network()
    arrays, how = put_into(sent(model)[::-1], network())
    assert how == "by name"
    assert [one.name for one in arrays] == list(model.state_dict())
    assert {one.name for one in arrays if one.kind == "buffer"} == {
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
    }


def test_by_shape_where_the_names_are_others() -> None:
    model = network()
    arrays, how = put_into(sent(model, "net."), network())
    assert how == "in order, by shape"
    for one, tensor in zip(arrays, model.state_dict().values(), strict=True):
        np.testing.assert_array_equal(one.values, tensor.numpy())


def test_by_shape_in_another_order_too() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 5))
    arrays, _ = put_into(sent(model, "x")[::-1], model)
    assert [one.values.shape for one in arrays] == [(2, 3), (2,), (5, 2), (5,)]


@pytest.mark.parametrize(
    ("model", "prefix", "reason"),
    [
        (nn.Sequential(nn.Linear(3, 2)), "", "no array of the file fits '1.weight', which is 2"),
        (nn.Sequential(*network(), nn.Linear(1, 7)), "", "has no place for '3.weight'"),
        (nn.Sequential(nn.Linear(4, 2), *list(network())[1:]), "", "'0.weight' is 2x4, not 2x3"),
        (
            nn.Sequential(nn.Linear(4, 2), *list(network())[1:]),
            "a.",
            "fits '0.weight', which is 2x3",
        ),
    ],
)
def test_what_does_not_fit_is_named(model: nn.Module, prefix: str, reason: str) -> None:
    with pytest.raises(SubmissionError, match=reason):
        put_into(sent(model, prefix), network())


def test_two_of_one_name_are_not_taken_for_one() -> None:
    twice = [*sent(nn.Linear(2, 2)), NamedArray("weight", "parameter", torch.zeros(1).numpy())]
    with pytest.raises(SubmissionError, match="no place for 'weight'"):
        put_into(twice, nn.Linear(2, 2))


def test_a_constant_of_the_references_is_no_parameter() -> None:
    counter = find_model("bs6207/ucc-alpha1").build()
    nodes = dict(counter.named_buffers())["density.nodes"].numpy()
    own = (NamedArray("onnx::Sub_7", "parameter", nodes), NamedArray("w", "parameter", nodes + 1))
    assert [one.kind for one in constants_apart(own, counter)] == ["buffer", "parameter"]


def test_statistics_are_no_constants() -> None:
    network = nn.BatchNorm1d(3)
    zeros = NamedArray("bias", "parameter", np.zeros(3, np.float32))
    assert constants_apart((zeros,), network) == (zeros,)


class Shortcut(nn.Module):
    """Written in another order than it works in."""

    def __init__(self) -> None:
        super().__init__()
        self.past = nn.Linear(2, 4)
        self.through = nn.Linear(2, 3)
        self.out = nn.Linear(3, 4)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.out(self.through(inputs)) + self.past(inputs)


def test_the_order_of_work_becomes_the_order_of_writing() -> None:
    model = Shortcut()
    written = tuple(sent(model))
    buffer = NamedArray("b", "buffer", np.zeros(1, np.float32))
    worked = (buffer, *written[2:], *written[:2])
    found = in_written_order(worked, model, (2,))
    assert [one.name for one in found] == ["b", *(one.name for one in written)]
    assert in_written_order(written, model, (2,)) == written


@pytest.mark.parametrize("other", [tuple(sent(nn.Linear(2, 4))), tuple(sent(Shortcut())[::-1])])
def test_another_network_stays_as_it_came(other: tuple[NamedArray, ...]) -> None:
    assert in_written_order(other, Shortcut(), (2,)) == other
