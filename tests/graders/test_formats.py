"""One trained network in every form that a student may send it in, each really run and judged."""

import json
import os
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graders.classroom import grade_all
from graders.exam import Exam
from graders.grade import Grade
from graders.judge import words
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from graders.store import open_store
from reference_models import find_model
from reference_models.data import Dataset, load_dataset, scale_pixels

MODEL = "dat565/dense-64-64"
GOOD = Path(__file__).parents[2] / "examples" / "submissions" / "good"
CODE = """
from torch import nn

def build_model():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )
"""
LAYERS = ("first", "second", "third")


def state() -> dict[str, Tensor]:
    """Trained weights under the names that `CODE` gives them."""
    arrays = load_file(GOOD / "weights.safetensors")
    return {
        f"{number}.{what}": arrays[f"{layer}.{what}"]
        for number, layer in zip((1, 3, 5), LAYERS, strict=True)
        for what in ("weight", "bias")
    }


def network() -> nn.Module:
    names: dict[str, Any] = {}
    exec(CODE, names)  # noqa: S102
    model: nn.Module = names["build_model"]()
    model.load_state_dict(state())
    return model.eval()


def reference_state() -> dict[str, Tensor]:
    """The same weights under the names of the assignment's own network."""
    names = find_model(MODEL).build().state_dict()
    return dict(zip(names, state().values(), strict=True))


