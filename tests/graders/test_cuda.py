"""Grading on a GPU: what is shown to children, and what is said where there is none."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from benchmarks.device import skip_without_cuda
from graders.commands.grade import grade
from graders.errors import SandboxError
from graders.exam import Exam
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import EntryPoint, Limits, Sandbox, observe, open_sandbox, opening
from graders.sandbox.cuda import cuda_devices, cuda_environment
from graders.sandbox.inside.probe import COMPUTED, attempt
from graders.submissions import open_submission
from reference_models import find_model
from reference_models.data import load_dataset

MODEL = "dat565/dense-64-64"


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A device file that is no GPU's, taken for one; not in a folder that each child covers."""
    with TemporaryDirectory(dir="/var/tmp") as folder:
        device = Path(folder) / "nvidia0"
        device.symlink_to("/dev/null")
        monkeypatch.setattr(opening, "cuda_devices", lambda: cuda_devices(Path(folder)))
        yield device


def test_devices_are_found_among_other_files(pretended: Path) -> None:
    (pretended.parent / "nvidia-caps").mkdir()
    (pretended.parent / "nvidia.log").write_text("")
    assert cuda_devices(pretended.parent) == (pretended,)


def test_no_device_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=f"no NVIDIA device at {tmp_path}/nvidia\\*"):
        cuda_devices(tmp_path)


def test_only_a_choice_among_devices_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert cuda_environment() == {}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert cuda_environment() == {"CUDA_VISIBLE_DEVICES": "1"}


def test_a_child_is_shown_the_device_and_asked_for_nothing_more(
    bubblewrap: Sandbox, pretended: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "insist_that_it_computes", lambda _: None)
    code = f"import os\nprint(os.path.exists('{pretended}'), os.listdir('/dev'))\n"
    with open_sandbox(level="bubblewrap", device="cuda") as found:
        assert found.device == "cuda"
        folder = found.spool / "work"
        folder.mkdir()
        (folder / "model.py").write_text(code)
        seen = observe(found, folder, EntryPoint("model.py"), [], (10,), Limits(wall_seconds=30))
    assert seen.printed.startswith("True ")
    assert "nvidia" not in seen.printed.partition("[")[2]


def test_a_device_that_does_not_compute_is_no_sandbox(bubblewrap: Sandbox, pretended: Path) -> None:
    with open_sandbox(level="bubblewrap", device="cuda") as found:
        assert not found.holds
        assert found.reason.startswith("cuda cannot be used in the sandbox: ")
        assert len(found.reason.splitlines()) == 1


def test_the_weaker_level_passes_no_gpu_through(landlock: Sandbox) -> None:
    with open_sandbox(level="landlock", device="cuda") as found:
        assert found.reason == "without bubblewrap no GPU is passed through"


def test_a_gpu_that_is_not_there_is_a_wrong_call(
    bubblewrap: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "cuda_devices", lambda: cuda_devices(tmp_path))
    (tmp_path / "ada.py").write_text("")
    words = [str(tmp_path / "ada.py"), "--assignment", MODEL, "--out", str(tmp_path / "out")]
    call = CliRunner().invoke(grade, [*words, "--device", "cuda"])
    assert isinstance(call.exception, SandboxError)
    assert str(call.exception).startswith("--device cuda: there is no NVIDIA device at ")


def test_an_attempt_says_what_came_of_it() -> None:
    assert attempt("cpu") == COMPUTED
    assert attempt("nowhere").startswith("RuntimeError: ")
    assert len(attempt("nowhere").splitlines()) == 1


@pytest.mark.cuda
@skip_without_cuda()
def test_a_submission_answers_on_the_gpu(bubblewrap: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "import torch\n"
        "from torch import nn\n"
        "def build_model():\n"
        "    print(torch.ones(1, device='cuda').device)\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(),\n"
        "                         nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))\n"
    )
    card = find_model(MODEL)
    with open_sandbox(level="bubblewrap", device="cuda") as found:
        assert found.holds, found.reason
        rubric = load_rubric(bundled_rubric(MODEL))
        exam = Exam(card, rubric, load_dataset(card.dataset), found, Limits())
        with open_submission(tmp_path, within=found.spool) as submission:
            judged = exam.grade(submission, "ada")
    assert judged.conditions.device == "cuda"
    assert "cuda:0" in judged.printed
    assert {check.id: check.met for check in judged.checks}["parameters"]
