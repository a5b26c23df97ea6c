import pytest

from benchmarks import device

PROBE = """
    import pytest
    from benchmarks.device import cpu_and_cuda

    @pytest.mark.parametrize("device", cpu_and_cuda())
    def test_probe(device):
        pass

    def test_other():
        pass
"""


@pytest.fixture
def probe(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A run of its own, with one test for each device and one for none, on a machine to choose."""
    monkeypatch.delenv(device.REQUIRE_VARIABLE, raising=False)
    pytester.makeini("[pytest]\naddopts = --strict-markers")
    pytester.makepyfile(PROBE)
    return pytester


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.fixture
def with_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)


@pytest.mark.usefixtures("no_cuda")
def test_without_cuda_its_cases_are_skipped_with_a_reason(probe: pytest.Pytester) -> None:
    result = probe.runpytest_inprocess("-rs")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*torch sees no CUDA device on this machine"])


@pytest.mark.usefixtures("no_cuda")
def test_a_run_that_requires_cuda_fails_its_cases_without_it(
    probe: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(device.REQUIRE_VARIABLE, "1")
    result = probe.runpytest_inprocess()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["GRADEBENCH_REQUIRE_CUDA=1, but torch sees no CUDA device*"])


@pytest.mark.usefixtures("with_cuda")
def test_with_cuda_every_case_runs(probe: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(device.REQUIRE_VARIABLE, "1")
    probe.runpytest_inprocess().assert_outcomes(passed=3)


@pytest.mark.usefixtures("with_cuda")
@pytest.mark.parametrize("wanted", ["cpu", "cuda"])
def test_only_the_wanted_device_runs_beside_tests_for_none(
    probe: pytest.Pytester, wanted: str
) -> None:
    result = probe.runpytest_inprocess("-v", f"--gradebench-device={wanted}")
    result.assert_outcomes(passed=2, deselected=1)
    result.stdout.fnmatch_lines([f"*test_probe?{wanted}? PASSED*"])


@pytest.mark.usefixtures("no_cuda")
def test_cuda_asked_for_by_name_and_missing_ends_the_run(probe: pytest.Pytester) -> None:
    result = probe.runpytest_inprocess("--gradebench-device=cuda")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --device cuda: torch sees no CUDA device*"])


def test_a_cpu_is_called_by_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "cpu_model", lambda: "Abacus 9000")
    assert device.device_name("cpu") == "Abacus 9000"


def test_a_card_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.get_device_name", lambda which: f"card of {which}")
    assert device.device_name("cuda") == "card of cuda"
