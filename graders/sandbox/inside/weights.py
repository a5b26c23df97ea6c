"""Weights without code: shown to the parent, which puts them into the assignment's own network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor

from .frames import PARAMETER, Refusal
from .loading import read_state
from .subject import Subject

_DIGITS = re.compile(r"(\d+)")


def load(job: dict[str, Any], folder: Path, _: object) -> Subject:
    """Read a state dict; which of its tensors are buffers is for the parent to find out.

    A safetensors file knows no order: its tensors come in that of their names, 10 after 9.
    """
    file = folder / job["module"]
    state = read_state(file)
    tensors = [(name, value) for name, value in state.items() if isinstance(value, torch.Tensor)]
    if not tensors:
        raise Refusal(f"{file.name} holds no tensors: save model.state_dict()")
    if file.suffix.lower() == ".safetensors":
        tensors.sort(key=lambda named: _natural(named[0]))
    if len(tensors) < len(state):
        odd = next(name for name, value in state.items() if not isinstance(value, torch.Tensor))
        raise Refusal(f"'{odd}' in {file.name} is no tensor: save model.state_dict() alone")
    return Subject([(PARAMETER, str(name), value) for name, value in tensors], _no_network)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(name)]


def _no_network(_: Tensor) -> NoReturn:
    raise Refusal("weights alone answer nothing")
