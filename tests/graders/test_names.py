import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.names import file_name, one_line, plain_stem, printable

texts = st.text(st.characters(codec=None), max_size=300)


@given(texts)
def test_one_line_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    assert not {unicodedata.category(one) for one in line} & {"Cc", "Cf", "Cs"}


@given(texts)
def test_a_file_name_never_leaves_its_folder(text: str) -> None:
    name = file_name(text)
    assert name
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith((".", "-"))
    assert len(name.encode()) <= 4 * 80


def test_a_file_name_keeps_what_is_harmless() -> None:
    assert file_name("Åsa_Öberg-2+lab@x") == "Åsa_Öberg-2+lab@x"
    assert file_name("../../etc/passwd") == "etc_passwd"
    assert file_name("a\nb") == "a_b"
    assert file_name("...") == "unnamed"


@given(texts)
def test_printed_text_can_reach_no_terminal_as_a_command(text: str) -> None:
    shown = printable(text)
    assert not {one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs"}} - {
        "\n",
        "\t",
    }
    shown.encode()


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert printable("\x1b[31mred\n") == "\\x1b[31mred\n"


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.tar.gz", "a"), ("a.b.TAR.GZ", "a.b"), ("a.tgz", "a"), ("a.gz", "a"), ("a.tar", "a")],
)
def test_the_two_endings_of_a_tar_are_one(name: str, stem: str) -> None:
    assert plain_stem(Path(name)) == stem
