import tarfile
from pathlib import Path

import pytest

from graders.errors import SubmissionError, UnsupportedError
from graders.submissions import ArchiveLimits, open_submission


def folder(path: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(content)
    return path


def test_a_folder_is_copied_and_the_copy_removed(tmp_path: Path) -> None:
    source = folder(tmp_path / "ada", {"model.py": "x", "w.pt": "y", "__pycache__/m.pyc": "z"})
    with open_submission(source) as submission:
        assert submission.student == "ada"
        assert submission.entry.module == "model.py"
        assert submission.entry.weights == "w.pt"
        assert sorted(path.name for path in submission.folder.iterdir()) == ["model.py", "w.pt"]
        copy = submission.folder
    assert not copy.exists()


def test_the_manifest_says_who_and_what(tmp_path: Path) -> None:
    manifest = 'student = "Ada\\nL"\nmodule = "net.py"\nbuilder = "make"\ninput_scale = "unit"\n'
    files = {"submission.toml": manifest, "net.py": "", "other.py": "", "a.pt": "", "b.pt": ""}
    files["submission.toml"] += 'weights = "b.pt"\n'
    with open_submission(folder(tmp_path / "x", files)) as submission:
        assert submission.student == "Ada L"
        assert submission.entry.module == "net.py"
        assert submission.entry.builder == "make"
        assert submission.entry.weights == "b.pt"
        assert submission.input_scale == "unit"


def test_one_folder_around_everything_is_stepped_into(tmp_path: Path) -> None:
    with open_submission(folder(tmp_path / "x", {"top/inner/model.py": ""})) as submission:
        assert (submission.folder / "model.py").is_file()


def test_the_digest_is_of_the_contents_alone(tmp_path: Path) -> None:
    first = folder(tmp_path / "a", {"model.py": "x"})
    second = folder(tmp_path / "b", {"top/model.py": "x"})
    third = folder(tmp_path / "c", {"model.py": "y"})
    digests = []
    for source in (first, second, third):
        with open_submission(source) as submission:
            digests.append(submission.digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"notes.txt": ""}, "there is no model.py"),
        ({"a.py": "", "b.py": ""}, r"several files could be the model \(a.py, b.py\): name one"),
        ({"model.py": "", "a.pt": "", "b.pth": ""}, "several files could be the weights"),
        ({"model.py": "", "submission.toml": "student ="}, "cannot be read"),
        ({"model.py": "", "submission.toml": "grade = 100"}, "grade: Extra inputs"),
        ({"model.py": "", "submission.toml": 'weights = "/etc/passwd"'}, "there is no file"),
        ({"model.py": "", "submission.toml": 'module = "../../x.py"'}, "there is no file"),
        ({"model.py": "", "submission.toml": 'input_scale = "huge"'}, "input_scale"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    with (
        pytest.raises(SubmissionError, match=reason),
        open_submission(folder(tmp_path / "x", files)),
    ):
        pass


def test_a_reason_names_no_folder_of_the_graders(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    crowded = folder(tmp_path / "crowded", {"a.py": "", "b.py": ""})
    for source, reason in ((tmp_path / "empty", "empty is an"), (crowded, "crowded has 2 files")):
        with (
            pytest.raises(SubmissionError, match=f"^{reason}"),
            open_submission(source, ArchiveLimits(files=1)),
        ):
            pass


def test_the_copy_lies_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    source = folder(tmp_path / "x", {"model.py": ""})
    with open_submission(source, within=tmp_path / "spool") as submission:
        assert submission.folder.is_relative_to(tmp_path / "spool")


def test_a_tar_is_called_after_what_is_in_front_of_both_its_endings(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "ada.v2.tar.gz", "w:gz") as archive:
        archive.add(folder(tmp_path / "x", {"model.py": ""}), "work")
    with open_submission(tmp_path / "ada.v2.tar.gz") as submission:
        assert submission.student == "ada.v2"
        assert (submission.folder / "model.py").is_file()


def test_a_link_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path / "x", {"model.py": ""})
    (source / "data").symlink_to("/etc")
    with pytest.raises(SubmissionError, match="data is a link"), open_submission(source):
        pass


def test_a_submission_that_is_a_link_is_left_to_a_person(tmp_path: Path) -> None:
    other = folder(tmp_path / "other", {"model.py": ""})
    for name, target in (("work", other), ("work.py", other / "model.py")):
        (tmp_path / name).symlink_to(target)
        with (
            pytest.raises(UnsupportedError, match=f"{name} is a link"),
            open_submission(tmp_path / name),
        ):
            pass


def test_a_file_too_deep_is_refused(tmp_path: Path) -> None:
    deep = folder(tmp_path / "x", {"a/" * 60 + "model.py": ""})
    with pytest.raises(SubmissionError, match="too deep in folders"), open_submission(deep):
        pass


def test_too_much_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path / "x", {"model.py": "", "big.bin": "x" * 100})
    with (
        pytest.raises(SubmissionError, match="larger than is allowed"),
        open_submission(source, ArchiveLimits(total_bytes=50)),
    ):
        pass


@pytest.mark.parametrize("name", ["missing", "work.rar"])
def test_a_form_that_is_not_known_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "work.rar").write_text("")
    with pytest.raises(SubmissionError, match=name), open_submission(tmp_path / name):
        pass
