"""What can go wrong on the way to a grade, as the caller's to mend; each message is one line."""

from reference_models import GradebenchError


class SubmissionError(GradebenchError):
    """A submission that cannot be opened: not an archive, unsafe, too large or without code."""


class UnsupportedError(SubmissionError):
    """A kind of file that this grader cannot open: a person must look, it is nobody's zero."""


class RubricError(GradebenchError):
    """A rubric that cannot be read; the message names the file, the line and the field."""


class SandboxError(GradebenchError):
    """No sandbox that holds on this machine; submissions end ungraded, for this reason."""


class StoreError(GradebenchError):
    """A folder of grades that cannot be used for this run."""


class RosterError(GradebenchError):
    """A table of students that cannot be read, or that grades do not fit."""


class ExportError(GradebenchError):
    """An export that cannot be made of what was given."""


class LatenessError(GradebenchError):
    """A deadline or a table of times that cannot be read, or that lacks a submission."""


class RivalError(GradebenchError):
    """Another grader that cannot be measured here."""
