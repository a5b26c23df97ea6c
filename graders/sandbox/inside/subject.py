"""What was loaded of a submission, whatever its form: its state, and how it answers inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .frames import BUFFER, PARAMETER, Refusal

if TYPE_CHECKING:
    from torch import Tensor

    State = Iterable[tuple[int, str, Tensor]]
    """Tag, name and values of every parameter and buffer, as torch's own layers would hold them."""


@dataclass(frozen=True)
class Subject:
    """What is examined: its state in the order of its layers, and what it makes of inputs.

    `stage` names what went wrong where it cannot answer, `device` is where it expects its inputs.
    """

    state: State
    respond: Callable[[Tensor], Any]
    stage: str = "answer"
    device: str = "cpu"


def module_state(model: Any) -> Iterator[tuple[int, str, Tensor]]:
    """Yield every parameter, then every buffer, of what names them as an `nn.Module` does."""
    for name, parameter in model.named_parameters():
        yield PARAMETER, name, parameter
    for name, buffer in model.named_buffers():
        yield BUFFER, name, buffer


def answer(subject: Subject, inputs: Tensor) -> Tensor:
    """Return the answers to `inputs` as float32; of several outputs the first is the answer."""
    import torch

    with torch.inference_mode():
        outputs = subject.respond(inputs.to(subject.device))
    several = isinstance(outputs, tuple | list) and len(outputs) > 0
    logits = outputs[0] if several else outputs
    if not isinstance(logits, torch.Tensor):
        raise Refusal(f"the model returned {type(logits).__name__}, not a tensor")
    return logits.to(torch.float32)
