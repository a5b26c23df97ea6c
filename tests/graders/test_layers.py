import pytest
from torch import nn

from graders.layers import layer_kinds


@pytest.mark.parametrize(
    ("layers", "kinds"),
    [
        ([], ()),
        ([nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2, bias=False)], ("dense", "dense")),
        ([nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)], ("convolution", "norm")),
        ([nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2)], ("convolution", "norm")),
        ([nn.ConvTranspose2d(1, 2, 3), nn.Conv1d(1, 2, 3)], ("convolution", "convolution")),
        ([nn.RNN(3, 4)], ("dense", "dense")),
        ([nn.LayerNorm(3), nn.Linear(3, 3)], ("norm", "dense")),
        ([nn.Linear(3, 4), nn.PReLU()], ("dense", "other")),
    ],
)
def test_shapes_tell_the_kinds_of_layers(layers: list[nn.Module], kinds: tuple[str, ...]) -> None:
    shapes = [tuple(each.shape) for each in nn.Sequential(*layers).parameters()]
    assert layer_kinds(shapes) == kinds


def test_a_single_number_is_a_layer_of_its_own() -> None:
    assert layer_kinds([()]) == ("other",)
