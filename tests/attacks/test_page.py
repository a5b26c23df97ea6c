"""The page of attacks says what the table says."""

import os
from pathlib import Path

from .page import page

PAGE = Path(__file__).parents[2] / "docs" / "attacks.md"


def test_the_page_is_up_to_date() -> None:
    if os.environ.get("GRADEBENCH_WRITE_PAGES") == "1":
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
