import pytest

from reference_models import (
    assignments,
    find_assignment,
    find_experiment,
    find_model,
    model_cards,
)
from reference_models.catalogue import experiments
from reference_models.errors import UnknownIdError

_PARAMETERS = {
    "bs6207/ucc": 989_381,
    "bs6207/ucc-2plus": 989_188,
    "bs6207/ucc-alpha1": 476_164,
    "bs6207/ucc-2plus-alpha1": 475_971,
    "bs6207/ucc-sigmoid": 475_971,
    "dat565/dense-64-64": 55_050,
    "dat565/dense-500-300": 545_810,
    "dat565/lenet": 36_038,
    "jhu482/pentagons-threshold": 55,
    "jhu482/pentagons-sigmoid": 55,
    "jhu482/pentagons-sigmoid-wide": 80,
    "jhu482/pentagons-sigmoid-deep": 61,
    "jhu482/cnn": 6_346,
    "jhu482/cnn-batchnorm": 6_402,
    "jhu482/autoencoder": 5_729,
    "jhu482/denoising-autoencoder": 5_729,
    "jhu482/autoencoder-improved": 6_313,
    "jhu482/encoder-probe": 1_650,
    "jhu482/encoder-probe-improved": 2_234,
    "comp576/lenet5": 3_274_634,
    "comp576/lenet5-relu": 3_274_634,
    "comp576/rnn": 21_386,
    "comp576/lstm": 81_674,
    "comp576/gru": 61_578,
    "cs7cs4/convolution": 0,
    "cs7cs4/convnet": 37_146,
    "cs7cs4/convnet-maxpool": 25_578,
    "cs7cs4/convnet-maxpool4": 37_146,
    "cs7cs4/convnet-2layer": 43_738,
    "cs7cs4/convnet-6layer": 23_314,
    "cs7cs4/dummy": 0,
}
"""The specification of the five assignments, checked against the reports and their sources."""


def test_every_id_is_found_again_and_is_unique() -> None:
    cards = [(find_model, card) for card in model_cards()]
    trials = [(find_experiment, experiment) for experiment in experiments()]
    courses = [(find_assignment, assignment) for assignment in assignments()]
    for find, entry in (*cards, *trials, *courses):
        assert find(entry.id) is entry
    ids = [card.id for card in model_cards()]
    assert len(set(ids)) == len(ids)


def test_every_model_has_the_size_that_its_assignment_says() -> None:
    assert {card.id: card.parameters for card in model_cards()} == _PARAMETERS


def test_every_model_belongs_to_the_assignment_that_its_id_names() -> None:
    for assignment in assignments():
        assert all(card.assignment == assignment.id for card in assignment.models)


def test_every_experiment_trains_models_of_its_own_assignment() -> None:
    for assignment in assignments():
        known = {card.id for card in assignment.models}
        for experiment in assignment.experiments:
            assert {arm.model for arm in experiment.arms} <= known


def test_every_reported_figure_belongs_to_an_arm_of_its_experiment() -> None:
    for experiment in experiments():
        labels = {arm.label for arm in experiment.arms}
        for figure in experiment.reported:
            assert figure.arm in labels or (figure.arm is None and len(labels) == 1)


def test_an_unknown_id_suggests_the_nearest() -> None:
    with pytest.raises(UnknownIdError, match="did you mean 'dat565/dense-64-64'"):
        find_model("dat565/dense-64-46")


def test_an_id_like_nothing_lists_what_there_is() -> None:
    with pytest.raises(UnknownIdError, match=r"there are: .*dat565"):
        find_assignment("zzz")
