from pathlib import Path

import pytest
import torch

from reference_models.errors import CheckpointError
from reference_models.training.checkpoints import fingerprint, load_checkpoint, save_checkpoint


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.pt"
    save_checkpoint(path, "me", {"weights": torch.arange(3)})
    content = load_checkpoint(path, "me")
    assert content is not None
    assert content["weights"].tolist() == [0, 1, 2]
    assert [entry.name for entry in path.parent.iterdir()] == ["run.pt"]


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "none.pt", "me") is None


def test_another_runs_checkpoint_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "run.pt", "me", {})
    with pytest.raises(CheckpointError, match="belongs to another run"):
        load_checkpoint(tmp_path / "run.pt", "you")


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_truncated_checkpoint_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "run.pt"
    save_checkpoint(path, "me", {"weights": torch.arange(1000)})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"run\.pt is damaged; delete it"):
        load_checkpoint(path, "me")


def test_a_checkpoint_of_another_format_is_refused(tmp_path: Path) -> None:
    torch.save({"format": 0}, tmp_path / "old.pt")
    torch.save([1], tmp_path / "list.pt")
    for name in ("old.pt", "list.pt"):
        with pytest.raises(CheckpointError, match="has another format"):
            load_checkpoint(tmp_path / name, "me")


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "exploded",))  # type: ignore[return-value]

    torch.save({"format": 1, "identity": "me", "bomb": Bomb()}, tmp_path / "run.pt")
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(tmp_path / "run.pt", "me")
    assert not (tmp_path / "exploded").exists()


def test_a_checkpoint_that_cannot_be_written_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="cannot write checkpoint"):
        save_checkpoint(tmp_path / "file" / "run.pt", "me", {})


def test_a_failed_write_keeps_the_checkpoint_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.pt"
    save_checkpoint(path, "me", {"epoch": 1})

    def full_disk(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(CheckpointError, match="No space left on device"):
        save_checkpoint(path, "me", {"epoch": 2})
    content = load_checkpoint(path, "me")
    assert content is not None
    assert content["epoch"] == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.pt"]


def test_fingerprints_tell_runs_apart_whatever_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
