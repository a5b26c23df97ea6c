"""One submission's side of the conversation: load, show the parameters, answer inputs."""

from __future__ import annotations

import os
import resource
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .frames import ANSWERS, BUFFER, END, HELLO, PARAMETER, Pipe, Refusal, frame
from .loading import build, find_builder, load_module, load_weights

if TYPE_CHECKING:
    from torch import Tensor, nn


def restrict(limits: dict[str, float]) -> None:
    """Lower this process's hard limits; nothing it starts can raise them again."""
    memory = int(limits["memory_bytes"])
    for what, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, int(limits["cpu_seconds"])),
        (resource.RLIMIT_FSIZE, int(limits["file_bytes"])),
        (resource.RLIMIT_NOFILE, int(limits["open_files"])),
        (resource.RLIMIT_NPROC, int(limits["processes"])),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def show_state(model: nn.Module, pipe: Pipe) -> None:
    """Send every parameter, then every buffer, then the end mark."""
    for name, parameter in model.named_parameters():
        pipe.send_tensor(PARAMETER, name, parameter)
    for name, buffer in model.named_buffers():
        pipe.send_tensor(BUFFER, name, buffer)
    pipe.send(frame(END, 8, (0,), b"", b""))


def answer(model: nn.Module, images: Tensor) -> Tensor:
    """Return `model(images)` as float32."""
    import torch

    with torch.inference_mode():
        logits = model(images)
    if not isinstance(logits, torch.Tensor):
        raise Refusal(f"the model returned {type(logits).__name__}, not a tensor")
    return logits.to(torch.float32)


def explain(error: BaseException) -> str:
    """Return one line on what went wrong, with the student's own line where there is one."""
    reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    frames = [
        f"{Path(step.filename).name} line {step.lineno}"
        for step in traceback.extract_tb(error.__traceback__)
        if step.filename.startswith("/submission")
    ]
    return f"{reason} ({frames[-1]})" if frames else reason


def converse(job: dict[str, Any], pipe: Pipe) -> None:
    """Run the stages in order; the stage that breaks is named to the parent."""
    stage = "import"
    try:
        module = load_module(Path(job["module"]))
        stage = "build"
        model = build(find_builder(module, job["builder"]))
        stage = "weights"
        if job["weights"]:
            load_weights(model, Path(job["weights"]))
        stage = "state"
        show_state(model, pipe)
        stage = "answer"
        while (images := pipe.receive_inputs()) is not None:
            pipe.send_tensor(ANSWERS, "", answer(model, images))
    except Refusal as refusal:
        pipe.fail(stage, str(refusal))
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like are the student's too
        traceback.print_exc()
        pipe.fail(stage, explain(error))


def main(job: dict[str, Any]) -> None:
    """Greet the parent once torch is there, and only then touch what the student wrote."""
    pipe = Pipe(job["incoming"], job["outgoing"])
    restrict(job["limits"])
    import torch

    torch.set_num_threads(int(job["limits"]["threads"]))
    pipe.send(frame(HELLO, 8, (0,), torch.__version__.encode(), b""))
    converse(job, pipe)
    sys.stdout.flush()
    os._exit(0)
