import click
import pytest

from graders.commands.parts import find_gradable, read_rubric, rubric_path
from graders.errors import RubricError
from graders.rubric import bundled_rubric
from reference_models import UnknownIdError, find_model

MODEL = "dat565/dense-64-64"


def test_a_part_is_found_with_its_bundled_rubric() -> None:
    card = find_gradable(MODEL)
    assert card.id == MODEL
    rubric = read_rubric(rubric_path(None, card), card, "embedded")
    assert rubric.assignment == MODEL


def test_a_course_has_several_parts() -> None:
    with pytest.raises(RubricError, match="name one of: dat565/dense-64-64"):
        find_gradable("dat565")


def test_an_unknown_part_is_an_error_that_suggests_one() -> None:
    with pytest.raises(UnknownIdError, match="did you mean 'dat565/lenet'"):
        find_gradable("dat565/lent")


def test_without_an_id_a_rubric_says_what_it_is_for() -> None:
    assert find_gradable(None, bundled_rubric(MODEL)).id == MODEL
    assert find_gradable("dat565/lenet", bundled_rubric(MODEL)).id == "dat565/lenet"
    with pytest.raises(click.UsageError, match="'--assignment', or '--rubric'"):
        find_gradable(None)


def test_a_rubric_for_something_else_is_refused() -> None:
    with pytest.raises(RubricError, match=r"is for dat565/lenet, not for dat565/dense-64-64"):
        read_rubric(bundled_rubric("dat565/lenet"), find_model(MODEL), "embedded")
