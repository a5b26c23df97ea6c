"""Files that are no code and would like to be: pickles, exported models, arrays, notebooks."""

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

from .attack import CLAIMED, PRELUDE, Attack, Make, failing
from .honest import GOOD, trained
from .reading import found_nothing, kept_secret

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


def _opcodes(*calls: tuple[str, bytes]) -> bytes:
    """A checkpoint whose pickle is written by hand: each global called with an argument."""
    body = b"".join(b"c" + name.encode() + b"\n" + argument + b"R0" for name, argument in calls)
    entries = {"data.pkl": b"\x80\x02" + body + b"}.", "version": b"3\n", "byteorder": b"little"}
    return zipped({f"archive/{name}": content for name, content in entries.items()})


_TEXT = b"X" + struct.pack("<I", len(SAYS)) + SAYS.encode() + b"\x85"
_DILL = (
    ("dill._dill\n_load_type", b"X\x08\x00\x00\x00CodeType\x85"),
    ("dill._dill\n_eval_repr", _TEXT),
)
_LONG_WAY = (
    ("torch.serialization\nos.system", _TEXT),
    ("torch._utils\n__builtins__.exec", _TEXT),
    ("torch._dynamo.guards\nexec", _TEXT),
    ("torch\njit.load", _TEXT),
)
_SMUGGLED = {"a/inner.zip": zipped({"archive/data.pkl": pickle.dumps(Payload())})}
_TAKEN_FOR_A_SCRIPT = {
    **{f"a/{name}.pkl": pickle.dumps(Payload(), 2) for name in ("constants", "data")},
    "a/version": b"3\n",
    "a/code/__torch__.py": SAYS.encode(),
}


def _beyond() -> bytes:
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


def _scripted(world: "World") -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.script(Reader(str(world.told["labels"]))), buffer)
    return buffer.getvalue()


_INSIDE = """
attempt("secret", lambda: Path(WORLD["secret"]).read_text())
attempt("labels", lambda: Path(WORLD["labels"]).read_text())
attempt("grades", lambda: os.listdir(WORLD["out"]))
"""


def _exported(world: "World") -> bytes:
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


def _npy(header: str, content: bytes) -> bytes:
    text = header.encode().ljust(118)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def _keras_config(layer: dict[str, Any]) -> bytes:
    inputs = {"class_name": "InputLayer", "config": {"name": "images", "batch_shape": [None, 784]}}
    layers = [{"module": "keras.layers", "registered_name": None} | one for one in (inputs, layer)]
    model = {"module": "keras", "class_name": "Sequential", "registered_name": None}
    return json.dumps({**model, "config": {"name": "model", "layers": layers}}).encode()


def _lambda() -> dict[str, Any]:
    code = base64.b64encode(marshal.dumps(compile(SAYS, "x", "exec"))).decode()
    function = {"class_name": "__lambda__", "config": {"code": code, "defaults": None}}
    return {"class_name": "Lambda", "config": {"name": "x", "function": function}}


def _keras(layer: dict[str, Any]) -> bytes:
    entries = {"metadata.json": b'{"keras_version": "3.6.0"}', "config.json": _keras_config(layer)}
    return zipped(entries | {"model.weights.h5": b""})


def _h5(layer: dict[str, Any], fill: Callable[[Any], None] | None = None) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = _keras_config(layer).decode()
        file.attrs["keras_version"] = "3.6.0"
        if fill:
            fill(file)
    return buffer.getvalue()


def _stored_outside(world: "World") -> bytes:
    """A dense layer whose kernel is the bytes of a file that lies elsewhere."""

    def fill(file: Any) -> None:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense"]
        dense = group.create_group("dense")
        dense.attrs["weight_names"] = [b"kernel", b"bias"]
        place = [(str(world.told["labels"]), 0, 4 * 784 * 10)]
        dense.create_dataset("kernel", (784, 10), "<f4", external=place)
        dense.create_dataset("bias", (10,), "<f4")

    return _h5({"class_name": "Dense", "config": {"name": "dense", "units": 10}}, fill)


