"""Initial weights as the reports' libraries draw them, where torch's own differ."""

import torch
from torch import nn


def glorot_uniform(model: nn.Module, bias: float = 0.0) -> None:
    """Draw every convolution's and dense layer's kernel as Keras does; set their biases to `bias`.

    Uniform in +-sqrt(6 / (fan in + fan out)), Glorot and Bengio (2010), torch's `xavier_uniform_`.
    """
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.constant_(module.bias, bias)


def truncated_normal(model: nn.Module, deviation: float, bias: float) -> None:
    """Draw kernels from a normal law cut at two deviations, as `tf.truncated_normal` does."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            cut = 2 * deviation
            nn.init.trunc_normal_(module.weight, std=deviation, a=-cut, b=cut)
            if module.bias is not None:
                nn.init.constant_(module.bias, bias)


def same_padding_stride_2() -> nn.ZeroPad2d:
    """What TensorFlow's "same" adds before a 3x3 convolution of stride 2 on an even size.

    Nothing on top and left, one row below and one column right. A symmetric padding of 1 counts and
    shapes alike but is another function.
    """
    return nn.ZeroPad2d((0, 1, 0, 1))


def random_uniform(model: nn.Module, low: float, high: float) -> None:
    """Draw every parameter, biases too, uniformly between `low` and `high`."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(low, high)
