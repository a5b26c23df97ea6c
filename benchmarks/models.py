"""A fixture for every reference model, called by the model's id: `dat565_lenet` of `dat565/lenet`.

Knowing the names means importing the catalogue, and with it torch, which a pytest run that has
nothing to do with Gradebench shall not wait for. So `benchmarks.plugin` provides the fixtures only
once a test asks for something that may be one: a name that begins with a course's.
"""

from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from reference_models import ModelCard

PLUGIN = "gradebench-models"


def may_be_model(fixture: str) -> bool:
    """Whether a fixture's name begins with a course: courses are modules of the ground floor.

    Looks at the file system alone; a false alarm costs an import and nothing else.
    """
    course, underscore, _ = fixture.partition("_")
    ground_floor = find_spec("reference_models")
    folders = (ground_floor and ground_floor.submodule_search_locations) or ()
    return bool(underscore) and any((Path(each) / f"{course}.py").is_file() for each in folders)


def provide(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the fixtures of all models, once a session."""
    if not pluginmanager.has_plugin(PLUGIN):
        from reference_models import model_cards

        fixtures = {card.fixture: _fixture_of(card) for card in model_cards()}
        pluginmanager.register(SimpleNamespace(**fixtures), PLUGIN)


def _fixture_of(card: "ModelCard") -> object:
    @pytest.fixture(name=card.fixture)
    def model_card() -> "ModelCard":
        return card

    return model_card
