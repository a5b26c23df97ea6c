"""The sandboxed side: load what a student wrote, show its parameters, answer inputs.

This file runs alone inside the sandbox and imports nothing of the project. It shares its process
with the student's code, so nothing it says is evidence: the parent checks every byte, and knows
only frames (`HEADER`, then the name, then the payload).
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import pickle
import resource
import struct
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from torch import Tensor, nn

MAGIC = b"GBF1"
MAX_DIMENSIONS = 8
MAX_NAME_BYTES = 512
MAX_FAULT_BYTES = 4096
HEADER = struct.Struct(f"<4sBBBxH{MAX_DIMENSIONS}QQ")
"""Magic, tag, dtype code, dimensions, length of the name, shape, length of the payload."""

HELLO, PARAMETER, BUFFER, END, ANSWERS, FAULT, INPUTS = range(1, 8)
DTYPES: dict[int, str] = {
    1: "<f4",
    2: "<f8",
    3: "<f2",
    4: "<i8",
    5: "<i4",
    6: "<i2",
    7: "|i1",
    8: "|u1",
    9: "|b1",
}

_MODULE = "submission"
_NESTED_STATE = ("state_dict", "model_state_dict", "model")


class Refusal(Exception):  # noqa: N818 - it is an answer, not a defect of this program
    """A submission that cannot be used, in words for its author."""


def frame(tag: int, dtype: int, shape: tuple[int, ...], name: bytes, payload: bytes) -> bytes:
    """Return one message of the protocol; `payload` is in C order, little endian."""
    dimensions = [*shape, *[0] * (MAX_DIMENSIONS - len(shape))]
    return (
        HEADER.pack(MAGIC, tag, dtype, len(shape), len(name), *dimensions, len(payload))
        + name
        + payload
    )


class Pipe:
    """Both ends of the conversation with the parent, as blocking frames."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = os.fdopen(incoming, "rb")
        self._outgoing = os.fdopen(outgoing, "wb", buffering=0)

    def send(self, message: bytes) -> None:
        """Write all of `message`."""
        view = memoryview(message)
        while view:
            view = view[self._outgoing.write(view) :]

    def send_tensor(self, tag: int, name: str, tensor: Tensor) -> None:
        """Write `tensor` as a frame; types without a code of their own travel as float32."""
        import torch

        plain = tensor.detach().to("cpu").contiguous()
        if plain.dtype == torch.bfloat16 or plain.is_complex() or plain.is_quantized:
            plain = plain.to(torch.float32)
        array = plain.numpy()
        code = next((code for code, text in DTYPES.items() if array.dtype.str == text), None)
        if code is None or array.ndim > MAX_DIMENSIONS:
            raise Refusal(f"'{name}' has a type or shape that cannot be graded: {tensor.dtype}")
        label = name.encode()[:MAX_NAME_BYTES]
        self.send(frame(tag, code, array.shape, label, array.tobytes()))

    def fail(self, stage: str, reason: str) -> NoReturn:
        """Tell the parent why there will be no more answers, and end the process."""
        text = reason.encode(errors="replace")[:MAX_FAULT_BYTES]
        self.send(frame(FAULT, 8, (len(text),), stage.encode(), text))
        os._exit(1)

    def receive_inputs(self) -> Tensor | None:
        """Read the next batch of inputs as float32, or None when the parent has closed the pipe."""
        import numpy as np
        import torch

        head = self._incoming.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        _, _, code, dimensions, name_bytes, *rest = HEADER.unpack(head)
        self._incoming.read(name_bytes)
        payload = bytearray(self._incoming.read(rest[-1]))
        array = np.frombuffer(payload, dtype=DTYPES[code]).reshape(rest[:dimensions])
        return torch.from_numpy(array)


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


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
