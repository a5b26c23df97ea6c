"""What the forms are graded by."""

from collections.abc import Callable
from functools import cache, partial

import pytest

from graders.exam import Exam
from graders.grade import Grade
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from reference_models import find_model
from reference_models.data import Dataset, load_dataset

from .forms import MODEL, WITH_NETWORK, Judge, graded


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load_dataset(find_model(MODEL).dataset)


@pytest.fixture(scope="module")
def exam(sandbox: Sandbox, data: Dataset) -> Exam:
    limits = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
    return Exam(find_model(MODEL), load_rubric(bundled_rubric(MODEL)), data, sandbox, limits)


@pytest.fixture
def judge(exam: Exam) -> Judge:
    return partial(graded, exam)


@pytest.fixture(scope="module")
def grades(exam: Exam, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Grade]:
    """The grade of the network in one form, given once."""

    @cache
    def _grade(name: str) -> Grade:
        folder = tmp_path_factory.mktemp("formats")
        return graded(exam, WITH_NETWORK[name](folder / name))

    return _grade