def _onnx(place: Callable[["World"], str]) -> Callable[["World"], bytes]:
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


def _safetensors(header: object, content: bytes, claimed: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if claimed is None else claimed) + text + content


_F32 = {"dtype": "F32", "shape": [64], "data_offsets": [0, 256]}
_HUGE = {"x": {"dtype": "F32", "shape": [2**32, 2**32], "data_offsets": [0, 4]}}


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


def _notebook(world: "World") -> bytes:
    text = PRELUDE.replace("{world!r}", repr(json.dumps(world.told)))
    told = {name: str(one) for name, one in world.told.items()}
    return cells_of(_WHOLE_CELL.format(**told), _SHELL.format(**told), text)


def _as_notebook(folder: Path) -> None:
    model = folder / "model.py"
    (folder / "work.ipynb").write_bytes(
        cells_of("%matplotlib inline\n!pip list\n%time 1", model.read_text())
    )
    model.unlink()
    manifest = folder / "submission.toml"
    manifest.write_text(manifest.read_text().replace("model.py", "work.ipynb"))


def _as_script(folder: Path, world: "World") -> Path:
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
_PLAIN = "pickles are read as weights alone, in the sandbox"
_SANDBOX = "it is loaded in the sandbox, where no such file is"


def _refused(name: str, tries: str, stopped_by: str, make: Make, reason: str) -> Attack:
    return failing(name, tries, stopped_by, make, reason=reason, harmless=ran_nothing)


