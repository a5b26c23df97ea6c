"""A report's files, written where the caller wants them."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.errors import ResultsError
from benchmarks.report.by_batch import by_batch
from benchmarks.report.duels import beside_other_loops
from benchmarks.report.page import page
from benchmarks.report.pictures import pictures
from benchmarks.report.tables import as_csv, as_markdown, duels_of, figures_of, speeds_by_batch
from benchmarks.schema import Results, load


def write_report(files: list[Path], out: Path) -> list[Path]:
    """Write `report.html`, its figures as CSV and Markdown, and a PNG a picture below `out`.

    Duels with rivals have a CSV of their own.
    Returns what was written, the page first. `files` are benchmark JSONs, the one that others are
    set against first. Raises ResultsError for a file that is none, or where nothing was measured.
    """
    runs = load_runs(files)
    figures, duels = figures_of(runs), duels_of(runs)
    if figures.empty and duels.empty:
        raise ResultsError(f"{files[0]}: holds no benchmark of a model: nothing to report")
    drawn = pictures(figures) | by_batch(speeds_by_batch(runs)) | beside_other_loops(duels)
    images = {name: _png(figure) for name, figure in drawn.items()}
    failed_duels = int((duels.outcome == "failed").sum())
    texts = {"report.html": page(runs, figures, images, failed_duels)}
    if not figures.empty:
        texts |= {"figures.csv": as_csv(figures), "figures.md": as_markdown(figures)}
    if not duels.empty:
        texts["duels.csv"] = as_csv(duels)
    contents = {name: text.encode() for name, text in texts.items()}
    contents |= {f"{name}.png": png for name, png in images.items()}
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / name).write_bytes(content)
    return [out / name for name in contents]


def load_runs(files: list[Path]) -> Mapping[str, Results]:
    """Read every file; a run is called as its file, with its folder where two are alike."""
    stems = [file.stem for file in files]
    names = [
        file.stem if stems.count(file.stem) == 1 else f"{file.resolve().parent.name}/{file.stem}"
        for file in files
    ]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ResultsError(f"{files[number]}: another run is called '{name}', too: rename one")
    return {name: load(file) for name, file in zip(names, files, strict=True)}


def _png(figure: Figure) -> bytes:
    data = BytesIO()
    figure.savefig(data, format="png", facecolor="white", bbox_inches="tight", pad_inches=0.15)
    return data.getvalue()
