from graders.commands.tables import table


def test_numbers_lean_right_and_words_left() -> None:
    assert table(("id", "count"), [("a", "1"), ("bcd", "1,000")]).splitlines() == [
        "id   count",
        "---  -----",
        "a        1",
        "bcd  1,000",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert table(("id",), []).splitlines() == ["id", "--"]
