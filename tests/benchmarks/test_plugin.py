import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest

MEASURED = """
    import pytest

    def work():
        return sum(range(100))

    def test_holds(benchmark, figures):
        figures.record(train_seconds=float("nan"), epochs=1)
        benchmark.pedantic(work, rounds=2, iterations=1)

    def test_breaks(benchmark, figures):
        benchmark.pedantic(work, rounds=2, iterations=1)
        assert False, "after the benchmark ran"

    @pytest.fixture
    def untidy():
        yield
        raise RuntimeError("on the way out")

    def test_breaks_at_teardown(benchmark, figures, untidy):
        benchmark.pedantic(work, rounds=2, iterations=1)

    def test_of_somebody_else(benchmark):
        benchmark.extra_info["theirs"] = 1
        benchmark.pedantic(work, rounds=2, iterations=1)
"""


def run_for_json(pytester: pytest.Pytester, *arguments: str) -> dict[str, Any]:
    pytester.runpytest_inprocess("--benchmark-json=out.json", *arguments)
    text = (pytester.path / "out.json").read_text("utf-8")
    written: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    return written


def extra_infos(written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry["extra_info"] for entry in written["benchmarks"]}


@pytest.fixture
def written(pytester: pytest.Pytester) -> dict[str, Any]:
    """The JSON of a run in which some benchmarks hold and some break."""
    pytester.makepyfile(MEASURED)
    return run_for_json(pytester)


def test_the_json_tells_a_benchmark_that_held_from_one_that_broke(written: dict[str, Any]) -> None:
    infos = extra_infos(written)
    assert infos["test_holds"]["outcome"] == "passed"
    assert infos["test_breaks"]["outcome"] == "failed"
    assert infos["test_breaks_at_teardown"]["outcome"] == "failed"
    assert infos["test_of_somebody_else"] == {"theirs": 1}
    assert infos["test_holds"]["train_seconds"] is None
    assert written["machine_info"]["threads"] >= 1
    assert written["machine_info"]["keeps_memory"] in (True, False)


def test_what_was_measured_before_ctrl_c_is_in_the_json(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def work():
            return sum(range(100))

        def stopped():
            raise KeyboardInterrupt

        def test_done(benchmark, figures):
            benchmark.pedantic(work, rounds=2, iterations=1)

        def test_broken_off(benchmark, figures):
            benchmark.pedantic(stopped, rounds=2, iterations=1)
    """)
    result = pytester.runpytest_subprocess("--benchmark-json=out.json")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    written = json.loads((pytester.path / "out.json").read_text("utf-8"))
    assert [entry["name"] for entry in written["benchmarks"]] == ["test_done"]
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_somebody_else_s_machine_info_stays_as_it_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_theirs(benchmark): benchmark.pedantic(int)")
    ours = {"torch", "threads", "cuda", "keeps_memory"}
    assert not ours & run_for_json(pytester)["machine_info"].keys()


def test_comparing_two_runs_does_not_take_them_for_two_machines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_ours(benchmark, figures): benchmark.pedantic(int)")
    options = ("-p", "benchmarks.short_options", "--benchmark-storage=saved")
    pytester.runpytest_inprocess(*options, "--benchmark-autosave")
    second = pytester.runpytest_inprocess(*options, "--benchmark-compare")
    assert "Comparing against benchmarks from" in str(second.stderr) + str(second.stdout)
    assert "machine_info is different" not in str(second.stderr) + str(second.stdout)


@pytest.mark.parametrize("switch", ["--benchmark-disable", "--benchmark-skip"])
def test_a_run_without_timing_still_judges(pytester: pytest.Pytester, switch: str) -> None:
    pytester.makepyfile(MEASURED)
    counted = pytester.runpytest_inprocess(switch).parseoutcomes()
    disabled = {"passed": 3, "failed": 1, "errors": 1}
    assert counted == (disabled if switch == "--benchmark-disable" else {"skipped": 4})


def test_workers_of_xdist_run_the_tests_untimed(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(MEASURED)
    result = pytester.runpytest_subprocess("-n1", "-Wignore")
    result.assert_outcomes(passed=3, failed=1, errors=1)


def test_without_pytest_benchmark_other_tests_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_anything(): pass")
    pytester.runpytest_subprocess("-p", "no:benchmark").assert_outcomes(passed=1)


def loaded_by(code: str) -> Iterable[str]:
    """The modules that a fresh interpreter has loaded after running `code`."""
    listing = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    loaded = loaded_by("import benchmarks.plugin")
    assert "benchmarks.plugin" in loaded
    assert not {"torch", "numpy", "pandas", "scipy", "pydantic"} & set(loaded)


def test_a_run_of_somebody_else_s_tests_never_loads_torch(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_light(tmp_path, capsys, benchmark):
            benchmark.pedantic(int, rounds=1)
            assert "torch" not in sys.modules
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
