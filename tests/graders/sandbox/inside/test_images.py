import pytest
import torch

from graders.sandbox.inside.frames import Refusal
from graders.sandbox.inside.images import arrange, in_batches

COLOUR = torch.arange(24.0).reshape(1, 2, 3, 4)
GREY = COLOUR[:, :1]


@pytest.mark.parametrize(
    ("shape", "channels_last", "wanted"),
    [
        ((2, 3, 4), False, COLOUR),
        ((3, 4, 2), False, COLOUR.permute(0, 2, 3, 1)),
        ((None, None, None), False, COLOUR),
        ((None, None, None), True, COLOUR.permute(0, 2, 3, 1)),
        ((24,), False, COLOUR.flatten(1)),
        ((24,), True, COLOUR.permute(0, 2, 3, 1).flatten(1)),
    ],
)
def test_images_are_laid_out_as_declared(
    shape: tuple[int | None, ...], channels_last: bool, wanted: torch.Tensor
) -> None:
    assert torch.equal(arrange(COLOUR, shape, channels_last=channels_last), wanted)


def test_a_single_channel_may_be_left_out() -> None:
    assert torch.equal(arrange(GREY, (3, 4)), GREY[:, 0])


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(Refusal, match="inputs of 1x28x28, and the images are 2x3x4"):
        arrange(COLOUR, (1, 28, 28))
    with pytest.raises(Refusal, match=r"inputs of \?x4x9"):
        arrange(COLOUR, (None, 4, 9))


def test_other_inputs_than_images_stay_as_they_are() -> None:
    points = torch.zeros(5, 2)
    assert arrange(points, (2,)) is points


def test_a_fixed_batch_is_filled_up_and_cut_again() -> None:
    sizes = []

    def run(batch: torch.Tensor) -> torch.Tensor:
        sizes.append(len(batch))
        return batch * 2

    inputs = torch.arange(5.0)
    assert torch.equal(in_batches(run, inputs, 2), inputs * 2)
    assert sizes == [2, 2, 2]
    assert torch.equal(in_batches(run, inputs, None), inputs * 2)
