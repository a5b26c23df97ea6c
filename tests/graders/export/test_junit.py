"""The document against what readers of JUnit XML (Jenkins, GitLab) agree on."""

from collections.abc import Callable
from typing import Final
from xml.etree import ElementTree as ET

from graders.export.junit import junit
from graders.grade import Grade

MakeGrade = Callable[..., Grade]

COUNTS = {"tests", "failures", "errors", "time"}
KNOWN: Final[dict[str, tuple[set[str], set[str]]]] = {
    "testsuites": (COUNTS, {"testsuite"}),
    "testsuite": (COUNTS | {"name"}, {"properties", "testcase", "system-out"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {"failure", "error"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "system-out": (set(), set()),
}


def read_back(*grades: Grade) -> ET.Element:
    """The document as a reader gets it, checked element by element."""
    root = ET.fromstring(junit(grades).encode())  # noqa: S314 - a document of our own
    for element in root.iter():
        attributes, children = KNOWN[element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children
    for suite in root.findall("testsuite"):
        assert suite[0].tag == "properties"
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
    for count in ("tests", "failures", "errors"):
        suites = root.findall("testsuite")
        assert int(root.attrib[count]) == sum(int(one.attrib[count]) for one in suites)
    return root


def test_a_criterion_is_a_case_and_lost_points_are_a_failure(make_grade: MakeGrade) -> None:
    grade = make_grade(seconds=1.5)
    met = grade.checks[0].model_copy(update={"id": "size", "name": "Size", "met": True})
    root = read_back(grade.model_copy(update={"checks": (*grade.checks, met)}))
    accuracy, size = root.findall("testsuite/testcase")
    failure = accuracy.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "30 of 60 points", "type": "accuracy"}
    assert "Advice: Train longer." in (failure.text or "")
    assert (accuracy.attrib["classname"], accuracy.attrib["name"]) == ("dat565/lenet", "Accuracy")
    assert len(size) == 0
    assert root.attrib["time"] == "1.500"


def test_an_ungraded_submission_is_an_error_and_no_failure(make_grade: MakeGrade) -> None:
    root = read_back(
        make_grade("ada"),
        make_grade("bob", verdict="ungraded", score=None, checks=(), reason="no sandbox"),
    )
    assert (root.attrib["tests"], root.attrib["errors"]) == ("2", "1")
    error = root.find("testsuite[@name='bob']/testcase/error")
    assert error is not None
    assert error.attrib["message"] == "no sandbox"
    score = root.find("testsuite[@name='bob']/properties/property[@name='score']")
    assert score is not None
    assert score.attrib["value"] == ""


def test_no_grades_are_an_empty_document() -> None:
    assert len(read_back()) == 0


def test_no_text_breaks_the_document(evil_grade: Grade, make_grade: MakeGrade) -> None:
    ungraded = evil_grade.model_copy(update={"verdict": "ungraded", "score": None, "checks": ()})
    root = read_back(evil_grade, ungraded, make_grade("bob"))
    assert len(root) == 3
    case = root.find("testsuite/testcase")
    assert case is not None
    assert '<script>alert("x")</script>' in case.attrib["name"]
    text = junit([evil_grade, ungraded])
    assert not {"\x1b", "\x00", "\x07"} & set(text)
    assert "<script" not in text
