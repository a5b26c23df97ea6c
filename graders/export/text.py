"""Texts made fit for where they go: a table cell, an XML document, a line."""

import re
import unicodedata

from graders.names import printable

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BEHIND_SEMICOLON = re.compile(r";[\s\"]*(?=([^\s\"]))")
"""Where the next cell begins for a spreadsheet in a country that divides cells by semicolons."""
_TERMINAL_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def points(value: float) -> str:
    """Return points with at most two decimals, a point for the comma and no exponent."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def as_text(cell: str) -> str:
    """Return `cell` so that no spreadsheet takes it for a formula: a quote goes before each.

    Some programs skip leading blanks, some read full-width signs as plain ones, and some begin a
    new cell behind every semicolon, whatever quotes are around it.
    """
    inside = _BEHIND_SEMICOLON.sub(
        lambda found: f"{found[0]}'" if _is_formula(found[1]) else found[0], cell
    )
    return f"'{inside}" if _is_formula(cell) else inside


def _is_formula(cell: str) -> bool:
    seen = unicodedata.normalize("NFKC", cell)
    return seen.startswith(_FORMULA_STARTS) or seen.lstrip().startswith(_FORMULA_STARTS)


def as_cell(text: str) -> str:
    """Return `text` as a table cell: no formula, and control characters spelt out."""
    return printable(as_text(text))


def xml_safe(text: str) -> str:
    """Return `text` without terminal sequences and without characters that XML 1.0 forbids.

    `<`, `&` and quotes stay: whoever writes the document escapes them.
    """
    return _NOT_XML.sub("", _TERMINAL_SEQUENCE.sub("", text))
