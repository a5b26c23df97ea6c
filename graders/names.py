"""Names that people chose, made fit for a folder, a table cell and a single line."""

import re
import unicodedata
from pathlib import Path

_LONGEST = 80
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNSAFE = re.compile(r"[^\w.+@=-]+")
_TAR = ".tar"


def plain_stem(path: Path) -> str:
    """Return a file's name without what says its form; the two endings of `.tar.gz` are one."""
    stem = path.stem
    packed_tar = path.suffix.lower() == ".gz" and stem.lower().endswith(_TAR)
    return stem[: -len(_TAR)] if packed_tar else stem


def one_line(text: str, longest: int = 200) -> str:
    """Return `text` as one printable line of at most `longest` characters.

    Control, formatting (bidirectional overrides among them) and unpaired surrogate characters
    become spaces.
    """
    shown = "".join(" " if unicodedata.category(one) in _UNPRINTABLE else one for one in text)
    line = " ".join(shown.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def file_name(text: str) -> str:
    """Return `text` as a name for one folder: no separators, no leading dot, never empty."""
    plain = unicodedata.normalize("NFC", one_line(text))
    return _UNSAFE.sub("_", plain).strip("._-")[:_LONGEST] or "unnamed"


def printable(text: str) -> str:
    """Return `text` with line breaks and tabs kept and every other control character escaped."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text.replace("\r\n", "\n")
    )
