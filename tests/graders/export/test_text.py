from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.export.text import as_cell, as_text, points, xml_safe


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (100, "100"), (49.5, "49.5"), (33.333333, "33.33"), (1e7, "10000000"), (0.004, "0")],
)
def test_points_are_plain_decimals(value: float, text: str) -> None:
    assert points(value) == text


@given(st.text())
def test_an_escaped_cell_keeps_its_text(text: str) -> None:
    assert as_text(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_a_cell_is_never_a_formula(start: str) -> None:
    assert as_cell(f"{start}1+1").startswith("'")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", '"=', "\uff1d"])
def test_no_formula_begins_behind_a_semicolon(start: str) -> None:
    cells = as_cell(f"Ada; Eve; ;{start}1+1;&lt;=x").split(";")
    assert [cell.lstrip(' "')[:1] for cell in cells] == ["A", "E", "", "'", "&", "'"]


def test_a_cell_spells_out_what_a_terminal_would_obey(evil: str) -> None:
    cell = as_cell(evil)
    assert not {"\x1b", "\x00", "\x07", "\r", "\u202e", "\ud800"} & set(cell)
    assert "\\x1b[31mred" in cell


@given(st.text(st.characters()))
def test_any_text_is_fit_for_xml(text: str) -> None:
    safe = xml_safe(text)
    element = ET.Element("a", b=safe)
    element.text = safe
    found = ET.fromstring(ET.tostring(element, encoding="utf-8"))  # noqa: S314 - one of our own
    assert found.get("b") == safe
    # between tags a reader of XML takes every end of a line for \n
    assert (found.text or "") == safe.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")))
def test_text_that_xml_allows_stays_as_it_is(text: str) -> None:
    assert xml_safe(text) == text


def test_terminal_sequences_leave_nothing_behind() -> None:
    assert xml_safe("a\x1b[1;31mb\x1b[0m\x1b]0;title\x07c\x00\x08d\x1b") == "abcd"