def beside_code(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.py").write_text(CODE)
    torch.save(state(), folder / "w.pt")
    return folder


def zipped(path: Path) -> Path:
    source = beside_code(path.with_suffix(""))
    with zipfile.ZipFile(path, "w") as archive:
        for file in source.iterdir():
            archive.write(file, f"work/{file.name}")
    return path


def tarred(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(beside_code(path.with_name("packed")), "work")
    return path


def written(path: Path) -> Path:
    """Code alone, with its numbers in it."""
    numbers = {name: tensor.tolist() for name, tensor in state().items()}
    loading = "    return model.eval()"
    code = CODE.replace("return nn", "model = nn") + (
        f"    model.load_state_dict({{k: torch.tensor(v) for k, v in STATE.items()}})\n{loading}\n"
    )
    path.write_text(f"import torch\nSTATE = {numbers}\n{code}")
    return path


def noted(path: Path) -> Path:
    sources = [
        "!pip install torch\n%matplotlib inline",
        written(path.with_suffix(".py")).read_text(),
    ]
    cells = [
        {"cell_type": "code", "source": one, "metadata": {}, "outputs": [], "execution_count": None}
        for one in sources
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(document))
    return path


def saved(path: Path) -> Path:
    torch.save({"state_dict": state(), "epoch": 9}, path)
    return path


def named_as_asked(path: Path) -> Path:
    torch.save(dict(reversed(reference_state().items())), path)
    return path


def tensors(path: Path) -> Path:
    save_file(state(), path)
    return path


def scripted(path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(network()), path)
    return path


def traced(path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(network(), torch.zeros(1, 1, 28, 28)), path)
    return path


def exported(path: Path, *, any_batch: bool = True) -> Path:
    shapes = ({0: torch.export.Dim.AUTO},) if any_batch else None
    program = torch.export.export(network(), (torch.zeros(3, 1, 28, 28),), dynamic_shapes=shapes)
    torch.export.save(program, path)
    return path


def fixed(path: Path) -> Path:
    return exported(path, any_batch=False)


def onnx_by_torch(path: Path) -> Path:
    pytest.importorskip("onnxscript")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network(), (torch.zeros(1, 1, 28, 28),), path, external_data=False)
    return path


def onnx_as_products(path: Path) -> Path:
    """As other exporters write it: matrices as (in, out), biases added by nodes of their own."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    nodes = [helper.make_node("Flatten", ["images"], ["x0"])]
    initializers = []
    for number, (weight, bias) in enumerate(
        zip(list(state().values())[::2], list(state().values())[1::2], strict=True)
    ):
        here, there = f"x{number}", f"x{number + 1}"
        for name, values in ((f"w{number}", weight.T), (f"b{number}", bias)):
            initializers.append(onnx.numpy_helper.from_array(values.numpy().copy(), name))
        nodes += [
            helper.make_node("MatMul", [here, f"w{number}"], [f"p{number}"]),
            helper.make_node("Add", [f"b{number}", f"p{number}"], [f"s{number}"]),
            helper.make_node("Relu" if number < 2 else "Softmax", [f"s{number}"], [there]),
        ]
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("images", real, ["n", 28, 28, 1])],
        [helper.make_tensor_value_info("x3", real, ["n", 10])],
        initializers,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, path)
    return path


def keras_model(path: Path) -> Path:
    os.environ["KERAS_BACKEND"] = "torch"
    keras = pytest.importorskip("keras")
    pytest.importorskip("h5py")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    arrays = [one.numpy() for one in state().values()]
    model.set_weights([one.T for one in arrays])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    return path


WITH_NETWORK: dict[str, Callable[[Path], Path]] = {
    "folder": beside_code,
    "work.zip": zipped,
    "work.tar.gz": tarred,
    "work.py": written,
    "work.ipynb": noted,
    "weights.pt": saved,
    "named.pth": named_as_asked,
    "weights.safetensors": tensors,
    "scripted.pt": scripted,
    "traced.ts": traced,
    "exported.pt2": exported,
    "batches of three.pt2": fixed,
    "torch.onnx": onnx_by_torch,
    "products.onnx": onnx_as_products,
    "net.keras": keras_model,
    "net.h5": keras_model,
}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load_dataset(find_model(MODEL).dataset)


@pytest.fixture(scope="module")
def exam(sandbox: Sandbox, data: Dataset) -> Exam:
    limits = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
    return Exam(find_model(MODEL), load_rubric(bundled_rubric(MODEL)), data, sandbox, limits)


Judge = Callable[[Path], Grade]


@pytest.fixture
def judge(exam: Exam, tmp_path: Path) -> Judge:
    def _judge(source: Path) -> Grade:
        with open_store(tmp_path, MODEL) as store:
            (graded,) = grade_all(exam, [source], store)
        return graded.grade

    return _judge


@pytest.fixture(scope="module")
def grades(exam: Exam, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Grade]:
    """The grade of the network in one form, given once."""

    @cache
    def _grade(name: str) -> Grade:
        folder = tmp_path_factory.mktemp("formats")
        source = WITH_NETWORK[name](folder / name)
        with open_store(folder, MODEL) as store:
            (graded,) = grade_all(exam, [source], store)
        return graded.grade

    return _grade


@pytest.mark.parametrize("name", WITH_NETWORK)
def test_the_same_network_gets_the_same_grade_in_every_form(
    grades: Callable[[str], Grade], name: str
) -> None:
    grade, first = grades(name), grades("folder")
    assert grade.verdict == "passed", (grade.reason, grade.checks)
    assert grade.checks == first.checks
    assert grade.printed == ""


def test_what_was_read_is_said(grades: Callable[[str], Grade]) -> None:
    assert grades("work.ipynb").found == (
        "Read: work.ipynb (2 code cells; 2 lines dropped: '!pip install torch', "
        "'%matplotlib inline')."
    )
    assert grades("named.pth").found.endswith("Put into the assignment's network by name.")
    assert grades("weights.pt").found.endswith("network in order, by shape.")
    assert grades("scripted.pt").found == "Read: scripted.pt (a whole PyTorch model)."


def answers(data: Dataset) -> np.ndarray[Any, np.dtype[np.float32]]:
    with torch.inference_mode():
        found: np.ndarray[Any, np.dtype[np.float32]] = network()(
            scale_pixels(data.test.inputs, "raw")
        ).numpy()
    return found


@pytest.mark.parametrize("name", ["scores.npy", "classes.npy", "scores.csv", "classes.csv"])
def test_predictions_are_as_accurate_as_the_network_but_show_none(
    grades: Callable[[str], Grade], judge: Judge, data: Dataset, tmp_path: Path, name: str
) -> None:
    rows = answers(data)
    values = rows if name.startswith("scores") else rows.argmax(1)
    if name.endswith(".npy"):
        np.save(tmp_path / name, values)
    else:
        lines = (",".join(map(str, np.atleast_1d(row))) for row in values)
        text = "\n".join(f"{number},{line}" for number, line in enumerate(lines, start=1))
        (tmp_path / name).write_text(f"image,label\n{text}\n")
    grade = judge(tmp_path / name)
    measured = {check.id: check.measured for check in grade.checks}
    assert measured == {
        "parameters": "not known",
        "architecture": "not known",
        "answers": "not known",
        "accuracy": next(one.measured for one in grades("folder").checks if one.id == "accuracy"),
    }
    assert grade.score == 0
    assert {check.advice for check in grade.checks[:3]} == {words.ONLY_ANSWERS}
    assert "without a network they earn only what asks for none" in grade.found


def test_predictions_earn_accuracy_where_a_rubric_asks_for_no_network(
    exam: Exam, data: Dataset, tmp_path: Path
) -> None:
    text = bundled_rubric(MODEL).read_text().replace('needs = ["answers"]', "")
    (tmp_path / "open.toml").write_text(text)
    np.save(tmp_path / "classes.npy", answers(data).argmax(1))
    lenient = Exam(exam.card, load_rubric(tmp_path / "open.toml"), data, exam.sandbox, exam.limits)
    with open_store(tmp_path, MODEL) as store:
        (graded,) = grade_all(lenient, [tmp_path / "classes.npy"], store)
    assert (graded.grade.verdict, graded.grade.score) == ("partial", 60)


def test_a_package_that_this_machine_lacks_is_not_the_students_fault(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graders.submissions.found.find_spec", lambda _: None)
    (tmp_path / "net.onnx").write_bytes(b"")
    grade = judge(tmp_path / "net.onnx")
    assert (grade.verdict, grade.score) == ("ungraded", None)
    assert "pip install 'gradebench[formats]'" in grade.reason


class Liar(nn.Module):
    """Shows the assignment's layers, untrained, and answers with constants it keeps elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = find_model(MODEL).build()
        self.tables = [one.tolist() for one in state().values()]

    def forward(self, images: Tensor) -> Tensor:
        values = images.flatten(1)
        for number in range(0, 6, 2):
            weight, bias = (torch.tensor(one) for one in self.tables[number : number + 2])
            values = values @ weight.T + bias
            values = values.relu() if number < 4 else values
        return values + 0 * self.shown(images)


def test_a_program_whose_parameters_do_not_compute_its_answers_earns_no_accuracy(
    judge: Judge, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = torch.jit.trace(Liar(), torch.zeros(1, 1, 28, 28))
        torch.jit.save(made, tmp_path / "liar.pt")
    grade = judge(tmp_path / "liar.pt")
    points = {check.id: check.points for check in grade.checks}
    assert points == {"parameters": 15, "architecture": 15, "answers": 0, "accuracy": 0}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("net.pt", b"no zip", "it cannot be used: "),
        ("net.pt2", b"no zip", "it cannot be used: "),
        ("net.ts", b"no zip", "it cannot be used: "),
        ("net.onnx", b"no protobuf", "it cannot be used: "),
        ("net.keras", b"no zip", "it cannot be used: "),
        ("net.h5", b"no hdf5", "it cannot be used: "),
        ("net.safetensors", b"no", "it cannot be used: "),
        ("rows.npy", b"no", "it cannot be used: rows.npy is no array of plain numbers"),
        ("rows.csv", b"a,b\n1,x\n", "it cannot be used: row 2 of rows.csv is not 2 numbers"),
        ("rows.csv", b"1\n2\n", "rows.csv has 2 rows, and there are 500 test examples"),
    ],
)
def test_a_broken_file_fails_with_its_reason(
    judge: Judge, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    grade = judge(tmp_path / name)
    assert (grade.verdict, grade.score) == ("failed", 0)
    assert reason in grade.reason


def test_weights_of_another_network_are_counted_and_named(judge: Judge, tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(10, 784), "b": torch.zeros(10)}, tmp_path / "w.pt")
    grade = judge(tmp_path / "w.pt")
    assert grade.verdict == "failed"
    assert grade.reason.startswith("its weights do not fit the assignment's network: no array of")
    assert next(one.measured for one in grade.checks if one.id == "parameters") == "7,850"


