"""Find what the student wrote and make a model of it."""

from __future__ import annotations

import importlib.util
import inspect
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .frames import Refusal
from .subject import Subject, module_state

if TYPE_CHECKING:
    from torch import nn

_MODULE = "submission"
_NESTED_STATE = ("state_dict", "model_state_dict", "model")


def load(job: dict[str, Any], folder: Path, enter: Callable[[str], None]) -> Subject:
    """Import the student's code, build the model and load its weights; `enter` names each stage."""
    enter("import")
    module = load_module(folder / job["module"])
    enter("build")
    model = build(find_builder(module, job["builder"]))
    enter("weights")
    if job["weights"]:
        load_weights(model, folder / job["weights"])
    if (device := job["device"]) != "cpu":
        model.to(device)
    return Subject(module_state(model), model, device=device)


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
        raise Refusal(
            f"{file} has no build_model() and no nn.Module class without arguments"
            f"{_that_take_arguments(module)}"
        )
    names = ", ".join(sorted(one.__name__ for one in found))
    raise Refusal(f"several classes could be the model ({names}): add build_model() to choose one")


def _that_take_arguments(module: Any) -> str:
    """The classes that could be the model, if somebody said with what to make it."""
    own = [one for one in vars(module).values() if _is_own_model(one)]
    needs = [f"{one.__name__} needs {', '.join(_needed(one))}" for one in own if _needed(one)]
    return f" ({'; '.join(needs)}): add build_model()" if needs else ""


def _is_plain_model(value: object) -> bool:
    """Whether `value` is a module class of the student's own that takes no arguments."""
    return _is_own_model(value) and not _needed(value)


def _is_own_model(value: Any) -> bool:
    from torch import nn

    return inspect.isclass(value) and issubclass(value, nn.Module) and value.__module__ == _MODULE


def _needed(model: Any) -> list[str]:
    """The names of what a class must be given."""
    return [
        parameter.name
        for parameter in inspect.signature(model).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def build(builder: Any) -> nn.Module:
    """Call `builder` and insist on a module."""
    from torch import nn

    model = builder()
    if not isinstance(model, nn.Module):
        raise Refusal(f"{builder.__name__}() returned {type(model).__name__}, not an nn.Module")
    return model.eval()


def load_weights(model: nn.Module, path: Path) -> None:
    """Load the state dict in `path` into `model`."""
    model.load_state_dict(read_state(path))


def read_state(path: Path) -> dict[str, Any]:
    """Return the state dict in `path`; pickles are read with `weights_only=True`.

    A checkpoint's other entries are left out. Raises Refusal.
    """
    state = _read(path)
    for key in _NESTED_STATE:
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict):
        raise Refusal(f"{path.name} holds {type(state).__name__}: save model.state_dict()")
    return state


def _read(path: Path) -> Any:
    import torch

    if path.suffix.lower() == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    if is_scripted(path):
        return torch.jit.load(path, map_location="cpu").state_dict()
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Refusal(f"{path.name} holds more than tensors: save model.state_dict()") from error


def is_scripted(path: Path) -> bool:
    """Whether `path` is TorchScript, which keeps its constants apart as no state dict does."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(Path(name).name == "constants.pkl" for name in archive.namelist())
