import copy

import numpy as np
import torch
from torch import Tensor, nn

from reference_models.visualise import evolution, project
from reference_models.visualise.deconvnet import strongest


def test_every_stage_shows_its_own_strongest_activation(
    stack: nn.Sequential, images: Tensor
) -> None:
    young = copy.deepcopy(stack)
    with torch.no_grad():
        for parameter in young.parameters():
            parameter.mul_(-0.5)
    stages = {"untrained": young, "8 epochs": stack}
    figure = evolution(stages, images, title="net", layer="conv2", count=2)
    assert [figure.axes[n].get_title() for n in (0, 1)] == ["untrained", "8 epochs"]
    channels = [each.channel for each in strongest(stack, images, "conv2", 2)]
    assert [figure.axes[n].get_ylabel() for n in (0, 2)] == [f"channel {c + 1}" for c in channels]
    for column, model in enumerate(stages.values()):
        best = next(e for e in strongest(model, images, "conv2", 5) if e.channel == channels[0])
        at = (best.channel, best.row, best.column)
        pixels = project(model, images[best.image], "conv2", at).numpy()
        drawn = figure.axes[column].images[0].get_array()
        np.testing.assert_allclose(abs(drawn).sum(), abs(pixels).sum(), rtol=1e-5)
