"""What one benchmark found out, on its way into pytest-benchmark's `extra_info`."""

from math import isfinite
from typing import Any, Literal

from torch import nn

from benchmarks.device import device_name
from benchmarks.measure import Accuracy, Control, Cost, count_parameters, wilson
from benchmarks.schema import ExtraInfo, Metric
from benchmarks.training import TimedTraining
from benchmarks.trial import Trial
from benchmarks.workbench import Workbench
from reference_models.training import Scores

Figure = str | int | float | None

_NAMES = tuple(ExtraInfo.model_fields)


class Figures:
    """The recorder behind the `figures` fixture.

    Every field of the schema is there from the start, as null and with the outcome `failed`: a
    benchmark that breaks off leaves a record that says so.
    """

    def __init__(self, extra_info: dict[str, Any]) -> None:
        self._extra_info = extra_info
        self.record(**dict.fromkeys(_NAMES))
        self.conclude("failed")

    def as_dict(self) -> dict[str, Figure]:
        """What has been noted so far, by the schema's names."""
        return {name: self._extra_info[name] for name in _NAMES}

    def record(self, **figures: Figure) -> None:
        """Note `figures` by the schema's names; NaN and infinities become null, as JSON has none.

        Raises TypeError for a name the schema does not have.
        """
        unknown = figures.keys() - set(_NAMES)
        if unknown:
            raise TypeError(f"the schema has no {', '.join(sorted(unknown))}")
        self._extra_info.update({name: _finite(value) for name, value in figures.items()})

    def describe(self, trial: Trial, metric: Metric) -> None:
        """Note what is measured, on what and from which data; `metric` is the headline figure."""
        model = trial.untrained
        self.record(
            metric=metric,
            model=trial.card.id,
            assignment=trial.card.assignment,
            data=trial.data.source,
            dataset=trial.data.title,
            data_key=trial.data.key,
            budget=trial.budget,
            device=trial.device,
            device_name=device_name(trial.device),
            dtype=_dtype(model),
            seed=trial.seed,
            parameters=count_parameters(model),
            flops_per_sample=trial.forward_flops,
        )

    def record_training(self, training: TimedTraining, workbench: Workbench) -> None:
        """Note what a training cost, and how much of the device's peak it reached."""
        trial = training.trial
        self.record(
            train_seconds=training.seconds,
            epochs=trial.recipe.epochs,
            batch_size=trial.recipe.batch_size,
        )
        self.record_speed(trial, training.a_second, training.control, workbench)
        self.record(peak_memory_bytes=trial.training_memory)

    def record_speed(
        self, trial: Trial, a_second: Cost, control: Control, workbench: Workbench
    ) -> None:
        """Note what a speed is worth: beside the device's peaks, and its mood meanwhile.

        `a_second` is what is done in one.
        """
        self.record(
            warmup_seconds=trial.warmup_seconds,
            control_seconds=control.seconds,
            meeting_seconds=control.meeting_seconds,
            waiting_threads=control.waiting_threads,
            roofline_fraction=workbench.roofline_fraction(a_second, trial.device),
        )

    def record_scores(self, scores: Scores, trial: Trial) -> Accuracy | None:
        """Note what the test split made of a model, and what the report printed; return the former.

        A task without right answers has no accuracy, only a loss.
        """
        self.record(test_loss=scores.loss, test_samples=scores.examples)
        if scores.right is None:
            return None
        accuracy = wilson(scores.right, scores.examples)
        self.record(
            accuracy=accuracy.value,
            accuracy_low=accuracy.low,
            accuracy_high=accuracy.high,
            chance=trial.chance,
            reported=trial.reported,
        )
        return accuracy

    def conclude(self, outcome: Literal["passed", "failed"]) -> None:
        """Note whether what the benchmark asserts has held."""
        self.record(outcome=outcome)


def _dtype(model: nn.Module) -> str:
    """The type of the weights, `float32` for instance; several are joined by `+`."""
    kinds = sorted({str(each.dtype).removeprefix("torch.") for each in model.parameters()})
    return "+".join(kinds)


def _finite(value: Figure) -> Figure:
    return None if isinstance(value, float) and not isfinite(value) else value
