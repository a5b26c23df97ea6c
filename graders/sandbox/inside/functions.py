"""Find the function that an exercise asks for, and make plain arrays of what it returns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .frames import DTYPES, MAX_DIMENSIONS, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_WIDER = {"f": "<f8", "i": "<i8", "u": "<i8"}
"""What numbers travel as whose own type has no code, by numpy's kind."""


def find_function(module: Any, name: str) -> Callable[..., Any]:
    """Return the function called `name` of the student's module."""
    function = getattr(module, name, None)
    if not callable(function):
        raise Refusal(f"{Path(module.__file__).name} has no function {name}()")
    found: Callable[..., Any] = function
    return found


def as_array(result: Any) -> NDArray[Any]:
    """Return what a function returned, a number, a tensor or nested lists too, as a plain array."""
    import numpy as np
    import torch

    if isinstance(result, torch.Tensor):
        result = result.detach().cpu().numpy()
    array = np.asarray(result)
    if array.dtype.str not in DTYPES.values():
        if array.dtype.kind not in _WIDER:
            raise Refusal(f"it returned {_described(result)}, not numbers")
        array = array.astype(_WIDER[array.dtype.kind])
    if array.ndim > MAX_DIMENSIONS:
        raise Refusal(f"it returned an array of {array.ndim} dimensions")
    return array


def train(function: Callable[..., Any], lesson: list[Any], device: str) -> Any:
    """Return the model that `function(images, labels)` trains on `device`, ready to answer."""
    import torch

    model = function(*(torch.from_numpy(each).to(device) for each in lesson))
    if not isinstance(model, torch.nn.Module):
        raise Refusal(f"it returned {_described(model)}, not the trained nn.Module")
    return model.to(device).eval()


def warm_up_training(device: str) -> None:
    """Train something tiny on `device` with each of the usual optimisers.

    What torch imports and prepares for the first of them takes longer than many a lesson.
    """
    import torch

    for optimiser in (torch.optim.SGD, torch.optim.Adam):
        layer = torch.nn.Linear(2, 2).to(device)
        step = optimiser(layer.parameters(), lr=0.1)
        inputs, labels = torch.ones(2, 2, device=device), torch.tensor([0, 1], device=device)
        loss = torch.nn.functional.cross_entropy(layer(inputs), labels)
        torch.autograd.backward(loss)
        step.step()


def _described(result: Any) -> str:
    return "None" if result is None else f"a {type(result).__name__}"
