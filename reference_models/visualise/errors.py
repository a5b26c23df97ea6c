"""What can go wrong when a picture is asked for."""

from reference_models.errors import GradebenchError


class PictureError(GradebenchError):
    """A picture that a model cannot give, or that asks for a layer it does not have."""
