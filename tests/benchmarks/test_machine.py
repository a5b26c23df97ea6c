import json
from pathlib import Path

import pytest
import torch

from benchmarks import machine
from benchmarks.schema import Machine


def test_the_description_is_what_the_schema_asks_for() -> None:
    described = machine.machine_info()
    assert Machine.model_validate(described).torch == torch.__version__
    assert json.loads(json.dumps(described)) == described
    assert described["cores"] >= 1
    assert described["threads"] == torch.get_num_threads()


def test_the_cpu_is_called_what_the_system_calls_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Abacus 9000 \nmodel name\t: Other\n")
    monkeypatch.setattr(machine, "_CPU_INFO", info)
    assert machine.cpu_model() == "Abacus 9000"


@pytest.mark.parametrize("text", [None, "Features : fp asimd\n"])
def test_a_cpu_without_a_name_is_called_by_its_architecture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    info = tmp_path / "cpuinfo"
    if text is not None:
        info.write_text(text)
    monkeypatch.setattr(machine, "_CPU_INFO", info)
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert machine.cpu_model() == "riscv64"


@pytest.mark.parametrize(("text", "driver"), [("570.86.15\n", "570.86.15"), ("\n", None)])
def test_the_driver_is_the_loaded_module_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, driver: str | None
) -> None:
    version = tmp_path / "version"
    version.write_text(text)
    monkeypatch.setattr(machine, "_NVIDIA_DRIVER", version)
    assert machine.machine_info()["cuda_driver"] == driver


def test_no_driver_is_null(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "_NVIDIA_DRIVER", tmp_path / "version")
    assert machine.machine_info()["cuda_driver"] is None
