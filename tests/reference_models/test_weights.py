from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from reference_models.errors import CheckpointError
from reference_models.weights import load_weights, save_weights


def _net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 5), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2))


def test_saved_weights_and_buffers_come_back(tmp_path: Path) -> None:
    model, other = _net(), _net()
    model(torch.rand(4, 1, 6, 6))  # moves the batch norm's buffers
    save_weights(model, tmp_path / "new" / "net.safetensors")
    load_weights(other, tmp_path / "new" / "net.safetensors")
    wanted, found = model.state_dict(), other.state_dict()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


def test_a_model_laid_out_channels_last_is_saved_all_the_same(tmp_path: Path) -> None:
    model, other = _net().to(memory_format=torch.channels_last), _net()
    save_weights(model, tmp_path / "net.safetensors")
    load_weights(other, tmp_path / "net.safetensors")
    assert torch.equal(model.state_dict()["0.weight"], other.state_dict()["0.weight"])


def test_a_model_without_weights_leaves_no_file(tmp_path: Path) -> None:
    save_weights(nn.ReLU(), tmp_path / "none.safetensors")
    assert not list(tmp_path.iterdir())


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"0.weight": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match=r"another model: 0[.]bias, 0[.]weight"):
        load_weights(nn.Sequential(nn.Linear(2, 2)), path)
    path.write_bytes(b"PK not safetensors")
    with pytest.raises(CheckpointError, match="is not a safetensors file"):
        load_weights(_net(), path)
    with pytest.raises(FileNotFoundError):
        load_weights(_net(), tmp_path / "absent")
