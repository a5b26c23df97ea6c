"""What a benchmark JSON holds, and the check that one does.

`benchmarks/schema.json` is the same as JSON Schema, for readers that are not Python; it is written
by `python -m benchmarks.schema` and a test holds the two equal.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmarks.errors import ResultsError

Metric = Literal[
    "parameters",
    "accuracy",
    "train_seconds",
    "samples_per_second",
    "batch_samples_per_second",
    "training_samples_per_second",
    "reach_seconds",
    "speedup",
    "product_share",
]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Several = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class _Open(BaseModel):
    """What pytest-benchmark owns: the fields we rely on are checked, the others let through."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, frozen=True)


class ExtraInfo(_Strict):
    """Gradebench's figures of one benchmark; null where the benchmark does not measure it."""

    metric: Metric
    model: Annotated[str, Field(pattern=r"^[a-z0-9]+/[a-z0-9-]+$")]
    assignment: str
    data: Literal["embedded", "real"]
    dataset: str
    data_key: str
    budget: Literal["quick", "paper"]
    device: Literal["cpu", "cuda"]
    device_name: str
    dtype: str
    seed: int
    parameters: Count
    flops_per_sample: Count
    accuracy: Fraction | None
    accuracy_low: Fraction | None
    accuracy_high: Fraction | None
    test_samples: Several | None
    train_seconds: Positive | None
    epochs: Several | None
    batch_size: Several | None
    samples_per_second: Positive | None
    warmup_seconds: Positive | None
    peak_memory_bytes: Several | None
    roofline_fraction: Annotated[float, Field(ge=0)] | None
    reported: float | None
    outcome: Literal["passed", "failed"]
    test_loss: float | None = None
    chance: Fraction | None = None
    rival: str | None = None
    experiment: str | None = None
    speedup: Positive | None = None
    speedup_low: Positive | None = None
    speedup_high: Positive | None = None
    control_seconds: Positive | None = None
    meeting_seconds: Positive | None = None
    waiting_threads: Annotated[float, Field(ge=0)] | None = None
    training_samples_per_second: Positive | None = None
    target_accuracy: Fraction | None = None
    target_loss: float | None = None
    runs: Several | None = None
    runs_reached: Count | None = None
    reach_seconds: Positive | None = None
    reach_seconds_low: Positive | None = None
    reach_seconds_high: Positive | None = None
    product_share: Fraction | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for complaint in self._complaints():
            raise ValueError(complaint)
        return self

    def _complaints(self) -> list[str]:
        rules = {
            "assignment: not the first half of model": (
                self.assignment == self.model.partition("/")[0]
            ),
            "accuracy: needs accuracy_low and accuracy_high, or neither of them": (
                _all_or_none(self.accuracy, self.accuracy_low, self.accuracy_high)
            ),
            "test_samples: counts what accuracy and test_loss were measured on": (
                (self.test_samples is not None)
                == (self.accuracy is not None or self.test_loss is not None)
            ),
            "accuracy: lies outside accuracy_low..accuracy_high": (
                _in_order(self.accuracy_low, self.accuracy, self.accuracy_high)
            ),
            "speedup: needs speedup_low and speedup_high, or neither of them": (
                _all_or_none(self.speedup, self.speedup_low, self.speedup_high)
            ),
            "speedup: needs rival": self.speedup is None or self.rival is not None,
            "speedup: lies outside speedup_low..speedup_high": (
                _in_order(self.speedup_low, self.speedup, self.speedup_high)
            ),
            "reach_seconds: needs target_accuracy, runs and runs_reached": (
                self.reach_seconds is None
                or None not in (self.target_accuracy, self.runs, self.runs_reached)
            ),
            "reach_seconds: lies outside reach_seconds_low..reach_seconds_high": (
                _in_order(self.reach_seconds_low, self.reach_seconds, self.reach_seconds_high)
            ),
            "train_seconds: needs epochs": self.train_seconds is None or self.epochs is not None,
            "reported: a figure on embedded data is never set beside a reported one": (
                self.reported is None or self.data == "real"
            ),
            "reported: only the paper's budget repeats what was reported": (
                self.reported is None or self.budget == "paper"
            ),
        }
        return [complaint for complaint, holds in rules.items() if not holds]


