"""The reference model as a submission: a folder with code, to run where a student's code runs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import reference_models
from graders.sandbox import Entrant, EntryPoint
from reference_models import ModelCard

_CODE = """from reference_models import find_model
from reference_models.data import Dataset, Split
from reference_models.training import fit

CARD = find_model({id!r})


def build_model():
    return CARD.build()


def train(inputs, labels):
    model, split = CARD.build().to(inputs.device), Split(inputs, labels)
    data = Dataset(CARD.dataset, "embedded", "lesson", (), "", split, split)
    fit(model, data, CARD.recipe("quick", len(split)), evaluate=False)
    return model
"""
_MODULE = "model.py"


@contextmanager
def reference_entrant(card: ModelCard, within: Path) -> Iterator[Entrant]:
    """Write the ground floor, a `build_model()` and a `train()` for `card` to a folder `within`.

    Its `train` takes inputs as they are stored, and scales them itself.
    """
    ground = Path(reference_models.__file__).parent
    with TemporaryDirectory(prefix="reference-", dir=within) as name:
        folder = Path(name)
        shutil.copytree(ground, folder / ground.name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / _MODULE).write_text(_CODE.format(id=card.id))
        yield Entrant(folder, EntryPoint(_MODULE))
