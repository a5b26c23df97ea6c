"""Small data and an empty cache for tests of the ground floor."""

from pathlib import Path

import pytest
import torch

from reference_models.data import Dataset, Split, data_root
from reference_models.data.roots import CACHE_VARIABLE


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a cache folder of its own, so that none sees what another decoded."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    return folder


@pytest.fixture
def blobs() -> Dataset:
    """150 train and 40 test images of two classes that differ in brightness."""
    generator = torch.Generator().manual_seed(0)

    def split(count: int) -> Split:
        labels = torch.arange(count) % 2
        noise = torch.randint(0, 100, (count, 1, 28, 28), generator=generator)
        return Split((noise + 120 * labels.view(-1, 1, 1, 1)).to(torch.uint8), labels)

    return Dataset(
        "blobs", "embedded", "blobs", ("dark", "bright"), "blobs-1", split(150), split(40)
    )


@pytest.fixture
def real_root() -> Path:
    """The folder of real data; a test that asks for it is skipped where there is none."""
    root = data_root()
    if not (root / "MNIST").is_dir():
        pytest.skip(f"no real data in {root}; name its folder in GRADEBENCH_DATA")
    return root
