"""Make the trained parts of the example submissions; their code is written by hand beside them.

    python examples/make_submissions.py [FOLDER]

The same torch gives the same files: seeds are fixed, and the zip carries no dates. It takes
seconds, on the embedded data. `verdicts.toml` says what each example must come to.
"""

import shutil
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from reference_models import find_model
from reference_models.data import Dataset, load_dataset
from reference_models.training import fit

HERE = Path(__file__).parent / "submissions"
MODEL = "dat565/dense-64-64"
LAYERS = ("first", "second", "third")
"""What the example's own code calls the three linear layers of the reference model."""

_NO_DATE = (1980, 1, 1, 0, 0, 0)


def trained(data: Dataset, *, epochs: int, learning_rate: float) -> nn.Module:
    """Return the reference model after `epochs` at `learning_rate`, from a fixed seed."""
    card = find_model(MODEL)
    recipe = replace(card.recipes["quick"], epochs=epochs, learning_rate=learning_rate)
    model = card.build(seed=0)
    fit(model, data, recipe, seed=0, evaluate=False)
    return model


def renamed(model: nn.Module) -> dict[str, Tensor]:
    """Return the weights under the names that the example's code uses."""
    names = [f"{layer}.{part}" for layer in LAYERS for part in ("weight", "bias")]
    return dict(zip(names, (one.detach() for one in model.parameters()), strict=True))


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` below one top folder, as a desktop's "compress" does, without dates."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{path.stem}/{name}", _NO_DATE), content)


class Poison:
    """Unpickling this runs a command; it is what `weights_only=True` is there to refuse."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("echo poisoned; touch /tmp/poisoned",)


def main(folder: Path) -> None:
    """Write every trained file below `folder`, which holds the examples' code."""
    data = load_dataset("mnist")
    good = trained(data, epochs=8, learning_rate=1e-3)
    weak = trained(data, epochs=1, learning_rate=3e-4)
    (folder / "good" / "weights.safetensors").write_bytes(save(renamed(good)))
    write_zip(
        folder / "weak.zip",
        {
            "model.py": (folder / "good" / "model.py").read_bytes(),
            "weights.safetensors": save(renamed(weak)),
        },
    )
    torch.manual_seed(0)
    narrow = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    fit(narrow, data, find_model(MODEL).recipes["quick"], seed=0, evaluate=False)
    torch.save(narrow.state_dict(), folder / "wrong-architecture" / "weights.pt")
    hidden = torch.cat([one.detach().flatten() for one in good.parameters()])
    (folder / "hostile" / "hides-parameters" / "notes.bin").write_bytes(hidden.numpy().tobytes())
    torch.save({"weight": Poison()}, folder / "hostile" / "poisoned-weights" / "weights.pt")


def copy_code(target: Path) -> None:
    """Copy the hand-written parts to another folder, to compare what is made there."""
    shutil.copytree(HERE, target, dirs_exist_ok=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        copy_code(Path(sys.argv[1]))
        main(Path(sys.argv[1]))
    else:
        main(HERE)
