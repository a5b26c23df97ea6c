import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import RubricError
from graders.proofreading import Proof, proofread
from graders.rubric import bundled_rubric

BUNDLED = sorted(bundled_rubric("dat565/lenet").parent.glob("*.toml"))
GOOD = bundled_rubric("dat565/lenet").read_text()
FUNCTION = bundled_rubric("cs7cs4/convolution").read_text()


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_a_bundled_rubric(path: Path) -> None:
    proof = proofread(path)
    assert proof.problems == ()
    assert proof.rubric is not None
    assert proof.rubric.points == 100
    assert not any("itself has" in note for note in proof.notes)


def test_every_problem_has_its_line(rubric: Path) -> None:
    rubric.write_text(GOOD.replace("points = 60", "pionts = 60").replace("equals", "equal"))
    problems = [str(each) for each in proofread(rubric).problems]
    assert any(
        "criterion.equal: there is no such field; did you mean 'equals'?" in e for e in problems
    )
    assert any("did you mean 'points'?" in each for each in problems)
    assert any("criterion.points: this field is missing" in each for each in problems)
    lines = rubric.read_text().splitlines()
    first = proofread(rubric).problems[0]
    assert "equal" in lines[first.line - 1]


@pytest.mark.parametrize(
    ("text", "old", "new", "where", "reason"),
    [
        (GOOD, '"dat565/lenet"', '"dat565/lent"', "assignment", "did you mean 'dat565/lenet'"),
        (GOOD, '"dat565/lenet"', '"dat565"', "assignment", "name one of: dat565/dense-64-64"),
        (GOOD, 'metric = "accuracy"', 'metric = "min_js"', "metric", "counts no classes in bags"),
        (
            GOOD,
            'metric = "architecture"',
            'metric = "architecture"\nlayers = ["convolution", "dense"]',
            "layers = ",
            "whose shapes are asked for, too (its layers are: convolution, convolution",
        ),
        (
            GOOD,
            'metric = "architecture"',
            'metric = "architecture"\nforbidden = ["dense"]',
            "forbidden = ",
            "this is not so of dat565/lenet",
        ),
        (
            GOOD,
            'metric = "architecture"',
            'metric = "architecture"\nallowed = ["dense"]',
            "allowed = ",
            "write shapes = false, or leave this out",
        ),
        (FUNCTION, '"square kernels"', '"round kernels"', "groups", "'round kernels'; there are"),
    ],
)
def test_what_cannot_be_asked_has_its_line(
    rubric: Path, text: str, old: str, new: str, where: str, reason: str
) -> None:
    rubric.write_text(text.replace(old, new, 1))
    (problem,) = proofread(rubric).problems
    assert where in rubric.read_text().splitlines()[problem.line - 1]
    assert reason in problem.reason


def test_a_line_break_in_a_name_does_not_break_the_line(rubric: Path) -> None:
    rubric.write_text(FUNCTION.replace("square kernels", "square\\u0085ker\\u001bnels", 1))
    (problem,) = proofread(rubric).problems
    assert "'square ker nels'; there are" in str(problem)
    assert str(problem).isprintable()


def test_notes_say_what_its_author_may_not_mean(rubric: Path) -> None:
    kept = [line for line in GOOD.splitlines() if not line.startswith("curve.real")]
    rubric.write_text("\n".join(kept).replace("36_038", "36_039"))
    notes = proofread(rubric).notes
    assert notes == (
        "not for --data real: accuracy has no curve.real",
        "'parameters': dat565/lenet itself has 36,038 parameters, not 36,039",
    )


def test_a_note_says_what_the_reference_itself_would_not_earn(rubric: Path) -> None:
    speed = '[[criterion]]\nid = "speed"\nname = "S"\nmetric = "throughput"\npoints = 10\ncurve = '
    rubric.write_text(f"{GOOD}\n{speed}[[0.5, 0], [1.5, 10]]\n")
    note = "'speed': dat565/lenet itself, at a ratio of 1, earns 5 of 10"
    assert note in proofread(rubric).notes
    rubric.write_text(f"{GOOD}\n{speed}[[0.5, 0], [0.9, 10]]\n")
    assert proofread(rubric).notes == ()


def test_a_note_says_what_other_layers_cannot_earn(rubric: Path) -> None:
    free = 'metric = "architecture"\nshapes = false\nforbidden = ["norm"]'
    rubric.write_text(GOOD.replace('metric = "architecture"', free))
    (note,) = proofread(rubric).notes
    assert note == (
        "'answers' earns nothing with layers that 'architecture' allows and the assignment has not"
    )


def test_a_file_that_is_not_there_is_a_wrong_call(rubric: Path) -> None:
    with pytest.raises(RubricError, match="cannot be read"):
        proofread(rubric)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(-3, 3), max_size=3),
    st.dictionaries(st.text("ab.]\"'", max_size=3), st.integers(), max_size=2),
)


@given(st.data())
def test_a_mutated_rubric_is_a_rubric_or_has_a_problem(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from([path.read_text() for path in BUNDLED]))
    parsed = tomllib.loads(text)
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from([parsed, *_tables(parsed)]))
        key = data.draw(st.sampled_from([*sorted(table), "nobody", "late", "cap"]))
        if data.draw(st.booleans()):
            table.pop(key, None)
        else:
            table[key] = data.draw(LEAVES)
    path = tmp_path_factory.mktemp("rubric") / "mine.toml"
    path.write_text(_toml(parsed), "utf-8", "surrogatepass", "\n")
    _is_read_or_refused(path)


@given(st.data())
def test_mutated_text_is_a_rubric_or_has_a_problem(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from([path.read_text() for path in BUNDLED]))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    path = tmp_path_factory.mktemp("rubric") / "mine.toml"
    new = data.draw(st.text(max_size=8))
    path.write_bytes((text[:start] + new + text[end:]).encode("utf-8", "surrogatepass"))
    _is_read_or_refused(path)


def _is_read_or_refused(path: Path) -> None:
    reason = ""
    try:
        proof = proofread(path)
    except RubricError as error:
        proof, reason = Proof(), str(error)
    assert len(reason.splitlines()) <= 1
    assert reason or (proof.rubric is None) == bool(proof.problems)
    lines = path.read_text().count("\n") + 1
    for problem in proof.problems:
        assert 1 <= problem.line <= lines
        assert len(str(problem).splitlines()) == 1


def _tables(value: Any) -> list[dict[str, Any]]:
    """Every table inside `value`."""
    inside = value.values() if isinstance(value, dict) else value
    found = [one for one in inside if isinstance(one, dict | list)]
    here = [one for one in found if isinstance(one, dict)]
    return here + [table for one in found for table in _tables(one)]


def _toml(value: Any) -> str:
    """A table as TOML, arrays of tables inline; what TOML cannot say is left as Python says it."""
    return "\n".join(f"{_key(key)} = {_inline(one)}" for key, one in value.items())


def _key(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _key(value) if isinstance(value, str) else str(value)
