"""What all tests share."""

from hypothesis import HealthCheck, settings

# A deadline is a wall-clock limit: on a busy machine it fails tests that are right.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
