"""One submission's side of the conversation: load, show the parameters, answer inputs."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .frames import ANSWERS, BUFFER, END, HELLO, PARAMETER, RAISED, Pipe, Refusal, frame
from .functions import as_array, find_function
from .loading import build, find_builder, load_module, load_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn


def show_state(model: nn.Module, pipe: Pipe) -> None:
    """Send every parameter, then every buffer, then the end mark."""
    for name, parameter in model.named_parameters():
        pipe.send_tensor(PARAMETER, name, parameter)
    for name, buffer in model.named_buffers():
        pipe.send_tensor(BUFFER, name, buffer)
    pipe.send(frame(END, 8, (0,), b"", b""))


def answer(model: nn.Module, images: Tensor) -> Tensor:
    """Return `model(images)` as float32; of several outputs the first is the answer."""
    import torch

    with torch.inference_mode():
        outputs = model(images)
    several = isinstance(outputs, tuple | list) and len(outputs) > 0
    logits = outputs[0] if several else outputs
    if not isinstance(logits, torch.Tensor):
        raise Refusal(f"the model returned {type(logits).__name__}, not a tensor")
    return logits.to(torch.float32)


def explain(error: BaseException, folder: Path) -> str:
    """Return one line on what went wrong, with the student's own line where there is one."""
    reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    frames = [
        f"{Path(step.filename).name} line {step.lineno}"
        for step in traceback.extract_tb(error.__traceback__)
        if Path(step.filename).is_relative_to(folder)
    ]
    return f"{reason} ({frames[-1]})" if frames else reason


def answer_call(
    function: Callable[..., Any], arguments: list[Any], pipe: Pipe, folder: Path
) -> None:
    """Send what `function` returns, or what it raises: the next call may be right."""
    try:
        result = as_array(function(*arguments))
    except Refusal as refusal:
        pipe.send_text(RAISED, "", str(refusal))
    except Exception as error:  # noqa: BLE001 - it is told
        pipe.send_text(RAISED, "", explain(error, folder))
    else:
        pipe.send_array(ANSWERS, result)


def converse_in_calls(job: dict[str, Any], pipe: Pipe) -> None:
    """Import the student's function, and call it as often as the parent asks."""
    stage, folder = "import", Path(job["folder"])
    try:
        module = load_module(folder / job["module"])
        stage = "function"
        function = find_function(module, job["builder"])
        pipe.send(frame(END, 8, (0,), b"", b""))
        stage = "call"
        while (arguments := pipe.receive_call()) is not None:
            answer_call(function, arguments, pipe, folder)
    except Refusal as refusal:
        pipe.fail(stage, str(refusal))
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like are the student's too
        traceback.print_exc()
        pipe.fail(stage, explain(error, folder))


def converse(job: dict[str, Any], pipe: Pipe) -> None:
    """Run the stages in order; the stage that breaks is named to the parent."""
    if job.get("kind") == "function":
        converse_in_calls(job, pipe)
        return
    stage, folder = "import", Path(job["folder"])
    try:
        module = load_module(folder / job["module"])
        stage = "build"
        model = build(find_builder(module, job["builder"]))
        stage = "weights"
        if job["weights"]:
            load_weights(model, folder / job["weights"])
        stage = "state"
        show_state(model, pipe)
        stage = "answer"
        while (images := pipe.receive_inputs()) is not None:
            pipe.send_tensor(ANSWERS, "", answer(model, images))
    except Refusal as refusal:
        pipe.fail(stage, str(refusal))
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like are the student's too
        traceback.print_exc()
        pipe.fail(stage, explain(error, folder))


def main(job: dict[str, Any], incoming: int, outgoing: int) -> None:
    """Greet the parent over the pipe's two ends, and only then touch what the student wrote."""
    import torch

    pipe = Pipe(incoming, outgoing)
    torch.set_num_threads(int(job["limits"]["threads"]))
    pipe.send(frame(HELLO, 8, (0,), torch.__version__.encode(), b""))
    converse(job, pipe)
