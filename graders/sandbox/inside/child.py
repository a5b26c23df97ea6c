"""One submission's side of the conversation: load, show the parameters, answer inputs."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from .frames import ANSWERS, END, HELLO, RAISED, Pipe, Refusal, frame
from .functions import as_array, find_function, train, warm_up_training
from .loading import load_module
from .quiet import quiet
from .reasons import explain
from .subject import Subject, answer

Load = Callable[[dict[str, Any], Path, Callable[[str], None]], Subject]
"""From a job, the submission's folder and what is called with each stage, to what was loaded."""

_LOADERS = {
    "code": "loading",
    "weights": "weights",
    "program": "programs",
    "onnx": "onnx_model",
    "keras": "keras_model",
    "predictions": "predictions",
}
"""The module whose `load` is for models of that kind."""


def find_loader(kind: str) -> Load:
    """Import what loads models of `kind`, with the libraries that it needs."""
    with quiet():
        loader: Load = import_module(f".{_LOADERS[kind]}", __package__).load
    return loader


def show_state(subject: Subject, pipe: Pipe) -> None:
    """Send every parameter and buffer, then the end mark."""
    for tag, name, tensor in subject.state:
        pipe.send_tensor(tag, name, tensor)
    pipe.send(frame(END, 8, (0,), b"", b""))


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


@contextmanager
def telling(stages: list[str], pipe: Pipe, folder: Path) -> Iterator[None]:
    """Name the last of `stages` to the parent when something breaks, and end."""
    try:
        yield
    except Refusal as refusal:
        pipe.fail(stages[-1], str(refusal))
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like are the student's too
        with suppress(Exception):  # words of a hundred megabytes may not fit into memory again
            traceback.print_exc()
        pipe.fail(stages[-1], explain(error, folder))


def converse_in_calls(job: dict[str, Any], pipe: Pipe) -> None:
    """Import the student's function, and call it as often as the parent asks."""
    stages, folder = ["import"], Path(job["folder"])
    with telling(stages, pipe, folder):
        function = import_function(job, folder, stages, pipe)
        stages.append("call")
        while (arguments := pipe.receive_call()) is not None:
            answer_call(function, arguments, pipe, folder)


def converse_in_training(job: dict[str, Any], pipe: Pipe) -> None:
    """Import the student's function, let it train a model once, and let that answer."""
    stages, folder = ["import"], Path(job["folder"])
    with telling(stages, pipe, folder):
        function = import_function(job, folder, stages, pipe)
        stages.append("train")
        lesson = pipe.receive_call()
        if lesson is None:
            return
        model = train(function, lesson, job["device"])
        pipe.send(frame(END, 8, (0,), b"", b""))
        stages.append("answer")
        answer_all(Subject((), model, device=job["device"]), pipe)


def import_function(job: dict[str, Any], folder: Path, stages: list[str], pipe: Pipe) -> Any:
    """Import the student's function and say that it is there."""
    module = load_module(folder / job["module"])
    stages.append("function")
    function = find_function(module, job["builder"])
    pipe.send(frame(END, 8, (0,), b"", b""))
    return function


def converse(job: dict[str, Any], pipe: Pipe, load: Load) -> None:
    """Run the stages in order; the stage that breaks is named to the parent."""
    stages, folder = ["load"], Path(job["folder"])
    with telling(stages, pipe, folder):
        subject = load(job, folder, stages.append)
        stages.append("state")
        show_state(subject, pipe)
        stages.append(subject.stage)
        answer_all(subject, pipe)


def answer_all(subject: Subject, pipe: Pipe) -> None:
    """Answer inputs until there are no more."""
    while (inputs := pipe.receive_inputs()) is not None:
        pipe.send_tensor(ANSWERS, "", answer(subject, inputs))


_FUNCTIONS = {"function": converse_in_calls, "training": converse_in_training}
"""How those kinds go on whose code is called, and not only loaded."""


def main(job: dict[str, Any], ends: list[int]) -> None:
    """Greet the parent over the ends of a `Pipe`, and only then touch what the student wrote.

    Libraries come before the greeting, which starts the student's clock.
    """
    import torch

    pipe = Pipe(*ends)
    torch.set_num_threads(int(job["limits"]["threads"]))
    kind = job["kind"]
    if kind == "training":
        warm_up_training(job["device"])
    talk = _FUNCTIONS.get(kind) or partial(converse, load=find_loader(kind))
    pipe.send(frame(HELLO, 8, (0,), torch.__version__.encode(), b""))
    talk(job, pipe)
