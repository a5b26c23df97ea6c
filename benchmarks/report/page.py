"""The table and the pictures as one HTML page that needs no network."""

from base64 import b64encode
from collections.abc import Mapping

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from benchmarks.report.tables import COLUMNS, cells, common, is_number, shown_columns
from benchmarks.schema import Results

_CAPTIONS = {
    "accuracy-and-parameters": "Test accuracy against parameters, a panel a data set.",
    "accuracy-and-time": "Test accuracy against training time, a panel a data set.",
    "time-to-accuracy": "Seconds of training until a model is as accurate as its report.",
    "training-time": "Seconds of a whole training, model by model.",
    "throughput": "Samples answered a second, model by model.",
    "throughput-by-batch": "Examples a second by batch size, answering and learning.",
    "runs-against-the-first": "How many times as fast as the first run each other one is.",
    "reported-and-reproduced": "The report's accuracy beside what was measured.",
    "beside-other-loops": "How many times as fast as other loops ours trains.",
}


def page(
    runs: Mapping[str, Results],
    figures: pd.DataFrame,
    images: Mapping[str, bytes],
    failed_duels: int = 0,
) -> str:
    """Return the page: machines, the table, which sorts and filters, and `images` (PNG by name).

    Without figures there is no table, and the images stand alone.
    Every text is escaped; style, script and images are inside, and nothing else may be loaded.
    """
    environment = Environment(
        loader=PackageLoader("benchmarks.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = shown_columns(figures)
    return environment.get_template("report.html.j2").render(
        machines=[_machine(name, run) for name, run in runs.items()],
        columns=[(COLUMNS[name], is_number(figures, name)) for name in shown],
        rows=cells(figures),
        common="" if figures.empty else common(figures),
        failed_duels=failed_duels,
        failed=int((figures.outcome == "failed").sum()),
        images=[(_CAPTIONS[name], b64encode(png).decode()) for name, png in images.items()],
    )


def _machine(name: str, run: Results) -> str:
    machine = run.machine_info
    device = f", {machine.cuda_device}" if machine.cuda_device else ""
    return (
        f"{name}: {machine.cpu_model}, {machine.cores} cores, {machine.threads} torch threads"
        f"{device}, torch {machine.torch}, {run.datetime[:10]}"
    )