@pytest.mark.parametrize("name", ["net.keras", "torch.onnx", "exported.pt2", "weights.pt"])
def test_the_weaker_sandbox_lets_libraries_be_loaded_too(
    landlock: Sandbox, exam: Exam, grades: Callable[[str], Grade], tmp_path: Path, name: str
) -> None:
    source = WITH_NETWORK[name](tmp_path / name)
    with open_store(tmp_path, MODEL) as store:
        (graded,) = grade_all(replace(exam, sandbox=landlock), [source], store)
    assert graded.grade.checks == grades("folder").checks, graded.grade.reason


def mutated(data: bytes, draw: Random) -> bytes:
    """`data` with one to four things done to it: bytes changed, cut, doubled, moved or put in."""
    found = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(found) + 1)
        some = slice(place, place + draw.choice((1, 4, 64, 4096)))
        match draw.randrange(6):
            case 0:
                found[some] = draw.randbytes(len(found[some]))
            case 1:
                del found[some]
            case 2:
                del found[place:]
            case 3:
                found[some] = found[some] * 2
            case 4:
                found[place:place] = draw.randbytes(8)
            case _:
                found[some] = bytes(len(found[some]))
    return bytes(found)


def in_words(data: Dataset, path: Path) -> Path:
    np.savetxt(path, answers(data).argmax(1), fmt="%d")
    return path


