"""What every test run of this project has: a pytest inside pytest, and the options' short names."""

pytest_plugins = ["pytester", "benchmarks.short_options"]
