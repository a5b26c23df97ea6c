import numpy as np
import torch
from scipy.signal import correlate2d

from reference_models.visualise import kernels


def test_both_kernels_are_convolved_with_the_red_channel() -> None:
    image = torch.randint(0, 256, (3, 9, 7), generator=torch.Generator().manual_seed(0)).byte()
    figure = kernels(image, title="by hand")
    shown = {plot.get_title(): plot for plot in figure.axes}
    red = image[0].numpy().astype(int)
    np.testing.assert_array_equal(shown["red channel, 9x7"].images[0].get_array(), red)
    ring, cross = np.full((3, 3), -1), np.array([[0, -1, 0], [-1, 0, -1], [0, -1, 0]])
    ring[1, 1] = cross[1, 1] = 8
    results = [plot for plot in figure.axes if plot.get_title() == "convolved, 7x5"]
    for plot, kernel in zip(results, (ring, cross), strict=True):
        expected = correlate2d(red, kernel, mode="valid")
        np.testing.assert_array_equal(plot.images[0].get_array(), expected)
    assert results[0].images[0].get_clim()[0] == -results[0].images[0].get_clim()[1]


def test_a_grey_picture_has_no_red_channel() -> None:
    figure = kernels(torch.zeros(1, 5, 5, dtype=torch.uint8), title="")
    assert "grey values, 5x5" in {plot.get_title() for plot in figure.axes}
