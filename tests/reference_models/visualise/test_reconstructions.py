import numpy as np
import torch
from torch import Tensor, nn

from reference_models.training.corruptions import Gaussian, Zeroing
from reference_models.visualise import reconstructions
from reference_models.visualise.reconstructions import corrupted


class Half(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images / 2


def _rows(figure: object, columns: int) -> np.ndarray:
    shown = [plot.images[0].get_array() for plot in figure.axes]  # type: ignore[attr-defined]
    return np.stack(shown).reshape(-1, columns, *shown[0].shape)


def test_without_noise_there_are_clean_images_and_what_came_back(images: Tensor) -> None:
    figure = reconstructions(Half(), images, title="net")
    clean, restored = _rows(figure, 6)
    np.testing.assert_allclose(clean, images[:, 0])
    np.testing.assert_allclose(restored, images[:, 0] / 2)
    errors = [plot.get_xlabel() for plot in figure.axes[-6:]]
    expected = ((images / 2) ** 2).flatten(1).mean(1)
    assert errors == [f"MSE {value:.3f}" for value in expected.tolist()]


def test_with_noise_the_noisy_image_is_what_the_model_sees(images: Tensor) -> None:
    signed = images * 2 - 1
    figure = reconstructions(Half(), signed, title="net", corruptions=(Zeroing(0.5),), seed=3)
    _, noisy, restored = _rows(figure, 6)
    np.testing.assert_allclose(restored, noisy / 2)
    assert 0.3 < (noisy == 0).mean() < 0.7
    assert [figure.axes[n].get_ylabel() for n in (0, 6, 12)] == ["clean", "noisy", "reconstructed"]


def test_noise_depends_on_the_seed_and_touches_no_global_state(images: Tensor) -> None:
    before = torch.random.get_rng_state()
    noise = (Gaussian(0.5),)
    torch.testing.assert_close(corrupted(images, noise, 1), corrupted(images, noise, 1))
    assert not torch.equal(corrupted(images, noise, 1), corrupted(images, noise, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
