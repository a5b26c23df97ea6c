"""`gradebench evaluate`: measure saved weights, without training anything."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from graders.commands.options import data_options
from graders.commands.tables import table

if TYPE_CHECKING:
    from benchmarks.reproduction import Evaluation


@click.command()
@click.argument("model", metavar="ID")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="A safetensors file of the model's weights.",
)
@data_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate(
    model: str,
    weights: Path,
    data: Literal["embedded", "real"],
    data_root: Path | None,
    *,
    download: bool,
    as_json: bool,
) -> None:
    """Measure weights of the model called ID on the test images.

    Printed are loss and accuracy, and whatever else the experiments with this model measure. A file
    that `gradebench reproduce` has left says by its name which setting it belongs to; any other is
    taken for the model's own, trained by the report's recipe.
    """
    from benchmarks.reproduction import evaluate_weights
    from reference_models import find_model
    from reference_models.data import load_dataset

    card = find_model(model)
    seen = load_dataset(card.dataset, data, data_root, download=download)
    found = evaluate_weights(card, weights, seen)
    click.echo(json.dumps(_plain(found), indent=2) if as_json else _text(found, weights))


def _plain(found: "Evaluation") -> dict[str, Any]:
    accuracy = found.accuracy
    return {
        "model": found.model,
        "setting": found.setting,
        "data": found.data,
        "test_examples": found.test_examples,
        "test_loss": found.loss,
        "test_accuracy": accuracy and accuracy.value,
        "test_accuracy_low": accuracy and accuracy.low,
        "test_accuracy_high": accuracy and accuracy.high,
        **found.measures,
    }


def _text(found: "Evaluation", weights: Path) -> str:
    setting = f", setting {found.setting}" if found.setting else ""
    rows = [("test loss", f"{found.loss:.4f}", "-")]
    if found.accuracy is not None:
        interval = f"[{found.accuracy.low:.4f}, {found.accuracy.high:.4f}]"
        rows.append(("test accuracy", f"{found.accuracy.value:.4f}", interval))
    rows += [
        (name.replace("_", " "), f"{value:.4f}", "-") for name, value in found.measures.items()
    ]
    return "\n".join(
        [
            f"{found.model}: {weights.name}{setting}",
            f"{found.data}, {found.test_examples:,} test examples",
            "",
            table(("measure", "value", "95 % interval"), rows),
        ]
    )
