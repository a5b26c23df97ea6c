from typing import Any

import pytest

from graders.errors import RubricError
from graders.exercises import EXERCISES
from graders.parts import find_part, insist_on_fit, misfits
from graders.rubric import Rubric
from reference_models import UnknownIdError

CURVE = {"curve": {"embedded": [[0.1, 0], [0.5, 10]]}}
SPEED = {"curve": [[0.2, 0], [0.8, 10]]}
TIME = {"curve": [[1.5, 10], [4, 0]], "samples": 1000, "accuracy_at_least": 0.5}
FALLING = {"curve": {"embedded": [[0.1, 10], [0.5, 0]]}}


def asking(assignment: str, **criterion: Any) -> Rubric:
    table = {"id": "one", "name": "One", "points": 10, **criterion}
    return Rubric.model_validate({"assignment": assignment, "title": "T", "criterion": [table]})


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_a_function_is_found_before_a_model_of_the_same_id(exercise: Any) -> None:
    assert find_part(exercise.id) is exercise


def test_a_course_alone_lists_its_models_and_functions() -> None:
    with pytest.raises(RubricError, match=r"jhu482/cnn, .*jhu482/threshold-mlp") as caught:
        find_part("jhu482")
    assert "jhu482/pentagons-threshold" in str(caught.value)
    with pytest.raises(RubricError) as caught:
        find_part("cs7cs4")
    assert str(caught.value).count("cs7cs4/convolution") == 1


def test_an_unknown_id_has_a_suggestion() -> None:
    with pytest.raises(UnknownIdError, match="did you mean 'dat565/lenet'"):
        find_part("dat565/lent")
    with pytest.raises(UnknownIdError, match=r"no model or function .* 'jhu482/threshold-mlp'"):
        find_part("jhu482/threshold")


@pytest.mark.parametrize(
    ("assignment", "criterion", "field", "reason"),
    [
        ("dat565/lenet", {"metric": "cases"}, "metric", "is a model: 'cases' are asked of"),
        ("dat565/lenet", {"metric": "min_js", **CURVE}, "metric", "counts no classes in bags"),
        ("dat565/lenet", {"metric": "reconstruction_loss", **FALLING}, "metric", "no images back"),
        ("jhu482/autoencoder", {"metric": "accuracy", **CURVE}, "metric", "neither right nor"),
        ("cs7cs4/convolution", {"metric": "throughput", **SPEED}, "metric", "only 'cases' can be"),
        ("jhu482/autoencoder", {"metric": "training_time", **TIME}, "metric", "samples and their"),
        (
            "jhu482/encoder-probe",
            {"metric": "training_time", **TIME},
            "metric",
            "samples and their",
        ),
        ("bs6207/ucc", {"metric": "training_time", **TIME}, "metric", "samples and their classes"),
        ("cs7cs4/convolution", {"metric": "architecture"}, "metric", "only 'cases' can be asked"),
        (
            "cs7cs4/convolution",
            {"metric": "cases", "groups": ["round kernels"]},
            "groups",
            "no calls of convolve2d are called 'round kernels'; there are 'square kernels'",
        ),
    ],
)
def test_what_cannot_be_asked_is_named(
    assignment: str, criterion: dict[str, Any], field: str, reason: str
) -> None:
    rubric = asking(assignment, **criterion)
    (misfit,) = misfits(rubric, find_part(assignment))
    assert misfit.path == ("criterion", 0, field)
    assert reason in misfit.reason
    with pytest.raises(RubricError, match="'one': "):
        insist_on_fit(rubric, find_part(assignment))


@pytest.mark.parametrize(
    ("assignment", "criterion"),
    [
        ("jhu482/autoencoder", {"metric": "reconstruction_loss", **FALLING}),
        ("bs6207/ucc", {"metric": "min_js", **CURVE}),
        ("bs6207/ucc", {"metric": "throughput", **SPEED}),
        ("dat565/lenet", {"metric": "training_time", **TIME}),
        ("jhu482/pentagons-threshold", {"metric": "accuracy", **CURVE}),
        ("cs7cs4/convolution", {"metric": "cases", "groups": ["square kernels"]}),
    ],
)
def test_what_can_be_asked_is_let_through(assignment: str, criterion: dict[str, Any]) -> None:
    rubric, part = asking(assignment, **criterion), find_part(assignment)
    assert misfits(rubric, part) == []
    insist_on_fit(rubric, part)
