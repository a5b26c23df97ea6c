from benchmarks.text_table import align


def test_numbers_stand_to_the_right_and_nothing_trails() -> None:
    assert align([["name", "n", ""], ["a", "100", "x"]], {1}) == ["name    n", "a     100  x"]
