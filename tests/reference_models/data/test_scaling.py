import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_models.data import scale_pixels


@given(st.lists(st.integers(0, 255), min_size=1, max_size=20))
def test_raw_keeps_values_and_unit_divides_by_255(values: list[int]) -> None:
    pixels = torch.tensor(values, dtype=torch.uint8)
    assert scale_pixels(pixels, "raw").tolist() == [float(value) for value in values]
    torch.testing.assert_close(scale_pixels(pixels, "unit"), torch.tensor(values) / 255)
    assert pixels.tolist() == values
