import pytest
import torch
from torch import Tensor, nn

from reference_models.visualise import PictureError
from reference_models.visualise.layers import chosen, first_activation, maps_of, outputs_of


def test_every_leaf_is_seen_in_the_order_it_ran(stack: nn.Sequential, images: Tensor) -> None:
    seen = outputs_of(stack, images)
    assert list(seen) == list(dict(stack.named_children()))
    value = images
    for name, layer in stack.eval().named_children():
        value = layer(value)
        torch.testing.assert_close(seen[name], value)


def test_the_model_is_left_in_its_mode_without_hooks(stack: nn.Sequential, images: Tensor) -> None:
    stack.train()
    outputs_of(stack, images)
    assert stack.training
    assert not any(module._forward_hooks for module in stack.modules())


def test_dropout_is_off(stack: nn.Sequential, images: Tensor) -> None:
    stack.train()
    torch.testing.assert_close(
        outputs_of(stack, images)["dropout"], outputs_of(stack, images)["tanh2"]
    )


def test_maps_are_the_outputs_that_are_images(stack: nn.Sequential, images: Tensor) -> None:
    assert list(maps_of(stack, images))[-1] == "dropout"
    assert "output" not in maps_of(stack, images)


def test_the_first_activation_comes_after_a_convolution() -> None:
    model = nn.Sequential(nn.ReLU(), nn.Conv2d(1, 1, 1), nn.Tanh(), nn.ReLU())
    assert first_activation(model, ["0", "1", "2", "3"]) == "2"
    assert first_activation(model, ["0", "1"]) == "0"


def test_an_unknown_layer_is_refused_with_those_there_are() -> None:
    with pytest.raises(PictureError, match="no layer 'c' can be shown; there are: a, b"):
        chosen("c", ["a", "b"])
