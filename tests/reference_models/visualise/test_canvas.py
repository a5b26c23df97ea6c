from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reference_models.visualise.canvas import (
    coloured,
    grid_shape,
    panels,
    picture,
    save,
    signed,
    stretched,
)


def test_a_figure_is_titled_and_captioned_and_leaves_no_global_state() -> None:
    before = dict(mpl.rcParams)
    figure, axes = panels(2, 3, title="filters", caption="digits")
    assert axes.shape == (2, 3)
    assert figure.get_suptitle() == "filters"
    assert figure.get_supxlabel() == "digits"
    assert dict(mpl.rcParams) == before
    assert figure.canvas.manager is None  # pyplot would have made one


def test_a_long_title_is_broken_into_lines_that_fit() -> None:
    figure, _ = panels(1, 1, title="word " * 30)
    figure.canvas.draw()
    extent = figure._suptitle.get_window_extent()  # type: ignore[attr-defined]
    assert extent.width < figure.bbox.width


def test_a_saved_figure_is_a_png_whatever_its_name(tmp_path: Path) -> None:
    figure, _ = panels(1, 1, title="x")
    path = save(figure, tmp_path / "new" / "picture.jpeg")
    with Image.open(path) as saved:
        assert saved.format == "PNG"


@given(st.integers(1, 100), st.integers(2, 12))
def test_a_grid_holds_all_pictures_in_no_more_columns_than_allowed(count: int, widest: int) -> None:
    rows, columns = grid_shape(count, widest)
    assert rows * columns >= count > (rows - 1) * columns
    assert columns <= max(widest, int(np.ceil(count**0.5)))


def test_grids_of_common_sizes_have_no_holes() -> None:
    assert [grid_shape(count) for count in (4, 16, 32, 64)] == [(1, 4), (2, 8), (4, 8), (8, 8)]


def test_zero_is_the_middle_of_signed_pictures() -> None:
    _, axes = panels(1, 2, title="x")
    drawn = signed(axes[0, 0], np.array([[-1.0, 3.0]]))
    assert drawn.get_clim() == (-3.0, 3.0)
    drawn = coloured(axes[0, 1], np.array([0.0, -4.0, 4.0]).reshape(3, 1, 1))
    np.testing.assert_allclose(drawn.get_array()[0, 0], [0.5, 0.0, 1.0])


def test_colours_fill_the_range_and_one_channel_is_grey() -> None:
    _, axes = panels(1, 2, title="x")
    drawn = picture(axes[0, 0], np.arange(12.0).reshape(3, 2, 2))
    assert drawn.get_array().shape == (2, 2, 3)
    assert (drawn.get_array().min(), drawn.get_array().max()) == (0.0, 1.0)
    assert picture(axes[0, 1], np.ones((1, 2, 2))).get_cmap().name == "gray"


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_image_is_the_middle(value: float) -> None:
    np.testing.assert_array_equal(stretched(np.full((2, 2), value)), 0.5)
