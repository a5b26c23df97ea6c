"""What students send, in every form: opened without running any of it."""

from graders.submissions.archives import ArchiveLimits
from graders.submissions.found import CODE, Found, whole_ones
from graders.submissions.opening import Submission, open_submission

__all__ = ["CODE", "ArchiveLimits", "Found", "Submission", "open_submission", "whole_ones"]
