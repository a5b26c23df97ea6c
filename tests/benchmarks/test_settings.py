import pytest


def test_the_workbench_follows_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pathlib import Path

        def test_settings(workbench):
            settings = workbench.settings
            assert (settings.data, settings.budget, settings.seed) == ("embedded", "paper", 7)
            assert (settings.root, settings.download) == (Path("elsewhere"), True)
        """
    )
    pytester.runpytest_inprocess(
        "--gradebench-budget=paper",
        "--gradebench-seed=7",
        "--gradebench-data-root=elsewhere",
        "--gradebench-download",
    ).assert_outcomes(passed=1)
