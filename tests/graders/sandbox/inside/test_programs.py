import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graders.sandbox.inside.frames import Refusal
from graders.sandbox.inside.loading import load_weights
from graders.sandbox.inside.programs import load
from graders.sandbox.inside.subject import answer
from graders.sandbox.inside.weights import load as load_arrays

pytestmark = pytest.mark.filterwarnings("ignore")


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(2)
        self.layer = nn.Linear(24, 3)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.norm(images).flatten(1)
        return self.layer(hidden), hidden


IMAGES = torch.rand(5, 2, 3, 4)


def scripted(path: Path, model: Any = None) -> Path:
    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(model or torch.jit.script(Network().eval()), path)
    return path


def exported(path: Path, *shapes: tuple[int, ...]) -> Path:
    inputs = tuple(torch.zeros(shape) for shape in shapes)
    torch.export.save(torch.export.export(Network().eval(), inputs), path)
    return path


def names(path: Path) -> list[str]:
    return [name for _, name, _ in load({"module": path.name}, path.parent, None).state]


NAMES = [
    *("norm.weight", "norm.bias", "layer.weight", "layer.bias"),
    *("norm.running_mean", "norm.running_var", "norm.num_batches_tracked"),
]


def test_both_kinds_of_program_show_the_same_state(tmp_path: Path) -> None:
    assert names(scripted(tmp_path / "net.pt")) == NAMES
    assert names(exported(tmp_path / "net.pt2", (2, 2, 3, 4))) == NAMES


def test_a_program_fixed_to_a_batch_answers_any_number(tmp_path: Path) -> None:
    path = exported(tmp_path / "net.pt2", (2, 2, 3, 4))
    subject = load({"module": path.name}, tmp_path, None)
    assert answer(subject, IMAGES).shape == (5, 3)


def test_a_frozen_program_is_refused(tmp_path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        frozen = torch.jit.freeze(torch.jit.script(Network().eval()))
    scripted(tmp_path / "net.pt", frozen)
    with pytest.raises(Refusal, match="holds no parameters, only constants: save it before"):
        names(tmp_path / "net.pt")


def test_a_program_of_two_inputs_is_refused(tmp_path: Path) -> None:
    class Two(nn.Module):
        def forward(self, one: Tensor, other: Tensor) -> Tensor:
            return one + other

    program = torch.export.export(Two(), (torch.zeros(1), torch.zeros(1)))
    torch.export.save(program, tmp_path / "net.pt2")
    with pytest.raises(Refusal, match="takes 2 inputs"):
        names(tmp_path / "net.pt2")


def test_torchscript_beside_code_is_a_state_dict_too(tmp_path: Path) -> None:
    path = scripted(tmp_path / "w.pt")
    load_weights(Network(), path)
    found = load_arrays({"module": "w.pt"}, tmp_path, None)
    assert sorted(name for _, name, _ in found.state) == sorted(NAMES)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "w.pt holds no tensors"),
        (torch.zeros(2), "w.pt holds Tensor: save model.state_dict"),
        ({"a": torch.zeros(1), "epoch": 3}, "'epoch' in w.pt is no tensor"),
    ],
)
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content: Any, reason: str) -> None:
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(Refusal, match=reason):
        load_arrays({"module": "w.pt"}, tmp_path, None)


def test_tensors_of_a_file_without_order_come_by_number(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(
        {f"layer{number}.w": torch.zeros(1) for number in (10, 9, 1)}, tmp_path / "w.safetensors"
    )
    found = load_arrays({"module": "w.safetensors"}, tmp_path, None)
    assert [name for _, name, _ in found.state] == ["layer1.w", "layer9.w", "layer10.w"]
