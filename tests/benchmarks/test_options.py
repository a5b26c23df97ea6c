import pytest

from benchmarks.options import OPTIONS


def test_another_project_may_have_our_short_options(pytester: pytest.Pytester) -> None:
    names = [f"--{option.name}" for option in OPTIONS]
    pytester.makeconftest(
        f"""
        def pytest_addoption(parser):
            for name in {names}:
                parser.addoption(name, dest="their" + name)
        """
    )
    pytester.makepyfile(
        f"""
        def test_theirs(pytestconfig):
            assert {{pytestconfig.getoption("their" + name) for name in {names}}} == {{"value"}}
        """
    )
    pytester.runpytest_inprocess(*(f"{name}=value" for name in names)).assert_outcomes(passed=1)


def test_short_options_say_the_same(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_settings(workbench):
            assert (workbench.settings.budget, workbench.settings.seed) == ("paper", 3)
        """
    )
    short = ("-p", "benchmarks.short_options", "--budget", "paper", "--seed", "3")
    pytester.runpytest_inprocess(*short).assert_outcomes(passed=1)
