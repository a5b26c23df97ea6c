"""How files are forged that students hand in: archives, pickles, exported models, notebooks."""

import base64
import io
import json
import marshal
import pickle
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from graders.grade import Grade

from .attack import PRELUDE, Make
from .honest import GOOD
from .reading import found_nothing

if TYPE_CHECKING:
    from .world import World

SAYS = "raise SystemExit('DI' + 'D run')"
"""What hidden code does where none may run: printed or not, it is in the reason."""


class Payload:
    """Unpickled, it runs `code`."""

    def __init__(self, code: str = SAYS) -> None:
        self._code = code

    def __reduce__(self) -> tuple[object, ...]:
        return exec, (self._code,)


def ran_nothing(world: "World", grade: Grade) -> None:
    """Assert that no hidden code has run, not even inside."""
    found_nothing(world, grade)
    assert "DID" not in grade.reason, grade.reason


def one_file(name: str, content: Callable[["World"], bytes]) -> Make:
    """A single file of what `content` returns."""

    def make(folder: Path, world: "World") -> Path:
        path = folder / name
        path.write_bytes(content(world))
        return path

    return make


def zipped(entries: dict[str, bytes]) -> bytes:
    """A plain zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(entries: dict[str, bytes]) -> bytes:
    """A plain tar file."""
    buffer = io.BytesIO()
    with tarfile.open(mode="w", fileobj=buffer) as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def network() -> nn.Module:
    """The assignment's network, untrained."""
    torch.manual_seed(0)
    layers = (nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    return nn.Sequential(nn.Flatten(), *layers).eval()


def saved(content: object, **options: Any) -> bytes:
    """What `torch.save` makes of `content`."""
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def opcodes(*calls: tuple[str, bytes]) -> bytes:
    """A checkpoint whose pickle is written by hand: each global called with an argument."""
    body = b"".join(b"c" + name.encode() + b"\n" + argument + b"R0" for name, argument in calls)
    entries = {"data.pkl": b"\x80\x02" + body + b"}.", "version": b"3\n", "byteorder": b"little"}
    return zipped({f"archive/{name}": content for name, content in entries.items()})


_TEXT = b"X" + struct.pack("<I", len(SAYS)) + SAYS.encode() + b"\x85"
DILL = (
    ("dill._dill\n_load_type", b"X\x08\x00\x00\x00CodeType\x85"),
    ("dill._dill\n_eval_repr", _TEXT),
)
LONG_WAY = (
    ("torch.serialization\nos.system", _TEXT),
    ("torch._utils\n__builtins__.exec", _TEXT),
    ("torch._dynamo.guards\nexec", _TEXT),
    ("torch\njit.load", _TEXT),
)
SMUGGLED = {"a/inner.zip": zipped({"archive/data.pkl": pickle.dumps(Payload())})}
TAKEN_FOR_A_SCRIPT = {
    **{f"a/{name}.pkl": pickle.dumps(Payload(), 2) for name in ("constants", "data")},
    "a/version": b"3\n",
    "a/code/__torch__.py": SAYS.encode(),
}


def beyond_its_tensor() -> bytes:
    """A checkpoint whose one tensor is larger than what is stored for it."""
    content = {"x": torch.zeros(4)}
    with zipfile.ZipFile(io.BytesIO(saved(content))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    pickled = next(name for name in entries if name.endswith("data.pkl"))
    # the tensor's size, (4,), becomes 2**24
    larger = entries[pickled].replace(b"K\x04\x85q", b"J\x00\x00\x00\x01\x85q", 1)
    assert larger != entries[pickled]
    return zipped(entries | {pickled: larger})


class Reader(nn.Module):
    """The assignment's network, which answers with the bytes of a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.layers = network()
        self.path = path

    def forward(self, images: Tensor) -> Tensor:
        found = torch.from_file(self.path, False, 20, dtype=torch.uint8)
        return self.layers(images) + found.sum()


def scripted_reader(world: "World") -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.script(Reader(str(world.told["labels"]))), buffer)
    return buffer.getvalue()


_INSIDE = """
attempt("secret", lambda: Path(WORLD["secret"]).read_text())
attempt("labels", lambda: Path(WORLD["labels"]).read_text())
attempt("grades", lambda: os.listdir(WORLD["out"]))
"""


def exported_program(world: "World") -> bytes:
    """A program whose symbolic size, which torch evaluates, is a call."""
    buffer = io.BytesIO()
    sizes = ({0: torch.export.Dim("count", min=1, max=9_999)},)
    with warnings.catch_warnings(action="ignore"):
        program = torch.export.export(network(), (torch.zeros(2, 1, 28, 28),), dynamic_shapes=sizes)
        torch.export.save(program, buffer)
    with zipfile.ZipFile(buffer) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    graph = next(name for name in entries if name.endswith("models/model.json"))
    text = PRELUDE.replace("{world!r}", repr(json.dumps(world.told))) + _INSIDE
    code = base64.b64encode(text.encode()).decode()
    names = "vars(__import__('types').ModuleType('inside'))"
    call = f"exec(__import__('base64').b64decode('{code}'), {names}) or Symbol("
    return zipped(entries | {graph: entries[graph].replace(b"Symbol(", call.encode(), 1)})


def npy_file(header: str, content: bytes) -> bytes:
    text = header.encode().ljust(118)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def _keras_config(layer: dict[str, Any]) -> bytes:
    inputs = {"class_name": "InputLayer", "config": {"name": "images", "batch_shape": [None, 784]}}
    layers = [{"module": "keras.layers", "registered_name": None} | one for one in (inputs, layer)]
    model = {"module": "keras", "class_name": "Sequential", "registered_name": None}
    return json.dumps({**model, "config": {"name": "model", "layers": layers}}).encode()


def lambda_layer() -> dict[str, Any]:
    code = base64.b64encode(marshal.dumps(compile(SAYS, "x", "exec"))).decode()
    function = {"class_name": "__lambda__", "config": {"code": code, "defaults": None}}
    return {"class_name": "Lambda", "config": {"name": "x", "function": function}}


def keras_file(layer: dict[str, Any]) -> bytes:
    entries = {"metadata.json": b'{"keras_version": "3.6.0"}', "config.json": _keras_config(layer)}
    return zipped(entries | {"model.weights.h5": b""})


def hdf5_file(layer: dict[str, Any], fill: Callable[[Any], None] | None = None) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = _keras_config(layer).decode()
        file.attrs["keras_version"] = "3.6.0"
        if fill:
            fill(file)
    return buffer.getvalue()


def stored_outside(world: "World") -> bytes:
    """A dense layer whose kernel is the bytes of a file that lies elsewhere."""

    def fill(file: Any) -> None:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense"]
        dense = group.create_group("dense")
        dense.attrs["weight_names"] = [b"kernel", b"bias"]
        place = [(str(world.told["labels"]), 0, 4 * 784 * 10)]
        dense.create_dataset("kernel", (784, 10), "<f4", external=place)
        dense.create_dataset("bias", (10,), "<f4")

    return hdf5_file({"class_name": "Dense", "config": {"name": "dense", "units": 10}}, fill)


def onnx_file(place: Callable[["World"], str]) -> Callable[["World"], bytes]:
    """A graph whose weights are said to lie at `place`."""

    def content(world: "World") -> bytes:
        from onnx import TensorProto, helper

        tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[784, 10])
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=place(world))
        value = helper.make_tensor_value_info
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
        inputs = [value("x", TensorProto.FLOAT, [None, 784])]
        outputs = [value("y", TensorProto.FLOAT, [None, 10])]
        model = helper.make_model(helper.make_graph([node], "g", inputs, outputs, [tensor]))
        return bytes(model.SerializeToString())

    return content


def safetensors_file(header: object, content: bytes, claimed: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if claimed is None else claimed) + text + content


F32 = {"dtype": "F32", "shape": [64], "data_offsets": [0, 256]}
HUGE = {"x": {"dtype": "F32", "shape": [2**32, 2**32], "data_offsets": [0, 4]}}


def cells_of(*sources: str) -> bytes:
    """A notebook with these code cells."""
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": one}
        for one in sources
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


_SHELL = """!touch {out}/{mark} /tmp/{mark}
%system touch /tmp/{mark}
found = !cat {secret}
%load_ext {mark}
??print
print("kept", dir().count("found"))
"""
_WHOLE_CELL = "%%bash\ntouch /tmp/{mark}; cat {secret}"


def hostile_notebook(world: "World") -> bytes:
    text = PRELUDE.replace("{world!r}", repr(json.dumps(world.told)))
    told = {name: str(one) for name, one in world.told.items()}
    return cells_of(_WHOLE_CELL.format(**told), _SHELL.format(**told), text)


def as_notebook(folder: Path) -> None:
    model = folder / "model.py"
    (folder / "work.ipynb").write_bytes(
        cells_of("%matplotlib inline\n!pip list\n%time 1", model.read_text())
    )
    model.unlink()
    manifest = folder / "submission.toml"
    manifest.write_text(manifest.read_text().replace("model.py", "work.ipynb"))


def as_script(folder: Path, world: "World") -> Path:
    from safetensors.torch import load_file

    model, path = network(), folder / "work.pt"
    for target, name in zip(model.parameters(), _NAMES, strict=True):
        target.data = load_file(GOOD / "weights.safetensors")[name]
    with warnings.catch_warnings(action="ignore"):
        torch.jit.script(model).save(path)
    return path


_NAMES = [
    f"{layer}.{part}" for layer in ("first", "second", "third") for part in ("weight", "bias")
]
