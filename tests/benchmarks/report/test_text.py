import pytest

from benchmarks.report.text import plain


@pytest.mark.parametrize(("text", "shown"), [("a$b", r"a\$b"), ("_a", " _a"), ("a_b", "a_b")])
def test_names_are_no_formulas_and_no_secrets(text: str, shown: str) -> None:
    assert plain(text) == shown
