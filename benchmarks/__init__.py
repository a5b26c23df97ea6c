"""First floor: how a model is measured, and the pytest-benchmark suite that measures them all."""
