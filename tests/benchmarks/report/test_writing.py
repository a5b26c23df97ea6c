from pathlib import Path

import pytest

from benchmarks.errors import ResultsError
from benchmarks.report import write_report
from benchmarks.report.writing import load_runs
from benchmarks.schema import Results

from .conftest import MakeRun


def put(path: Path, run: Results) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(run.model_dump_json())
    return path


def test_page_tables_and_pictures_are_written(tmp_path: Path, two_runs: dict[str, Results]) -> None:
    files = [put(tmp_path / f"{name}.json", run) for name, run in two_runs.items()]
    written = write_report(files, tmp_path / "new" / "out")
    assert written[0].name == "report.html"
    assert {"figures.csv", "figures.md", "throughput.png"} <= {path.name for path in written}
    assert all(path.stat().st_size for path in written)
    assert (tmp_path / "new/out/throughput.png").read_bytes().startswith(b"\x89PNG")
    assert "after: Abacus 9000" in written[0].read_text()


def test_runs_of_one_name_are_told_apart_by_their_folders(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run({"model": "dat565/lenet", "accuracy": 0.9})
    files = [put(tmp_path / folder / "out.json", run) for folder in ("gpu", "cpu")]
    assert list(load_runs(files)) == ["gpu/out", "cpu/out"]
    monkeypatch.chdir(tmp_path / "gpu")
    assert list(load_runs([Path("out.json"), files[1]])) == ["gpu/out", "cpu/out"]
    with pytest.raises(ResultsError, match="another run is called 'gpu/out', too"):
        load_runs([files[0], files[0]])


def test_duels_alone_have_a_picture_and_a_csv_and_no_table(
    tmp_path: Path, make_run: MakeRun
) -> None:
    ratio = {"speedup": 2.0, "speedup_low": 1.5, "speedup_high": 2.5, "rival": "tidy-loop"}
    run = make_run({"model": "dat565/lenet", "metric": "speedup", **ratio})
    written = write_report([put(tmp_path / "rivals.json", run)], tmp_path / "out")
    names = ["report.html", "duels.csv", "beside-other-loops.png"]
    assert [path.name for path in written] == names
    text = written[0].read_text()
    assert "rivals: Abacus 9000" in text
    assert "<table>" not in text
    assert "<script>" not in text


def test_duels_that_failed_are_told(tmp_path: Path, make_run: MakeRun) -> None:
    ratio = {"speedup": 2.0, "speedup_low": 1.5, "speedup_high": 2.5, "rival": "tidy-loop"}
    lost = {"model": "dat565/lenet", "metric": "speedup", **ratio, "outcome": "failed"}
    written = write_report([put(tmp_path / "rivals.json", make_run(lost))], tmp_path / "out")
    assert [path.name for path in written] == ["report.html", "duels.csv"]
    assert "1 of the duels with rivals failed." in written[0].read_text()


def test_a_file_that_measured_nothing_is_one_line(tmp_path: Path, make_run: MakeRun) -> None:
    empty = put(tmp_path / "out.json", make_run())
    with pytest.raises(ResultsError, match="nothing to report"):
        write_report([empty], tmp_path / "out")
    assert not (tmp_path / "out").exists()
