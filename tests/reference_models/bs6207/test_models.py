from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy, interpolate

from reference_models import find_model
from reference_models.bs6207.models import Decoder, Extractor, KernelDensity, UniqueClassCount
from reference_models.layers import layer_table

_IDS = ("ucc", "ucc-2plus", "ucc-alpha1", "ucc-2plus-alpha1", "ucc-sigmoid")

# Layer by layer as the authors' code prints them: output shape and parameters of what has any.
_EXTRACTOR = [
    ((16, 28, 28), 160),
    *(((32, 28, 28), 4_640), ((32, 28, 28), 9_248)),
    *(((64, 14, 14), 18_496), ((64, 14, 14), 36_928), ((32, 14, 14), 1_056)),
    *(((128, 7, 7), 73_856), ((128, 7, 7), 147_584), ((64, 7, 7), 4_160)),
    ((10,), 62_720),
]
_DECODER = [
    ((6272,), 68_992),
    *(((128, 14, 14), 147_584), ((128, 14, 14), 147_584)),
    *(((64, 28, 28), 73_792), ((64, 28, 28), 36_928), ((64, 28, 28), 8_256)),
    *(((32, 28, 28), 18_464), ((32, 28, 28), 9_248), ((32, 28, 28), 2_080)),
    ((1, 28, 28), 289),
]
_HEAD = [((384,), 42_624), ((192,), 73_920)]


@pytest.mark.parametrize("name", _IDS)
def test_layers_are_those_of_the_authors(name: str) -> None:
    card = find_model(f"bs6207/{name}")
    rows = [(r.output_shape, r.parameters) for r in layer_table(card) if r.parameters]
    decoder = _DECODER if name in ("ucc", "ucc-2plus") else []
    last = ((card.classes,), 193 * card.classes)
    assert sorted(rows) == sorted([*_EXTRACTOR, *decoder, *_HEAD, last])


def test_the_parts_count_what_the_paper_says() -> None:
    sizes = {part: sum(p.numel() for p in part().parameters()) for part in (Extractor, Decoder)}
    assert sizes == {Extractor: 358_848, Decoder: 513_217}


@pytest.mark.parametrize("name", _IDS)
def test_a_fresh_model_guesses(name: str) -> None:
    card = find_model(f"bs6207/{name}")
    bags = torch.randn(card.classes, 4, 1, 28, 28)
    with torch.no_grad():
        outputs = card.build()(bags)
    decodes = isinstance(outputs, tuple)
    assert decodes == (name in ("ucc", "ucc-2plus"))
    logits = outputs[0] if decodes else outputs
    assert logits.shape == (card.classes, card.classes)
    loss = float(cross_entropy(logits, torch.arange(card.classes)))
    assert loss == pytest.approx(np.log(card.classes), abs=0.02)
    if decodes:
        assert outputs[1].shape == bags.shape


@pytest.mark.parametrize("name", _IDS)
def test_initial_weights_are_keras(name: str) -> None:
    for key, value in find_model(f"bs6207/{name}").build().named_parameters():
        if key.endswith("bias"):
            small = key.startswith("head") or "shortcut" in key
            assert torch.equal(value, torch.full_like(value, 0.0 if small else 0.1)), key
        else:
            fans = value.shape[0] + value.shape[1]
            limit = (6 / (fans * value[0, 0].numel())) ** 0.5
            assert 0.97 * limit < float(value.detach().abs().max()) <= limit, key


def test_only_the_sigmoid_model_has_other_activations_and_only_in_its_extractor() -> None:
    def kinds(name: str, part: str) -> list[str]:
        modules = find_model(f"bs6207/{name}").build().get_submodule(part).modules()
        return [type(m).__name__ for m in modules if isinstance(m, (nn.ReLU, nn.Sigmoid))]

    assert kinds("ucc-sigmoid", "extractor") == ["Sigmoid"] * 8
    assert kinds("ucc-2plus-alpha1", "extractor") == ["ReLU"] * 7 + ["Sigmoid"]
    assert kinds("ucc-sigmoid", "head") == kinds("ucc", "head") == ["ReLU"] * 2


