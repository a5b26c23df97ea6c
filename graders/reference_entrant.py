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

def build_model():
    return find_model({id!r}).build()
"""
_MODULE = "model.py"


@contextmanager
def reference_entrant(card: ModelCard, within: Path) -> Iterator[Entrant]:
    """Write the ground floor and a `build_model()` for `card` to a folder `within` another."""
    ground = Path(reference_models.__file__).parent
    with TemporaryDirectory(prefix="reference-", dir=within) as name:
        folder = Path(name)
        shutil.copytree(ground, folder / ground.name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / _MODULE).write_text(_CODE.format(id=card.id))
        yield Entrant(folder, EntryPoint(_MODULE))
