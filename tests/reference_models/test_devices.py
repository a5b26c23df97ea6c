import pytest

from reference_models.devices import synchronise


def test_a_cpu_has_nothing_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.synchronize", lambda _: pytest.fail("CUDA was asked to wait"))
    synchronise("cpu")


def test_a_cuda_device_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[object] = []
    monkeypatch.setattr("torch.cuda.synchronize", waited.append)
    synchronise("cuda:1")
    assert waited == ["cuda:1"]