def _convolve(maps: Any, layer: nn.Module, stride: int, pad: tuple[int, int]) -> Any:
    """What the layer makes of `(N, C, H, W)`, as sums over shifted windows, in double precision."""
    weight, bias = (p.detach().numpy().astype(np.float64) for p in (layer.weight, layer.bias))
    side = weight.shape[-1]
    padded = np.pad(maps, ((0, 0), (0, 0), pad, pad))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None]


@pytest.mark.parametrize(("name", "wide", "stride"), [("block1", 16, 1), ("block2", 32, 2)])
def test_a_block_of_the_extractor_is_what_numpy_says(name: str, wide: int, stride: int) -> None:
    block = Extractor().get_submodule(name)
    maps = torch.randn(2, wide, 8, 8)
    active = np.maximum(maps.numpy().astype(np.float64), 0)
    pad = (1, 1) if stride == 1 else (0, 1)  # "same" of an even size adds below and right alone
    inner = np.maximum(_convolve(active, block.conv1, stride, pad), 0)
    carried = active if stride == 1 else _convolve(active, block.shortcut, 2, (0, 0))
    expected = _convolve(inner, block.conv2, 1, (1, 1))
    expected[:, :wide] += carried
    np.testing.assert_allclose(block(maps).detach().numpy(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "wide", "scale"), [("block1", 128, 2), ("block3", 64, 1)])
def test_a_block_of_the_decoder_is_what_numpy_says(name: str, wide: int, scale: int) -> None:
    block = Decoder().get_submodule(name)
    maps = torch.randn(1, wide, 4, 4)
    active = np.maximum(maps.numpy().astype(np.float64), 0).repeat(scale, 2).repeat(scale, 3)
    inner = np.maximum(_convolve(active, block.conv1, 1, (1, 1)), 0)
    carried = active if block.shortcut is None else _convolve(active, block.shortcut, 1, (0, 0))
    expected = carried + _convolve(inner, block.conv2, 1, (1, 1))
    np.testing.assert_allclose(block(maps).detach().numpy(), expected, rtol=1e-4, atol=1e-4)


@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 4), st.integers(0, 1000))
@settings(max_examples=30)
def test_a_density_is_what_numpy_says(bags: int, instances: int, features: int, seed: int) -> None:
    drawn = torch.rand(bags, instances, features, generator=torch.Generator().manual_seed(seed))
    expected = np.zeros((bags, features * 11))
    for bag in range(bags):
        for feature in range(features):
            heights = []
            for node in range(11):
                apart = [float(value) - node / 10 for value in drawn[bag, :, feature]]
                heights.append(sum(np.exp(-(d**2) / (2 * 0.1**2)) for d in apart))
            expected[bag, feature * 11 : feature * 11 + 11] = np.array(heights) / sum(heights)
    np.testing.assert_allclose(KernelDensity()(drawn).numpy(), expected, rtol=1e-4, atol=1e-6)


def test_the_order_of_a_bag_does_not_matter_but_its_bag_does() -> None:
    model = find_model("bs6207/ucc-alpha1").build().eval()
    bags = torch.randn(2, 4, 1, 28, 28) * torch.tensor([0.1, 3.0]).view(2, 1, 1, 1, 1)
    with torch.no_grad():
        answer, swapped = model(bags), model(bags.flip(1))
        torch.testing.assert_close(swapped, answer, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(model(bags[1:]), answer[1:], rtol=1e-4, atol=1e-5)
        assert not torch.allclose(answer[0], answer[1], atol=1e-5)


def test_a_decoder_draws_from_the_features_alone() -> None:
    model = find_model("bs6207/ucc").build().eval()
    assert isinstance(model, UniqueClassCount)
    assert model.decoder is not None
    small = torch.randn(2, 1, 7, 7)
    bag = interpolate(small, scale_factor=4)[None]
    with torch.no_grad():
        images = model(bag)[1][0]
        torch.testing.assert_close(model.decoder(model.extractor(bag[0])), images)
