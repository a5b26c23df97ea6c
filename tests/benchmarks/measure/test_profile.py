import pytest
import torch
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import product_share


def test_a_large_product_is_nearly_all_of_it() -> None:
    left, right = torch.rand(2, 700, 700)
    assert product_share(lambda: left @ right) > 0.8


def test_element_wise_work_is_no_product() -> None:
    values = torch.rand(1000)
    assert product_share(lambda: values.tanh() + values * 2) == 0


def test_convolutions_forwards_and_backwards_are_products() -> None:
    layer, images = nn.Conv2d(16, 32, 3), torch.rand(16, 16, 32, 32)
    assert product_share(lambda: layer(images).sum().backward()) > 0.5


@pytest.mark.parametrize("layer", [nn.ConvTranspose2d(8, 8, 5), nn.Conv2d(8, 8, 5).bfloat16()])
def test_whatever_kernel_is_chosen(layer: nn.Module) -> None:
    images = torch.rand(16, 8, 32, 32).to(next(layer.parameters()).dtype)
    assert product_share(lambda: layer(images)) > 0.5


def test_work_that_asks_torch_for_nothing_is_refused() -> None:
    with pytest.raises(MeasurementError, match="no operation of torch"):
        product_share(lambda: sum(range(10)))
