"""What the forms are graded by."""

from collections.abc import Callable
from functools import cache, partial

import pytest

from graders.exam import Exam
from graders.grade import Grade
from reference_models.data import Dataset

from .forms import WITH_NETWORK, Judge, graded


@pytest.fixture
def data(exam: Exam) -> Dataset:
    return exam.data


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
