import re
from collections.abc import Callable

import pytest

from graders.export.matching import Matches, match, person
from graders.grade import Grade

MakeGrade = Callable[..., Grade]

DOWNLOAD = re.compile(r".+?_(\d+)_file_.+")
PEOPLE = [
    person(0, "Lovelace, Ada", "11", ["11", "u-ada", "ada@example.edu"], ["Lovelace, Ada"]),
    person(3, "Müller, Jörg", "12", ["12", "u-jorg", "jm@example.edu"], ["Müller, Jörg"]),
    person(4, "Doe, Sam", "13", ["13", "u-sam", "sam@one.edu"], ["Doe, Sam"]),
    person(5, "Doe, Sam", "14", ["14", "u-sam2", "sam@two.edu"], ["Doe, Sam"]),
]


def matched(*grades: Grade) -> Matches:
    return match(grades, PEOPLE, DOWNLOAD)


@pytest.mark.parametrize(
    "name",
    [
        *("11", "u-ada", "U-ADA", "ada@example.edu", "ada", "Ada_Lovelace", "lovelace, ada"),
        *("lovelaceada_11_file_work", "Ada_Lovelace_11_file_x"),
    ],
)
def test_a_submission_is_matched_by_what_it_is_called(make_grade: MakeGrade, name: str) -> None:
    assert list(matched(make_grade(name)).found) == [0]


@pytest.mark.parametrize(
    "student", ["Jörg Müller", "JO\u0308RG MU\u0308LLER", "jm@example.edu", "12"]
)
def test_a_submission_called_anything_is_matched_by_what_it_says(
    make_grade: MakeGrade, student: str
) -> None:
    assert list(matched(make_grade("model", student=student)).found) == [3]


def test_the_file_counts_before_what_its_author_says(make_grade: MakeGrade) -> None:
    assert list(matched(make_grade("u-ada", student="Jörg Müller")).found) == [0]


def test_two_of_one_name_are_told_apart_by_an_id_alone(make_grade: MakeGrade) -> None:
    found = matched(make_grade("Sam_Doe"), make_grade("sam"), make_grade("u-sam2"))
    assert list(found.found) == [5]
    assert found.unmatched == (
        "Sam_Doe: fits several: Doe, Sam, Doe, Sam",
        "sam: fits several: Doe, Sam, Doe, Sam",
    )


def test_two_submissions_of_one_person_are_nobodys(make_grade: MakeGrade) -> None:
    found = matched(make_grade("u-ada"), make_grade("model", student="Ada Lovelace"))
    assert found.found == {}
    assert found.unmatched == ("u-ada and model (Ada Lovelace): both fit Lovelace, Ada",)


def test_everybody_is_accounted_for(make_grade: MakeGrade) -> None:
    grades = [make_grade(name) for name in ("ada", "12", "nobody", "../../x", "", "\x1b[31m=1+1")]
    found = matched(*grades)
    assert len(found.found) + len(found.unmatched) == len(grades)
    assert found.absent == ("Doe, Sam", "Doe, Sam")
    assert not any("\x1b" in line or "\n" in line for line in found.unmatched)


def test_a_blank_id_fits_nobody(make_grade: MakeGrade) -> None:
    people = [person(0, "Ghost", "", ["", " "], [""])]
    assert match([make_grade("", student=" ")], people, DOWNLOAD).found == {}
