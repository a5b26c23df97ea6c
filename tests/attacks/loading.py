"""Files that are no code and would like to be: pickles, exported models, arrays, notebooks."""

import pickle

from .attack import CLAIMED, Attack, Make, failing
from .files import (
    DILL,
    F32,
    HUGE,
    LONG_WAY,
    SMUGGLED,
    TAKEN_FOR_A_SCRIPT,
    Payload,
    as_notebook,
    as_script,
    beyond_its_tensor,
    exported_program,
    hdf5_file,
    hostile_notebook,
    keras_file,
    lambda_layer,
    npy_file,
    one_file,
    onnx_file,
    opcodes,
    ran_nothing,
    safetensors_file,
    saved,
    scripted_reader,
    stored_outside,
    tarred,
    zipped,
)
from .honest import trained
from .reading import found_nothing, kept_secret

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
        one_file("work.pt", lambda _: opcodes(*LONG_WAY)),
        "holds more than tensors",
    ),
    _refused(
        "pickle-by-dill",
        "A pickle made by dill, which carries code.",
        _PLAIN,
        one_file("work.pt", lambda _: opcodes(*DILL)),
        "holds more than tensors",
    ),
    _refused(
        "pickle-in-a-zip-in-a-zip",
        "Is called constants.pkl to be taken for TorchScript, and hides a pickle in an inner zip.",
        "TorchScript's own reader knows no such pickle",
        one_file("work.pt", lambda _: zipped({**SMUGGLED, **TAKEN_FOR_A_SCRIPT})),
        "it cannot be used",
    ),
    _refused(
        "reads-beyond-its-tensor",
        "Claims a tensor of 64 MiB over 16 bytes, to read the memory behind them.",
        "torch compares a tensor with its storage",
        one_file("work.pt", lambda _: beyond_its_tensor()),
        "",
    ),
    Attack(
        "script-reads-files",
        "TorchScript whose code reads the labels while it answers.",
        _SANDBOX,
        one_file("work.ts", scripted_reader),
        score=CLAIMED,
        reason="its model fails on the test images",
        tried="",
        harmless=kept_secret,
    ),
    Attack(
        "program-runs-code",
        "An exported program with a size that is a call: torch evaluates it, and it reads files.",
        _SANDBOX,
        one_file("work.pt2", exported_program),
        tried="refused grades",
        harmless=found_nothing,
    ),
    _refused(
        "array-of-objects",
        "Predictions as an array of Python objects, which are pickled.",
        "arrays are read without pickles",
        one_file(
            "work.npy",
            lambda _: npy_file(
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
            lambda _: npy_file(
                "{'descr': '<f8', 'fortran_order': False, 'shape': (137438953472, 1), }", bytes(8)
            ),
        ),
        "",
    ),
    _refused(
        "keras-lambda",
        "A Keras model with a layer that is compiled Python.",
        "Keras's safe mode",
        one_file("work.keras", lambda _: keras_file(lambda_layer())),
        "",
    ),
    _refused(
        "keras-lambda-in-hdf5",
        "The same in Keras's old format, whose reader knew no safe mode.",
        "Keras's safe mode",
        one_file("work.h5", lambda _: hdf5_file(lambda_layer())),
        "",
    ),
    _refused(
        "keras-names-a-function",
        "A Keras model whose layer is said to be a function of Python's own.",
        "Keras takes layers from nowhere but itself",
        one_file(
            "work.keras",
            lambda _: keras_file(
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
        one_file("work.h5", stored_outside),
        "",
    ),
    _refused(
        "onnx-weights-elsewhere",
        "An ONNX model whose weights are said to lie in the file of labels, up and up.",
        _SANDBOX,
        one_file("work.onnx", onnx_file(lambda world: "../" * 6 + str(world.told["labels"])[1:])),
        "it cannot be used",
    ),
    _refused(
        "onnx-weights-in-the-system",
        "An ONNX model whose weights are said to be a file of the system.",
        "onnx takes weights from the model's folder only",
        one_file("work.onnx", onnx_file(lambda _: "/usr/bin/env")),
        "",
    ),
    _refused(
        "safetensors-long-header",
        "A safetensors file with a header of exabytes.",
        "safetensors compares it with the file",
        one_file("work.safetensors", lambda _: safetensors_file({}, b"", 2**62)),
        "",
    ),
    _refused(
        "safetensors-overflow",
        "A tensor whose size overflows to four bytes.",
        "safetensors computes without overflow",
        one_file("work.safetensors", lambda _: safetensors_file(HUGE, bytes(4))),
        "",
    ),
    _refused(
        "safetensors-overlaps",
        "Two tensors in the same bytes.",
        "safetensors wants each byte once",
        one_file("work.safetensors", lambda _: safetensors_file({"a": F32, "b": F32}, bytes(256))),
        "",
    ),
    Attack(
        "notebook-runs-shell",
        "A notebook with lines and cells for the shell, and magics.",
        "they are dropped when it is opened; nothing of it runs outside the sandbox",
        one_file("work.ipynb", hostile_notebook),
        tried="",
        harmless=found_nothing,
    ),
    Attack(
        "has-a-notebook",
        "A trained network in a notebook with magics.",
        "nothing stops it",
        trained(as_notebook),
        verdict="passed",
        score=100.0,
        tried="",
        honest=True,
    ),
    Attack(
        "has-a-script",
        "A trained network as TorchScript.",
        "nothing stops it",
        as_script,
        verdict="passed",
        score=100.0,
        tried="",
        honest=True,
    ),
)
