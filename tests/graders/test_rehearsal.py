"""What a student is told before submitting: no points, nothing hidden, and what was left out."""

from dataclasses import replace
from pathlib import Path

import pytest

from graders.exam import Exam
from graders.rehearsal import Rehearsal, public_part, read_only, rehearse
from graders.rubric import Rubric, bundled_rubric, load_rubric
from graders.sandbox import Sandbox
from graders.submissions import open_submission

WHOLE = load_rubric(bundled_rubric("dat565/dense-64-64"))


def with_criteria(**changes: dict[str, object]) -> Rubric:
    """The whole rubric, some of its criteria changed."""
    return WHOLE.model_copy(
        update={
            "criterion": tuple(
                one.model_copy(update=changes.get(one.id, {})) for one in WHOLE.criterion
            )
        }
    )


def test_what_is_hidden_is_not_asked_and_not_needed() -> None:
    whole = with_criteria(
        answers={"visibility": "hidden"}, parameters={"visibility": "after_published"}
    )
    public = public_part(whole)
    assert public is not None
    assert [one.id for one in public.criterion] == ["architecture", "accuracy"]
    assert public.criterion[1].needs == ()


def test_where_all_is_hidden_nothing_is_public() -> None:
    hidden = {"visibility": "hidden"}
    ids = ("parameters", "architecture", "answers", "accuracy")
    assert public_part(with_criteria(**dict.fromkeys(ids, hidden))) is None


def rehearsed(exam: Exam, code: Path, whole: Rubric = WHOLE) -> Rehearsal:
    public = public_part(whole)
    assert public is not None
    shown = replace(exam, rubric=public)
    with shown.open(code) as submission:
        return rehearse(shown, submission, whole)


def test_a_figure_on_other_data_is_seen_but_decides_nothing(exam: Exam, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from torch import nn\n"
        "def build_model():\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(),\n"
        "        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))\n"
    )
    found = rehearsed(exam, tmp_path, with_criteria(accuracy={"visibility": "visible"}))
    assert [remark.mark for remark in found.remarks] == ["ok", "ok", "ok", "seen"]
    assert found.fine
    assert found.unchecked == ["the images that a grade is given on"]


def test_what_is_wrong_is_told_with_advice(exam: Exam, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("import nowhere")
    hidden = with_criteria(accuracy={"visibility": "hidden"})
    found = rehearsed(exam, tmp_path, hidden)
    assert not found.fine
    assert "No module named 'nowhere'" in found.remarks[0].text
    assert "criteria that are not shown to students" in found.unchecked
    assert not any("Accuracy" in remark.text for remark in found.remarks)


def test_without_a_sandbox_it_says_that_nothing_ran(exam: Exam, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("x = 1")
    with Sandbox(reason="no luck") as none:
        found = rehearsed(replace(exam, sandbox=none), tmp_path)
    assert found.remarks == []
    assert found.unchecked[-1] == "everything that needs your code to run: no luck"


@pytest.mark.parametrize(
    ("code", "mark", "text"),
    [
        ("def build_model(): ...", "ok", "model.py defines build_model"),
        ("class Net: ...", "seen", "model.py defines Net"),
        ("x = 1", "wrong", "model.py defines no function and no class"),
        ("def f(:", "wrong", "model.py is no Python"),
        ("x = '\0'", "wrong", "model.py is no Python"),
    ],
)
def test_code_is_read_without_being_run(tmp_path: Path, code: str, mark: str, text: str) -> None:
    (tmp_path / "model.py").write_text(code)
    with open_submission(tmp_path) as submission:
        found = read_only(submission, "build_model", WHOLE)
    assert found.remarks[-1].mark == mark
    assert text in found.remarks[-1].text
    assert found.unchecked[0] == "whether it runs, and all that it answers"


def test_what_is_no_code_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "answers.npy").write_bytes(b"")
    with open_submission(tmp_path) as submission:
        assert read_only(submission, "build_model", WHOLE).remarks == []
