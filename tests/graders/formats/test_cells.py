"""Every model is judged alike in every form, and the page of forms says so.

All cells take a quarter of an hour; without `GRADEBENCH_ALL_FORMS=1` a few are run.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from graders.exam import Exam
from graders.grade import Check, Grade
from graders.rubric import MeasuredCriterion, Rubric, bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from reference_models import find_model
from reference_models.data import load_dataset

from .as_keras import NoKerasError
from .cells import PREDICTIONS, WITH_NETWORK, Work
from .forms import graded
from .table import CELLS, NOT_MADE, OTHERWISE, SOME, page

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
RUN = CELLS if os.environ.get("GRADEBENCH_ALL_FORMS") == "1" else SOME
Cell = tuple[str, str]


@pytest.fixture(scope="module")
def cell(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Grade]:
    """The grade of a model in one form, given once."""

    @cache
    def work(model: str) -> tuple[Work, Exam]:
        card = find_model(model)
        rubric = on_embedded_data(load_rubric(bundled_rubric(model)))
        data = load_dataset(card.dataset)
        return Work(card), Exam(card, rubric, data, sandbox, Limits())

    @cache
    def _cell(model: str, form: str) -> Grade:
        made, exam = work(model)
        path = tmp_path_factory.mktemp("cells") / form
        {**WITH_NETWORK, **PREDICTIONS}[form](made, path)
        return graded(exam, path)

    return _cell


def on_embedded_data(rubric: Rubric) -> Rubric:
    """`rubric` without what has thresholds for real images alone."""
    kept = tuple(
        one
        for one in rubric.criterion
        if not isinstance(one, MeasuredCriterion) or "embedded" in one.curve
    )
    return rubric.model_copy(update={"criterion": kept})


def judged(grade: Grade, *, by_answers: bool) -> list[Check | str]:
    """The checks, or what was measured of those that answers alone decide."""
    answered = ("accuracy", "reconstruction")
    if not by_answers:
        return list(grade.checks)
    return [check.measured for check in grade.checks if check.id in answered]


@pytest.mark.parametrize(("model", "form"), RUN, ids=lambda what: what)
def test_a_model_is_judged_alike_in_every_form(
    cell: Callable[[str, str], Grade], model: str, form: str
) -> None:
    grade, first = cell(model, form), cell(model, "weights.safetensors")
    assert first.verdict in ("passed", "partial"), first.reason
    if (model, form) in OTHERWISE:
        assert "architecture" in grade.reason
        return
    by_answers = form in PREDICTIONS
    seen = (grade.verdict, grade.reason, grade.found)
    assert judged(grade, by_answers=by_answers) == judged(first, by_answers=by_answers), seen


@pytest.mark.parametrize("model", sorted({model for model, _ in NOT_MADE}))
def test_what_keras_has_no_layers_for_is_not_made(model: str, tmp_path: Path) -> None:
    with pytest.raises(NoKerasError):
        WITH_NETWORK["whole.keras"](Work(find_model(model)), tmp_path / "whole.keras")


def test_the_page_is_up_to_date() -> None:
    if os.environ.get("GRADEBENCH_WRITE_PAGES") == "1":
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
