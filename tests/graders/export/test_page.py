import re
from collections.abc import Callable
from html.parser import HTMLParser

from graders.export.page import page
from graders.grade import Grade

MakeGrade = Callable[..., Grade]
EVIL = "<script>alert(1)</script>&\"'"


class Tags(HTMLParser):
    """Collect the names of all elements and of all their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_submissions_text_is_shown_and_none_of_it_run(make_grade: MakeGrade) -> None:
    html = page([make_grade(student=EVIL, reason=EVIL, printed=EVIL)])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4
    assert "src=" not in html
    assert "href=" not in html


def test_no_text_adds_an_element_or_a_control_character(evil_grade: Grade) -> None:
    html = page([evil_grade])
    tags, plain = Tags(html), Tags(page([evil_grade.model_copy(update={"name": "ada"})]))
    assert "script" not in tags.elements
    assert tags.elements <= plain.elements
    assert tags.attributes <= {"lang", "charset", "name", "content", "http-equiv", "class"}
    assert not {"\x1b", "\x00", "\u202e"} & set(html)
    html.encode()


def test_what_a_person_must_look_at_comes_first(make_grade: MakeGrade) -> None:
    grades = [
        make_grade("good", score=60.0, verdict="passed"),
        make_grade("bad", score=0.0, verdict="failed"),
        make_grade("odd", score=None, verdict="ungraded", checks=()),
    ]
    names = re.findall(r'class="who">(\w+)', page(grades))
    assert names == ["odd", "bad", "good"]


def test_an_ungraded_submission_has_no_score(make_grade: MakeGrade) -> None:
    grade = make_grade(verdict="ungraded", score=None, checks=(), reason="no sandbox")
    assert "no score" in page([grade])


def test_a_criterion_that_students_do_not_see_is_marked(make_grade: MakeGrade) -> None:
    grade = make_grade()
    check = grade.checks[0].model_copy(update={"visibility": "after_published"})
    assert "(after published)" in page([grade.model_copy(update={"checks": (check,)})])


def test_a_closed_row_says_why_in_short(make_grade: MakeGrade) -> None:
    html = page([make_grade(reason="it broke " * 40), make_grade("bob", reason="")])
    whys = re.findall(r'class="why">([^<]+)', html)
    assert len(whys) == 1
    assert whys[0].startswith("it broke it broke")
    assert len(whys[0]) <= 170


def test_an_interval_says_which_end_counts(make_grade: MakeGrade) -> None:
    assert "between 70.0 and 80.0&nbsp;%; the upper end counts" in page([make_grade()])


def test_an_empty_page_says_so() -> None:
    assert "Nothing has been graded" in page([])
