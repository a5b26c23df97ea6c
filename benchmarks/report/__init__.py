"""Benchmark JSON to tables, pictures and one HTML page."""

from benchmarks.report.by_batch import by_batch
from benchmarks.report.duels import beside_other_loops
from benchmarks.report.page import page
from benchmarks.report.pictures import pictures
from benchmarks.report.tables import as_csv, as_markdown, duels_of, figures_of, speeds_by_batch
from benchmarks.report.writing import write_report

__all__ = [
    "as_csv",
    "as_markdown",
    "beside_other_loops",
    "by_batch",
    "duels_of",
    "figures_of",
    "page",
    "pictures",
    "speeds_by_batch",
    "write_report",
]
