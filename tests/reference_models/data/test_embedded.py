import subprocess
import sys

import pytest
import torch

from reference_models.data.embedded import digits


def test_digits_are_split_the_same_way_every_time() -> None:
    first, again = digits("mnist", side=28), digits("mnist", side=28)
    assert first.key == again.key
    assert torch.equal(first.test.inputs, again.test.inputs)
    assert (len(first.train), len(first.test)) == (1297, 500)


def test_no_test_digit_is_also_a_train_digit() -> None:
    data = digits("mnist", side=28)
    seen = {image.numpy().tobytes() for image in data.train.inputs}
    assert not any(image.numpy().tobytes() in seen for image in data.test.inputs)


def test_digits_fill_the_range_and_the_side_asked_for() -> None:
    for side in (28, 32):
        images = digits("mnist", side=side).train.inputs
        assert images.shape[1:] == (1, side, side)
        assert (int(images.min()), int(images.max())) == (0, 255)


def test_every_class_is_in_both_splits() -> None:
    data = digits("mnist", side=28)
    for split in (data.train, data.test):
        assert torch.bincount(split.labels, minlength=10).min() > 40


def test_digits_of_another_split_are_not_taken_from_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digits("mnist", side=28)
    monkeypatch.setattr("reference_models.data.embedded._TEST_SAMPLES", 300)
    assert len(digits("mnist", side=28).test) == 300


def test_digits_that_were_read_before_wait_for_no_library() -> None:
    digits("mnist", side=28)
    again = "from reference_models.data.embedded import digits; digits('mnist', side=28)"
    code = f"{again}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sklearn", "scipy", "pandas"} & set(done.stdout.split())
