"""What a model that ignores its input would come to."""

from reference_models.data import Dataset, InputScale, scale_pixels

_SAMPLES = 5000


def constant_answer_loss(data: Dataset, scale: InputScale) -> float:
    """Mean squared error of answering every test image by the mean train image, in `scale`.

    The mean is taken over the first 5,000 train images, the error over as many test images.
    """
    mean = scale_pixels(data.train.inputs[:_SAMPLES], scale).mean(0)
    error = scale_pixels(data.test.inputs[:_SAMPLES], scale) - mean
    return float(error.square().mean())
