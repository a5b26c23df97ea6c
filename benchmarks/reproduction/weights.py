"""Where a reproduction leaves weights, and which setting of which experiment has left a file."""

from pathlib import Path

from reference_models import Arm, experiments


def weights_file(folder: Path, experiment: str, arm: str, seed: int) -> Path:
    """Where below `folder` the weights of a finished run lie."""
    return folder / "weights" / f"{file_name(experiment)}-{file_name(arm)}-{seed}.safetensors"


def arm_of(weights: Path, model: str) -> Arm | None:
    """The experiment's setting that left `weights`, by the file's name; None for any other name."""
    name = weights.stem.rpartition("-")[0]
    return next(
        (
            arm
            for experiment in experiments()
            for arm in experiment.arms
            if arm.model == model and f"{file_name(experiment.id)}-{file_name(arm.label)}" == name
        ),
        None,
    )


def file_name(text: str) -> str:
    """`text` with everything but letters, digits, dots and dashes made a dash."""
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in text)
