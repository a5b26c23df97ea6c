from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from reference_models.data import Split
from reference_models.data.cache import cached_splits


class Decoder:
    """Counts how often it is called; its pixels are the source file's bytes."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.calls = 0

    def __call__(self) -> tuple[Split, Split]:
        self.calls += 1
        values = torch.tensor(list(self.source.read_bytes()), dtype=torch.uint8)
        split = Split(values.view(-1, 1, 1, 1), torch.arange(len(values)))
        return split, Split(split.inputs[:1].clone(), split.labels[:1].clone())


@pytest.fixture
def decoder(tmp_path: Path) -> Decoder:
    source = tmp_path / "pixels"
    source.write_bytes(b"abc")
    return Decoder(source)


def test_a_second_look_decodes_nothing_and_sees_the_same(decoder: Decoder) -> None:
    first = cached_splits("x", [decoder.source], decoder)
    second = cached_splits("x", [decoder.source], decoder)
    assert decoder.calls == 1
    assert first[0] == second[0]
    assert torch.equal(first[1].inputs, second[1].inputs)


def test_changed_contents_are_decoded_anew_under_another_key(decoder: Decoder) -> None:
    key, *_ = cached_splits("x", [decoder.source], decoder)
    decoder.source.write_bytes(b"abcd")
    other, train, _ = cached_splits("x", [decoder.source], decoder)
    assert other != key
    assert len(train) == 4


def test_the_same_bytes_in_another_place_share_a_key(decoder: Decoder, tmp_path: Path) -> None:
    key, *_ = cached_splits("x", [decoder.source], decoder)
    copy = tmp_path / "elsewhere" / tmp_path.name / "pixels"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"abc")
    assert cached_splits("x", [copy], decoder)[0] == key
    assert decoder.calls == 1


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def _scribble(path: Path) -> None:
    path.write_bytes(b"not a cache")


def _narrow(path: Path) -> None:
    save_file({name: part.to(torch.int8) for name, part in load_file(path).items()}, path)


@pytest.mark.parametrize("harm", [_truncate, _scribble, _narrow, Path.unlink])
def test_a_damaged_cache_is_decoded_again(
    harm: Callable[[Path], None], decoder: Decoder, empty_cache: Path
) -> None:
    cached_splits("x", [decoder.source], decoder)
    (stored,) = empty_cache.glob("*.safetensors")
    harm(stored)
    _, train, _ = cached_splits("x", [decoder.source], decoder)
    assert train.inputs.flatten().tolist() == list(b"abc")
    assert decoder.calls == 2


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("GRADEBENCH_CACHE", str(in_the_way))
    _, train, _ = cached_splits("x", [decoder.source], decoder)
    assert train.inputs.flatten().tolist() == list(b"abc")


def test_changing_a_cached_tensor_leaves_the_file_as_it_was(decoder: Decoder) -> None:
    cached_splits("x", [decoder.source], decoder)
    _, train, _ = cached_splits("x", [decoder.source], decoder)
    train.inputs.zero_()
    _, again, _ = cached_splits("x", [decoder.source], decoder)
    assert again.inputs.flatten().tolist() == list(b"abc")


def test_no_half_written_file_is_left_behind(decoder: Decoder, empty_cache: Path) -> None:
    cached_splits("x", [decoder.source], decoder)
    assert sorted(path.suffix for path in empty_cache.iterdir()) == [".key", ".safetensors"]