def in_numbers(data: Dataset, path: Path) -> Path:
    np.save(path, answers(data))
    return path


MUTATIONS = int(os.environ.get("GRADEBENCH_MUTATIONS", "1"))
"""How many mutated files of each form are graded; the same number draws the same files."""


@pytest.mark.parametrize("name", [*list(WITH_NETWORK)[1:], "rows.npy", "rows.csv"])
def test_a_damaged_file_gets_an_honest_grade_or_a_clear_reason(
    exam: Exam, data: Dataset, tmp_path: Path, name: str
) -> None:
    predictions = {"rows.npy": in_numbers, "rows.csv": in_words}
    make = partial(predictions[name], data) if name in predictions else WITH_NETWORK[name]
    (tmp_path / "whole").mkdir()
    whole = make(tmp_path / "whole" / name).read_bytes()
    hasty = replace(exam, limits=replace(exam.limits, wall_seconds=20))
    before = set(exam.sandbox.spool.iterdir())
    for number in range(MUTATIONS):
        source = tmp_path / f"{number}-{name}"
        source.write_bytes(mutated(whole, Random(f"{name} {number}")))  # noqa: S311 (replayable)
        with open_store(tmp_path, MODEL) as store:
            (graded,) = grade_all(hasty, [source], store)
        grade = graded.grade
        told = f"{source.name}: {grade.verdict}: {grade.reason}"
        assert grade.verdict != "ungraded", told
        assert grade.reason or grade.verdict == "passed", told
        assert len(grade.reason.splitlines()) <= 1, told
        assert "Traceback" not in grade.reason, told
        source.unlink()
    assert set(exam.sandbox.spool.iterdir()) == before
