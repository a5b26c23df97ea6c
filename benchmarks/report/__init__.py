"""Benchmark JSON to tables, pictures and one HTML page."""

from benchmarks.report.page import page
from benchmarks.report.pictures import pictures
from benchmarks.report.tables import as_csv, as_markdown, figures_of
from benchmarks.report.writing import write_report

__all__ = ["as_csv", "as_markdown", "figures_of", "page", "pictures", "write_report"]
