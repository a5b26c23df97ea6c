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


def test_every_id_is_found_again_and_is_unique() -> None:
    cards = [(find_model, card) for card in model_cards()]
    trials = [(find_experiment, experiment) for experiment in experiments()]
    courses = [(find_assignment, assignment) for assignment in assignments()]
    for find, entry in (*cards, *trials, *courses):
        assert find(entry.id) is entry
    ids = [card.id for card in model_cards()]
    assert len(set(ids)) == len(ids)


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
    with pytest.raises(UnknownIdError, match="there are: dat565"):
        find_assignment("zzz")