class Stats(_Open):
    """pytest-benchmark's timings in seconds."""

    rounds: Several
    min: float
    max: float
    mean: float
    median: Positive
    data: list[Positive] = []


class Benchmark(_Open):
    """One benchmark: its name, timings and figures."""

    name: str
    fullname: str
    stats: Stats
    extra_info: ExtraInfo


class Machine(_Open):
    """What `benchmarks.machine.MachineInfo` adds to pytest-benchmark's own description.

    `keeps_memory` says whether `benchmarks.measure.settle_memory` could do its part.
    """

    cpu_model: str
    cores: Several
    threads: Several
    torch: str
    cuda: str | None
    cuda_device: str | None
    cuda_driver: str | None
    keeps_memory: bool | None = None


class Results(_Open):
    """A whole file, as `--benchmark-json` writes it."""

    machine_info: Machine
    benchmarks: list[Benchmark]
    datetime: str
    version: str


def load(path: Path) -> Results:
    """Read and check the benchmark JSON at `path`.

    Raises ResultsError with one line that names the file, and the benchmark and field if it is one.
    """
    document = _parse(path)
    try:
        return Results.model_validate(document)
    except ValidationError as error:
        raise ResultsError(f"{path}: {_first_complaint(error, document)}") from None


def validate(path: Path) -> int:
    """Check the benchmark JSON at `path` and return how many benchmarks it holds.

    Raises ResultsError as `load` does.
    """
    return len(load(path).benchmarks)


def json_schema() -> str:
    """The schema as JSON Schema text, exactly as `benchmarks/schema.json` ships it."""
    return json.dumps(Results.model_json_schema(), indent=2) + "\n"


def _all_or_none(*values: object) -> bool:
    return len({value is None for value in values}) == 1


def _in_order(*values: float | None) -> bool:
    known = [value for value in values if value is not None]
    return known == sorted(known)


def _parse(path: Path) -> object:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ResultsError(f"{path}: cannot be read: {reason}") from None
    if not text.strip():
        raise ResultsError(f"{path}: is empty; did the run end before it wrote its results?")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ResultsError(f"{path}: {_describe(error, text)}") from None
    except RecursionError:
        raise ResultsError(f"{path}: is nested too deeply to be a benchmark JSON") from None
    except ValueError as error:
        raise ResultsError(f"{path}: {error}") from None


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON; a figure that is not known is null")


def _describe(error: json.JSONDecodeError, text: str) -> str:
    unclosed = error.pos >= len(text.rstrip()) or not text.rstrip().endswith("}")
    if unclosed and text.lstrip().startswith("{"):
        return f"ends in the middle, at line {error.lineno}: truncated?"
    return f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}"


def _first_complaint(error: ValidationError, document: object) -> str:
    complaint = error.errors()[0]
    where, what = complaint["loc"], complaint["msg"].removeprefix("Value error, ")
    subject = ""
    if where[:1] == ("benchmarks",) and len(where) > 1:
        subject, where = f"benchmark {_benchmark_name(document, where[1])}", where[2:]
    field = ".".join(str(step) for step in where)
    others = error.error_count() - 1
    line = ": ".join(part for part in (subject, field, what) if part)
    return f"{line} (and {others} more)" if others else line


def _benchmark_name(document: object, index: int | str) -> str:
    entries = document.get("benchmarks") if isinstance(document, Mapping) else None
    if isinstance(entries, list) and isinstance(index, int):
        entry: Any = entries[index]
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if isinstance(name, str):
            return f"'{name}'"
    return f"number {index}"


if __name__ == "__main__":
    Path(__file__).with_suffix(".json").write_text(json_schema(), "utf-8")
