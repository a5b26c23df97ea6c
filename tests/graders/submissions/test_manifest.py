from pathlib import Path

import pytest

from graders.errors import SubmissionError
from graders.submissions.manifest import Manifest, read_manifest


def test_without_a_manifest_nothing_is_said(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == Manifest()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('model = "a"\nmodule = "b"', "submission.toml: name only one of module, model and pred"),
        ("student = 3", "submission.toml: student: "),
        ("x" * 70_000, "cannot be read"),
        ("\ud800", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "submission.toml").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(SubmissionError, match=reason) as caught:
        read_manifest(tmp_path)
    assert "\n" not in str(caught.value)
