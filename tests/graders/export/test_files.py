import json
from collections.abc import Callable
from pathlib import Path

from graders.export.files import write_reports, write_results
from graders.grade import Grade

MakeGrade = Callable[..., Grade]


def test_files_appear_whole(tmp_path: Path, make_grade: MakeGrade) -> None:
    grade = make_grade("ada")
    assert write_results(tmp_path, grade) == tmp_path / "ada" / "results.json"
    write_reports(tmp_path, [grade])
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert found == ["ada/results.json", "gradebook.csv", "report.html"]
    assert json.loads((tmp_path / "ada" / "results.json").read_text())["score"] == 30
