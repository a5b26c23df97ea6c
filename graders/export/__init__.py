"""Grades in the forms that other programs and people read."""

from graders.export.files import write_reports, write_results

__all__ = ["write_reports", "write_results"]
