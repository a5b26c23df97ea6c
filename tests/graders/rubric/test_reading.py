import re
from pathlib import Path

import pytest

from graders.errors import RubricError
from graders.rubric import AccuracyCriterion, InvalidRubricError, bundled_rubric, load_rubric
from reference_models import find_model

BUNDLED = ("dat565/dense-64-64", "dat565/dense-500-300", "dat565/lenet")
GOOD = bundled_rubric("dat565/lenet").read_text()
CURVES = "\n".join(line for line in GOOD.splitlines() if line.startswith("curve."))


@pytest.mark.parametrize("model", BUNDLED)
def test_every_bundled_rubric_is_worth_100_on_both_sources(model: str) -> None:
    rubric = load_rubric(bundled_rubric(model))
    assert rubric.assignment == model
    assert rubric.points == 100
    rubric.check_source("real")
    rubric.check_source("embedded")


@pytest.mark.parametrize("model", BUNDLED)
def test_a_bundled_rubric_asks_for_the_model_in_the_catalogue(model: str) -> None:
    criteria = {one.id: one for one in load_rubric(bundled_rubric(model)).criterion}
    assert criteria["parameters"].model_dump()["equals"] == find_model(model).parameters


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("points = 60", "points = 61", "curve.real", "curve.real: ends at 60 points"),
        ("points = 60", "points = nan", "points = nan", "criterion.points"),
        ("points = 60", 'points = "many"', "many", "criterion.points"),
        ("points = 60", "pionts = 60", "pionts", "criterion.pionts"),
        ("[0.95, 60]]", "[95, 60]]", "curve.real", "accuracy is a share: 0.95, not 95"),
        ("[0.95, 60]]", "[1.5, 60]]", "curve.real", "accuracy is a share: at most 1"),
        ("[0.95, 60]]", "[0.7, 60]]", "curve.real", "values of a curve must rise"),
        ("[[0.80, 0]", "[[0.80, 70]", "curve.real", "points of a curve must not fall"),
        ("curve.real", "curve.mars", "curve.mars", "curve.mars"),
        (CURVES, "curve = [[0.6, 0]]", "curve = ", "write curve.embedded or curve.real, or both"),
        ('metric = "answers"', 'metric = "nope"', '"nope"', "'nope'; there are parameters"),
        ('metric = "answers"', 'metric = "answer"', '"answer"', "did you mean 'answers'?"),
        ('metric = "answers"\n', "", "[[criterion]]", "criterion.metric: this field is missing"),
        ('id = "answers"', 'id = "Answers"', '"Answers"', "id: must be lower-case letters"),
        ("[0.95, 60]]", "[0.95]]", "curve.real", "a number is missing"),
        ('needs = ["answers"]', 'needs = "answers"', "needs", "must be a list, in brackets"),
        ("equals = 36_038", "equals = 1.5", "equals", "must be a whole number"),
        ("points = 60", "points = -1", "points = -1", "criterion.points: must be at least 0"),
        ('needs = ["answers"]', 'needs = ["later"]', "needs", "needs 'later'"),
        ('id = "answers"', 'id = "parameters"', "id", "two criteria have the id"),
        ("equals = 36_038", "", "[[criterion]]", "exactly one of equals, at_most, at_least"),
        ("[[criterion]]", "[[criterion", "[[criterion", "not TOML"),
    ],
)
def test_a_broken_rubric_names_file_line_and_field(
    tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(RubricError) as caught:
        load_rubric(path)
    message = str(caught.value)
    line = re.search(r"line (\d+)", message)
    assert line is not None
    assert where in path.read_text().splitlines()[int(line[1]) - 1]
    assert message.startswith(f"{path}: ")
    assert what in message
    assert "\n" not in message


def test_criteria_that_are_all_wrong_are_not_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('assignment = "a"\ntitle = "t"\n[[criterion]]\nmetric = "parameter"\n')
    with pytest.raises(InvalidRubricError) as caught:
        load_rubric(path)
    assert list(map(str, caught.value.problems)) == [
        "line 4: criterion.metric: there is no metric 'parameter'; did you mean 'parameters'?"
    ]
    path.write_text('assignment = "a"\ntitle = "t"\ncriterion = []\n')
    with pytest.raises(InvalidRubricError, match="must have 1 or more entries"):
        load_rubric(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 5000, b""])
def test_what_is_no_rubric_ends_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(RubricError, match=r"mine\.toml: ") as caught:
        load_rubric(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_source_without_threshold_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(one for one in GOOD.splitlines() if "curve.real" not in one))
    rubric = load_rubric(path)
    assert any(isinstance(one, AccuracyCriterion) for one in rubric.criterion)
    rubric.check_source("embedded")
    with pytest.raises(RubricError, match="no real threshold for 'accuracy'"):
        rubric.check_source("real")


def test_a_model_without_rubric_says_what_to_do() -> None:
    with pytest.raises(RubricError, match="--rubric"):
        bundled_rubric("dat565/unheard-of")


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        ("[[0.2, 10], [0.8, 0]]", "criterion.curve: more is better here"),
        ("[[0.2, 0], [0.8, 9]]", "criterion.curve: ends at 9 points, but points is 10"),
        ("{ real = [[0.2, 0], [0.8, 10]] }", "criterion.curve"),
    ],
)
def test_a_curve_of_speeds_rises_and_has_no_source(tmp_path: Path, curve: str, reason: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'assignment = "dat565/lenet"\ntitle = "T"\n[[criterion]]\nid = "speed"\nname = "Speed"\n'
        f'metric = "throughput"\npoints = 10\ncurve = {curve}\n'
    )
    with pytest.raises(RubricError, match="line 8: ") as caught:
        load_rubric(path)
    assert reason in str(caught.value)
    path.write_text(path.read_text().replace(curve, "[[0.2, 0], [0.8, 10]]"))
    rubric = load_rubric(path)
    rubric.check_source("real")
    assert rubric.points == 10


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("[[1.5, 10], [4, 0]]", "[[1.5, 0], [4, 10]]", 10, "criterion.curve: less is better here"),
        ("samples = 1000", "samples = 3", 8, "criterion.samples"),
        ("accuracy_at_least = 0.7", "accuracy_at_least = 70", 9, "criterion.accuracy_at_least"),
        ("samples = 1000", "sample = 1000", 8, "did you mean 'samples'?"),
    ],
)
def test_a_training_time_is_asked_with_samples_and_an_accuracy(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    path = tmp_path / "mine.toml"
    good = (
        'assignment = "dat565/lenet"\ntitle = "T"\n[[criterion]]\nid = "time"\nname = "Time"\n'
        'metric = "training_time"\npoints = 10\nsamples = 1000\naccuracy_at_least = 0.7\n'
        "curve = [[1.5, 10], [4, 0]]\n"
    )
    path.write_text(good)
    assert load_rubric(path).points == 10
    path.write_text(good.replace(old, new))
    with pytest.raises(RubricError, match=f"line {line}: ") as caught:
        load_rubric(path)
    assert reason in str(caught.value)
