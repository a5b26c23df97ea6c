"""Find what the student wrote and make a model of it."""

from __future__ import annotations

import importlib.util
import inspect
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .frames import Refusal

if TYPE_CHECKING:
    from torch import nn

_MODULE = "submission"
_NESTED_STATE = ("state_dict", "model_state_dict", "model")


def load_module(path: Path) -> Any:
    """Import the student's file, whatever it is called, with its own folder first on the path."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None:
        raise Refusal(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    spec.loader.exec_module(module)
    return module


def find_builder(module: Any, wanted: str | None) -> Any:
    """Return the callable that makes the model: the named one, `build_model`, or the one class."""
    file = Path(module.__file__).name
    if wanted is not None:
        if not callable(getattr(module, wanted, None)):
            raise Refusal(f"submission.toml names '{wanted}', but {file} has no such function")
        return getattr(module, wanted)
    if callable(getattr(module, "build_model", None)):
        return module.build_model
    found = [value for value in vars(module).values() if _is_plain_model(value)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refusal(f"{file} has no build_model() and no nn.Module class without arguments")
    names = ", ".join(sorted(one.__name__ for one in found))
    raise Refusal(f"several classes could be the model ({names}): add build_model() to choose one")


def _is_plain_model(value: object) -> bool:
    """Whether `value` is a module class of the student's own that takes no arguments."""
    from torch import nn

    if not (inspect.isclass(value) and issubclass(value, nn.Module)):
        return False
    needed = [
        parameter
        for parameter in inspect.signature(value).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return value.__module__ == _MODULE and not needed


def build(builder: Any) -> nn.Module:
    """Call `builder` and insist on a module."""
    from torch import nn

    model = builder()
    if not isinstance(model, nn.Module):
        raise Refusal(f"{builder.__name__}() returned {type(model).__name__}, not an nn.Module")
    return model.eval()


def load_weights(model: nn.Module, path: Path) -> None:
    """Load a state dict into `model`; pickles are read with `weights_only=True`."""
    import torch

    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        state: Any = load_file(path)
    else:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise Refusal(
                f"{path.name} holds more than tensors: save model.state_dict()"
            ) from error
    for key in _NESTED_STATE:
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    model.load_state_dict(state)
