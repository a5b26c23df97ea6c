import pytest

NEEDS_DATA = """
    def test_needs_data(workbench, reference_model):
        pass
"""


def test_missing_data_ends_the_run_in_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(NEEDS_DATA)
    result = pytester.runpytest_inprocess(
        "--gradebench-data=real", f"--gradebench-data-root={pytester.path}"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    complaint = [line for line in result.errlines if line]
    assert len(complaint) == 1
    assert str(pytester.path) in complaint[0]
    assert "--download" in complaint[0]
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("extra", ["--collect-only", "--deselect=test_missing.py"])
def test_data_that_no_test_will_use_may_be_missing(pytester: pytest.Pytester, extra: str) -> None:
    pytester.makepyfile(test_missing=NEEDS_DATA, test_other="def test_other(): pass")
    result = pytester.runpytest_inprocess(
        "--gradebench-data=real", f"--gradebench-data-root={pytester.path}", extra
    )
    assert result.ret == pytest.ExitCode.OK
