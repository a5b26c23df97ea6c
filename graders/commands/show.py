"""`gradebench show`: one picture of a model, or the curves of an experiment, as a PNG."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from graders.commands.options import budget_option, data_options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from benchmarks.reproduction import Reproduction
    from reference_models import Experiment

_PATH = click.Path(path_type=Path)
_RESULTS = Path("results/reproduction.json")
# Spelt out here because importing the pictures means importing torch, and `--help` must not.
PICTURES = (
    *("curves", "filters", "features", "activations", "reconstructions", "deconvnet", "evolution"),
    *("occlusion", "invariance", "kernels", "regions", "confusion", "distributions"),
)


@click.command()
@click.argument("identity", metavar="ID")
@click.option(
    "--what",
    type=click.Choice(PICTURES),
    required=True,
    help="The kind of picture.",
    metavar="KIND",
)
@data_options
@budget_option
@click.option("--weights", type=_PATH, metavar="FILE", help="Load these instead of training.")
@click.option("--layer", metavar="NAME", help="Which layer, as `gradebench models ID` calls it.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Initial weights and batch order.",
)
@click.option(
    "--results",
    type=_PATH,
    metavar="FILE",
    help="Read an experiment's curves from there [default: results/reproduction.json].",
)
@click.option("--out", type=_PATH, metavar="FILE", help="The PNG [default: from ID and KIND].")
def show(  # noqa: PLR0913 (an argument is an option)
    identity: str,
    what: str,
    data: Literal["embedded", "real"],
    data_root: Path | None,
    *,
    download: bool,
    budget: Literal["quick", "paper"],
    weights: Path | None,
    layer: str | None,
    seed: int,
    results: Path | None,
    out: Path | None,
) -> None:
    """Save a picture of the model called ID, and print where it lies.

    KIND is curves, filters, features, activations, reconstructions, deconvnet, evolution,
    occlusion, invariance, kernels, regions, confusion or distributions. The model is trained first
    unless --weights names a file that `gradebench reproduce` has left, whose name says which
    setting of which experiment it belongs to. For curves, ID may be an
    experiment: its curves are those of the recorded runs. Where a model and an experiment have one
    name, --results asks for the experiment.
    """
    from benchmarks.reproduction import arm_of
    from reference_models import experiments, experiments_of, find_model, model_cards
    from reference_models.data import load_dataset
    from reference_models.visualise import PictureError, find_picture, save, set_scene

    path = out or Path(f"{identity.replace('/', '-')}-{what}.png")
    experiments_of([identity])  # an unknown id is refused with the nearest of all there are
    experiment = next((each for each in experiments() if each.id == identity), None)
    is_model = any(card.id == identity for card in model_cards())
    if experiment is not None and (results is not None or not is_model):
        if what != "curves":
            raise PictureError(f"{identity} is an experiment; it can show: curves")
        click.echo(save(recorded_curves(experiment, results or _RESULTS), path))
        return
    card = find_model(identity)
    picture = find_picture(what, card)
    scene = set_scene(
        card,
        load_dataset(picture.dataset or card.dataset, data, data_root, download=download),
        budget=budget,
        seed=seed,
        weights=weights,
        layer=layer,
        arm=arm_of(weights, identity) if weights else None,
        curves=what == "curves",
        progress=True,
    )
    click.echo(save(picture.draw(scene), path))


def recorded_curves(experiment: "Experiment", results: Path) -> "Figure":
    """Draw the curves of the recorded runs of `experiment`, those nearest to the report's first.

    Among several conditions a paper budget goes before a quick one, real data before embedded, and
    then what was finished last. Reported figures are drawn only where they may be compared.
    """
    from benchmarks.reproduction import read_records
    from reference_models.visualise import PictureError, curves

    records = [
        each for each in read_records(results) if each.conditions.experiment == experiment.id
    ]
    if not records:
        raise PictureError(
            f"{results} holds no run of {experiment.id}; train it with: "
            f"gradebench reproduce {experiment.id}"
        )
    record = max(records, key=lambda each: (each.may_be_compared, each.finished))
    labels = dict.fromkeys(run.arm for run in record.runs)
    return curves(
        {arm: [run.history for run in record.runs if run.arm == arm] for arm in labels},
        title=f"{experiment.id}: {experiment.title}",
        caption=_caption(record),
        reported=experiment.reported if record.may_be_compared else (),
    )


def _caption(record: "Reproduction") -> str:
    conditions = record.conditions
    datasets = dict.fromkeys(run.dataset for run in record.runs)
    return (
        f"{', '.join(datasets)}; {conditions.budget} budget; "
        f"{len(record.runs)} run{'s' * (len(record.runs) > 1)} on {conditions.device_name}"
    )
