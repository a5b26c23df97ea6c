"""How big a model is."""

from torch import nn
from torch.nn.parameter import UninitializedParameter

from benchmarks.errors import MeasurementError


def count_parameters(model: nn.Module) -> int:
    """Return the number of numbers in `model`'s parameters, frozen ones included, buffers not.

    A parameter shared by two layers counts once. Raises MeasurementError for a lazy layer that has
    not seen an input and hence has no size yet.
    """
    count = 0
    for name, parameter in model.named_parameters():
        if isinstance(parameter, UninitializedParameter):
            raise MeasurementError(f"parameter '{name}' has no size before the first forward pass")
        count += parameter.numel()
    return count
