"""The zip file as Gradescope unpacks and runs it, with its root moved to a folder of the test."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from graders.errors import ExportError
from graders.export.autograder import Autograder
from graders.rubric import bundled_rubric
from graders.sandbox import Sandbox
from reference_models.data import cache_root

MODEL = "dat565/dense-64-64"
GOOD = Path(__file__).parents[3] / "examples" / "submissions" / "good"
PROGRAM = f"""#!/bin/sh
exec '{sys.executable}' -c 'from graders.cli import main; main()' "$@"
"""
UNGRADED = """#!/bin/sh
for word; do [ "$last" = --out ] && out=$word; last=$word; done
mkdir "$out/submission" && echo '{"tests": []}' > "$out/submission/results.json"
exit 1
"""
WHEEL = "gradebench-0.1.0-py3-none-any.whl"


@pytest.fixture
def grader() -> Autograder:
    return Autograder(MODEL, "mnist", bundled_rubric(MODEL).read_bytes(), "embedded", 60, "0.1.0")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("graders/__init__.py", "")
    return path


def opened(grader: Autograder) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(grader.zipped()))


def script(grader: Autograder, name: str) -> str:
    return opened(grader).read(name).decode()


def prepare(grader: Autograder, root: Path, submission: Path, program: str) -> dict[str, str]:
    """Lay out `root` as Gradescope does; return the environment that run_autograder needs."""
    (root / "source").mkdir(parents=True)
    with opened(grader) as archive:
        archive.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    shutil.copytree(submission, root / "submission")
    (root / "program").write_text(program)
    (root / "program").chmod(0o755)
    moved = {
        "AUTOGRADER_ROOT": str(root),
        "GRADEBENCH_PROGRAM": str(root / "program"),
        "GRADEBENCH_CACHE": str(cache_root()),
    }
    return os.environ | moved


def run(root: Path, environment: dict[str, str]) -> int:
    done = subprocess.run(
        [root / "run_autograder"], cwd=root, env=environment, check=False, capture_output=True
    )
    return done.returncode


def test_the_root_holds_what_gradescope_needs(grader: Autograder, wheel: Path) -> None:
    with opened(replace(grader, wheel=wheel)) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        assert archive.testzip() is None
        assert archive.read("rubric.toml") == bundled_rubric(MODEL).read_bytes()
        assert archive.read(WHEEL) == wheel.read_bytes()
    assert set(modes) == {"setup.sh", "run_autograder", "rubric.toml", WHEEL}
    assert all(stat.S_ISREG(mode) for mode in modes.values())
    assert stat.S_IMODE(modes["run_autograder"]) == stat.S_IMODE(modes["setup.sh"]) == 0o755


def test_the_same_files_make_the_same_zip(grader: Autograder) -> None:
    assert grader.zipped() == grader.zipped()


@pytest.mark.parametrize("data", ["embedded", "real"])
@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_scripts_are_sound_shell(grader: Autograder, name: str, data: str) -> None:
    text = script(replace(grader, data=data), name)
    assert text.startswith("#!/usr/bin/env bash\n")
    checked = subprocess.run(["bash", "-n"], input=text, text=True, check=False)
    assert checked.returncode == 0


def test_gradebench_comes_from_the_index_or_from_a_wheel(grader: Autograder, wheel: Path) -> None:
    assert "'gradebench[formats]==0.1.0'" in script(grader, "setup.sh")
    assert f"'gradebench[formats] @ ./{WHEEL}'" in script(replace(grader, wheel=wheel), "setup.sh")


def test_images_are_decoded_before_students_come(grader: Autograder) -> None:
    for name in ("setup.sh", "run_autograder"):
        assert "/opt/gradebench-cache" in script(grader, name)
        assert "gradebench-cache" not in script(replace(grader, dataset=""), name)
    assert "load_dataset('mnist', 'embedded', download=False)" in script(
        grader, "setup.sh"
    ).replace("'\"'\"'", "'")


def test_real_images_are_fetched_before_students_come(grader: Autograder) -> None:
    real = replace(grader, data="real")
    assert "download=True" in script(real, "setup.sh")
    assert "--data real" in script(real, "run_autograder")
    assert "GRADEBENCH_DATA" in script(real, "run_autograder")
    assert "download=True" not in script(grader, "setup.sh")


@pytest.mark.parametrize("name", [WHEEL.replace("bench", "bunch"), "gradebench-$(id)-py3-a-b.whl"])
def test_a_file_that_is_no_wheel_of_gradebench_is_refused(
    grader: Autograder, wheel: Path, name: str
) -> None:
    with pytest.raises(ExportError, match="is no wheel of gradebench"):
        replace(grader, wheel=wheel.rename(wheel.with_name(name))).zipped()


def test_a_wheel_that_is_no_zip_is_refused(grader: Autograder, wheel: Path) -> None:
    wheel.write_text("not a zip file")
    with pytest.raises(ExportError, match="is no wheel of gradebench"):
        replace(grader, wheel=wheel).zipped()


def test_a_submission_gets_its_results(
    grader: Autograder, sandbox: Sandbox, tmp_path: Path
) -> None:
    root = tmp_path / "auto grader"
    environment = prepare(grader, root, GOOD, PROGRAM)
    assert run(root, environment) == 0
    results = json.loads((root / "results" / "results.json").read_text())
    assert results["score"] == 100
    assert [test["status"] for test in results["tests"]] == ["passed"] * 4


def test_an_ungraded_submission_gets_results_without_a_score(
    grader: Autograder, tmp_path: Path
) -> None:
    environment = prepare(grader, tmp_path / "root", GOOD, UNGRADED)
    assert run(tmp_path / "root", environment) == 0
    results = json.loads((tmp_path / "root" / "results" / "results.json").read_text())
    assert "score" not in results


def test_a_grader_that_cannot_run_leaves_no_results(grader: Autograder, tmp_path: Path) -> None:
    environment = prepare(grader, tmp_path / "root", GOOD, "#!/bin/sh\nexit 2\n")
    assert run(tmp_path / "root", environment) == 2
    assert not (tmp_path / "root" / "results").exists()
