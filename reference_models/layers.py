"""The layer table of a model: what each layer is called, gives out and counts."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reference_models.cards import ModelCard

_WHOLE = "(all)"
"""What a model that is a single layer calls it."""


@dataclass(frozen=True)
class LayerRow:
    """One layer: its name, kind, output shape without the batch, and number of parameters."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


def layer_table(card: ModelCard) -> tuple[LayerRow, ...]:
    """Return a row for every leaf layer in the order in which they ran; the counts add up."""
    model = card.build().eval()
    rows: list[LayerRow] = []
    leaves = [
        (name or _WHOLE, module)
        for name, module in model.named_modules()
        if not any(module.children())
    ]
    hooks = [module.register_forward_hook(_recorder(name, rows)) for name, module in leaves]
    try:
        with torch.inference_mode():
            model(torch.zeros(1, *card.input_shape))
    finally:
        for hook in hooks:
            hook.remove()
    return tuple(rows)


def _recorder(name: str, rows: list[LayerRow]) -> Callable[[nn.Module, object, Tensor], None]:
    def record(module: nn.Module, _inputs: object, output: Tensor) -> None:
        counted = sum(parameter.numel() for parameter in module.parameters())
        rows.append(LayerRow(name, type(module).__name__, tuple(output.shape[1:]), counted))

    return record
