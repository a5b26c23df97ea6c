import pytest

from graders.toml_lines import line_of

TEXT = """\
title = "x"

[[criterion]]
id = "a"

[[criterion]]
id = "b"
curve.real = [[0, 0]]

[criterion.more]
key = 1

[other]
"quoted" = 2
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("criterion", 0), 3),
        (("criterion", 0, "id"), 4),
        (("criterion", 1, "id"), 7),
        (("criterion", 1, "curve", "real", 0, 1), 8),
        (("criterion", 1, "curve", "mars"), 6),
        (("criterion", 1, "more", "key"), 11),
        (("criterion", 1, "points"), 6),
        (("other", "quoted"), 14),
        (("nowhere",), 1),
    ],
)
def test_the_line_of_a_field_or_of_what_is_around_it(
    path: tuple[str | int, ...], line: int
) -> None:
    assert line_of(TEXT, path) == line
