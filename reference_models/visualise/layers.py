"""What the layers inside a model give out, by name."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference_models.visualise.errors import PictureError

ACTIVATIONS = (
    *(nn.ReLU, nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Softplus),
)


def outputs_of(model: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """Every leaf layer's output, in the order in which they ran, in evaluation mode.

    `inputs` are scaled already, `(B, ...)`. Layers that give no tensor are left out. The model's
    own mode is as it was afterwards.
    """
    seen: dict[str, Tensor] = {}
    hooks = [
        module.register_forward_hook(_recorder(name, seen))
        for name, module in model.named_modules()
        if name and not any(module.children())
    ]
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            model(inputs)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return seen


def maps_of(model: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """Those of `outputs_of` that are images with channels, `(B, C, H, W)`."""
    return {name: each for name, each in outputs_of(model, inputs).items() if each.ndim == 4}


def first_activation(model: nn.Module, names: list[str]) -> str:
    """The first of `names` that is an activation after a convolution; else the first of them."""
    convolved = False
    for name in names:
        module = model.get_submodule(name)
        convolved = convolved or isinstance(module, nn.Conv2d)
        if convolved and isinstance(module, ACTIVATIONS):
            return name
    return names[0]


def convolutions(model: nn.Module) -> dict[str, nn.Conv2d]:
    """The model's convolutions by name, first to last."""
    return {name: each for name, each in model.named_modules() if isinstance(each, nn.Conv2d)}


def chosen(layer: str, names: list[str]) -> str:
    """`layer`, if it is one of `names`; else PictureError says which there are."""
    if layer not in names:
        raise PictureError(f"no layer '{layer}' can be shown; there are: {', '.join(names)}")
    return layer


def _recorder(name: str, seen: dict[str, Tensor]) -> Callable[[nn.Module, object, object], None]:
    def record(_module: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            seen[name] = output

    return record