LOADING = (
    _refused(
        "pickle-calls",
        "A checkpoint that runs code when it is unpickled.",
        _PLAIN,
        one_file("work.pt", lambda _: saved({"first.weight": Payload()})),
        "holds more than tensors",
    ),
    _refused(
        "pickle-in-the-old-format",
        "The same as torch wrote it before it wrote zip files.",
        _PLAIN,
        one_file(
            "work.pth", lambda _: saved({"x": Payload()}, _use_new_zipfile_serialization=False)
        ),
        "holds more than tensors",
    ),
    _refused(
        "pickle-in-a-tar",
        "The same in torch's first format, a tar, which once was read without care.",
        _PLAIN,
        one_file(
            "work.pt",
            lambda _: tarred(
                dict.fromkeys(("storages", "tensors", "pickle"), pickle.dumps(Payload()))
            ),
        ),
        "",
    ),
    _refused(
        "pickle-the-long-way",
        "Reaches for what runs code by dotted names below packages that are trusted.",
        _PLAIN,
        one_file("work.pt", lambda _: _opcodes(*_LONG_WAY)),
        "holds more than tensors",
    ),
    _refused(
        "pickle-by-dill",
        "A pickle made by dill, which carries code.",
        _PLAIN,
        one_file("work.pt", lambda _: _opcodes(*_DILL)),
        "holds more than tensors",
    ),
    _refused(
        "pickle-in-a-zip-in-a-zip",
        "Is called constants.pkl to be taken for TorchScript, and hides a pickle in an inner zip.",
        "TorchScript's own reader knows no such pickle",
        one_file("work.pt", lambda _: zipped({**_SMUGGLED, **_TAKEN_FOR_A_SCRIPT})),
        "it cannot be used",
    ),
    _refused(
        "reads-beyond-its-tensor",
        "Claims a tensor of 64 MiB over 16 bytes, to read the memory behind them.",
        "torch compares a tensor with its storage",
        one_file("work.pt", lambda _: _beyond()),
        "",
    ),
    Attack(
        "script-reads-files",
        "TorchScript whose code reads the labels while it answers.",
        _SANDBOX,
        one_file("work.ts", _scripted),
        score=CLAIMED,
        reason="its model fails on the test images",
        tried="",
        harmless=kept_secret,
    ),
    Attack(
        "program-runs-code",
        "An exported program with a size that is a call: torch evaluates it, and it reads files.",
        _SANDBOX,
        one_file("work.pt2", _exported),
        tried="refused grades",
        harmless=found_nothing,
    ),
    _refused(
        "array-of-objects",
        "Predictions as an array of Python objects, which are pickled.",
        "arrays are read without pickles",
        one_file(
            "work.npy",
            lambda _: _npy(
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", pickle.dumps(Payload())
            ),
        ),
        "is no array of plain numbers",
    ),
    _refused(
        "array-of-a-terabyte",
        "Predictions whose header claims a terabyte, in a shape that overflows.",
        "the limits of the sandbox, and a shape is compared with the file",
        one_file(
            "work.npy",
            lambda _: _npy(
                "{'descr': '<f8', 'fortran_order': False, 'shape': (137438953472, 1), }", bytes(8)
            ),
        ),
        "",
    ),
    _refused(
        "keras-lambda",
        "A Keras model with a layer that is compiled Python.",
        "Keras's safe mode",
        one_file("work.keras", lambda _: _keras(_lambda())),
        "",
    ),
    _refused(
        "keras-lambda-in-hdf5",
        "The same in Keras's old format, whose reader knew no safe mode.",
        "Keras's safe mode",
        one_file("work.h5", lambda _: _h5(_lambda())),
        "",
    ),
    _refused(
        "keras-names-a-function",
        "A Keras model whose layer is said to be a function of Python's own.",
        "Keras takes layers from nowhere but itself",
        one_file(
            "work.keras",
            lambda _: _keras(
                {
                    "module": "os",
                    "class_name": "function",
                    "config": "abort",
                    "registered_name": "abort",
                }
            ),
        ),
        "",
    ),
    _refused(
        "keras-weights-elsewhere",
        "An HDF5 file whose numbers are said to lie in the file of labels.",
        _SANDBOX,
        one_file("work.h5", _stored_outside),
        "",
    ),
    _refused(
        "onnx-weights-elsewhere",
        "An ONNX model whose weights are said to lie in the file of labels, up and up.",
        _SANDBOX,
        one_file("work.onnx", _onnx(lambda world: "../" * 6 + str(world.told["labels"])[1:])),
        "it cannot be used",
    ),
    _refused(
        "onnx-weights-in-the-system",
        "An ONNX model whose weights are said to be a file of the system.",
        "onnx takes weights from the model's folder only",
        one_file("work.onnx", _onnx(lambda _: "/usr/bin/env")),
        "",
    ),
    _refused(
        "safetensors-long-header",
        "A safetensors file with a header of exabytes.",
        "safetensors compares it with the file",
        one_file("work.safetensors", lambda _: _safetensors({}, b"", 2**62)),
        "",
    ),
    _refused(
        "safetensors-overflow",
        "A tensor whose size overflows to four bytes.",
        "safetensors computes without overflow",
        one_file("work.safetensors", lambda _: _safetensors(_HUGE, bytes(4))),
        "",
    ),
    _refused(
        "safetensors-overlaps",
        "Two tensors in the same bytes.",
        "safetensors wants each byte once",
        one_file("work.safetensors", lambda _: _safetensors({"a": _F32, "b": _F32}, bytes(256))),
        "",
    ),
    Attack(
        "notebook-runs-shell",
        "A notebook with lines and cells for the shell, and magics.",
        "they are dropped when it is opened; nothing of it runs outside the sandbox",
        one_file("work.ipynb", _notebook),
        tried="",
        harmless=found_nothing,
    ),
    Attack(
        "has-a-notebook",
        "A trained network in a notebook with magics.",
        "nothing stops it",
        trained(_as_notebook),
        verdict="passed",
        score=100.0,
        tried="",
        honest=True,
    ),
    Attack(
        "has-a-script",
        "A trained network as TorchScript.",
        "nothing stops it",
        _as_script,
        verdict="passed",
        score=100.0,
        tried="",
        honest=True,
    ),
)
