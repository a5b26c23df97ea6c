"""The errors a user may cause. Each message is one line: what was wrong, where, and what to do."""


class GradebenchError(Exception):
    """Root of every error that is the caller's to mend; front ends print it without a traceback."""


class UnknownIdError(GradebenchError):
    """An assignment, model or experiment id that the catalogue does not hold."""


class DataError(GradebenchError):
    """A data set that is missing, incomplete or malformed."""


class RecipeError(GradebenchError):
    """A training recipe that cannot be carried out as asked."""


class TrainingError(GradebenchError):
    """Training that cannot go on, for example because the loss is not a number."""


class CheckpointError(GradebenchError):
    """A checkpoint that is unreadable or belongs to another run."""
