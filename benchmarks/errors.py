"""What can go wrong while measuring, each message one line that a user can act on."""

from reference_models import GradebenchError


class MeasurementError(GradebenchError):
    """Something that cannot be measured as asked."""


class ResultsError(GradebenchError):
    """A benchmark JSON that is unreadable or breaks the schema."""
