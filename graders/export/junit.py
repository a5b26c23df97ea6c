"""All grades as JUnit XML, for continuous integration: a suite a submission, a case a criterion.

It is for whoever grades: criteria that students do not see are in it.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from graders.export.feedback import explanation
from graders.export.text import points, xml_safe
from graders.grade import Check, Grade

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def junit(grades: Sequence[Grade]) -> str:
    """Return the document; lost points are a failure, an ungraded submission is an error."""
    root = ET.Element("testsuites", _counts(grades))
    for grade in grades:
        root.append(_suite(grade))
    ET.indent(root)
    return f"{_DECLARATION}{ET.tostring(root, encoding='unicode')}\n"


def _counts(grades: Sequence[Grade]) -> dict[str, str]:
    """Count cases, failures and errors; every ungraded submission is one case."""
    judged = [grade for grade in grades if grade.score is not None]
    errors = len(grades) - len(judged)
    checks = [check for grade in judged for check in grade.checks]
    return {
        "tests": str(len(checks) + errors),
        "failures": str(sum(not check.met for check in checks)),
        "errors": str(errors),
        "time": f"{sum(grade.seconds for grade in grades):.3f}",
    }


def _suite(grade: Grade) -> ET.Element:
    suite = ET.Element("testsuite", {"name": xml_safe(grade.name)} | _counts([grade]))
    properties = ET.SubElement(suite, "properties")
    score = "" if grade.score is None else points(grade.score)
    for name, value in {
        "student": grade.student,
        "verdict": grade.verdict,
        "score": score,
        "out_of": points(grade.most),
        "data": grade.conditions.source,
    }.items():
        ET.SubElement(properties, "property", name=name, value=xml_safe(value))
    if grade.score is None:
        case = _case(suite, grade, "graded")
        ET.SubElement(case, "error", message=xml_safe(grade.reason), type="ungraded")
        return suite
    for check in grade.checks:
        _judged_case(suite, grade, check)
    if grade.reason:
        ET.SubElement(suite, "system-out").text = xml_safe(grade.reason)
    return suite


def _judged_case(suite: ET.Element, grade: Grade, check: Check) -> None:
    case = _case(suite, grade, check.name)
    if not check.met:
        lost = f"{points(check.points)} of {points(check.most)} points"
        failure = ET.SubElement(case, "failure", message=lost, type=check.id)
        failure.text = xml_safe(explanation(check))


def _case(suite: ET.Element, grade: Grade, name: str) -> ET.Element:
    attributes = {"name": xml_safe(name), "classname": grade.conditions.assignment, "time": "0"}
    return ET.SubElement(suite, "testcase", attributes)
