from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from reference_models import find_model, model_cards
from reference_models.data import load_dataset
from reference_models.visualise import PictureError, Scene, find_picture, picture_names, pictures_of
from reference_models.visualise.scene import set_scene

_FITTING = {
    "dat565/dense-64-64": {"curves", "activations", "occlusion", "invariance", "confusion"},
    "cs7cs4/convolution": {"kernels"},
    "cs7cs4/dummy": {"confusion"},
}


@pytest.mark.parametrize("model", list(_FITTING))
def test_a_model_shows_what_it_has(model: str) -> None:
    assert set(pictures_of(find_model(model))) == _FITTING[model]


def test_every_picture_fits_some_model_and_every_model_has_one() -> None:
    possible = [pictures_of(card) for card in model_cards()]
    assert all(possible)
    assert set().union(*possible) <= set(picture_names())


def test_what_a_model_cannot_show_is_refused_with_what_it_can() -> None:
    with pytest.raises(PictureError) as refused:
        find_picture("filters", find_model("dat565/dense-64-64"))
    assert str(refused.value) == (
        "dat565/dense-64-64 cannot show filters; it can show: "
        "curves, activations, occlusion, invariance, confusion"
    )


@pytest.fixture(scope="module")
def scene() -> Scene:
    """The LeNet-like network after one epoch of a few images."""
    card = find_model("dat565/lenet")
    quick = replace(card.recipes["quick"], epochs=1)
    data = load_dataset(card.dataset)
    small = replace(data, train=data.train.head(256), test=data.test.head(60))
    return set_scene(replace(card, recipes={"quick": quick}), small, curves=True)


@pytest.mark.parametrize("name", pictures_of(find_model("dat565/lenet")))
def test_every_picture_of_a_model_can_be_drawn(name: str, scene: Scene) -> None:
    figure = find_picture(name, scene.card).draw(scene)
    assert isinstance(figure, Figure)
    assert figure.get_suptitle().startswith("dat565/lenet: ")
    assert figure.get_supxlabel().startswith("scikit-learn digits, resized to 28x28; quick budget")
    figure.canvas.draw()


def test_an_evolution_cannot_start_from_weights(scene: Scene) -> None:
    from pathlib import Path

    loaded = replace(scene, weights=Path("some.safetensors"))
    with pytest.raises(PictureError, match="--weights"):
        find_picture("evolution", scene.card).draw(loaded)


def test_a_layer_goes_by_its_name_in_the_whole_model() -> None:
    card = find_model("jhu482/autoencoder")
    quick = replace(card.recipes["quick"], epochs=1)
    data = load_dataset(card.dataset)
    small = replace(data, train=data.train.head(128), test=data.test.head(40))
    scene = set_scene(replace(card, recipes={"quick": quick}), small, layer="encoder.relu1")
    for name in ("features", "deconvnet"):
        title = find_picture(name, card).draw(scene).get_suptitle()
        assert title.endswith("relu1")
