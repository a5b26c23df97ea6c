"""A fixture for every reference model, called by the model's id: `dat565_lenet` of `dat565/lenet`.

Knowing the names means importing the catalogue, and with it torch, which a pytest run that has
nothing to do with Gradebench shall not wait for. So `benchmarks.plugin` provides the fixtures only
once a test asks for something that may be one: a name that begins with a course's.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from reference_models import ModelCard

PLUGIN = "gradebench-models"


def may_be_model(fixture: str) -> bool:
    """Whether a fixture's name begins with a course, which is a module of the ground floor.

    Looks at the file system alone; a false alarm costs an import and nothing else.
    """
    course, underscore, _ = fixture.partition("_")
    return bool(underscore) and course in _ground_floor()


def provide(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the fixtures of all models, once a session."""
    if not pluginmanager.has_plugin(PLUGIN):
        from reference_models import model_cards

        module = ModuleType(PLUGIN)
        for card in model_cards():
            setattr(module, card.fixture, _fixture_of(card))
        pluginmanager.register(module, PLUGIN)


@cache  # asked for every argument of every test, also in projects that have thousands
def _ground_floor() -> frozenset[str]:
    spec = find_spec("reference_models")
    folders = (spec and spec.submodule_search_locations) or ()
    return frozenset(module.stem for folder in folders for module in Path(folder).iterdir())


def _fixture_of(card: "ModelCard") -> object:
    @pytest.fixture(name=card.fixture)
    def model_card() -> "ModelCard":
        return card

    return model_card
