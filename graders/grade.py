"""The words of a grade: verdicts, checks, and everything needed to defend them later."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from benchmarks.measure import Ratio
from graders.rubric import Visibility
from reference_models.data import Source

Verdict = Literal["passed", "partial", "failed", "ungraded"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Timing(_Record):
    """What a ratio of times was found from, so that it can be defended.

    `low` to `high` is the 95 % interval of the median `ratio` over the rounds; seconds are of each
    round, of the submission and of the reference, for `samples` inputs that nobody had seen before.
    """

    ratio: float
    low: float
    high: float
    samples: int
    seconds: tuple[float, ...]
    reference_seconds: tuple[float, ...]

    @classmethod
    def of(
        cls, ratio: Ratio, samples: int, seconds: Sequence[float], reference: Sequence[float]
    ) -> Self:
        """What `ratio` was found from: seconds of the submission, and of the reference."""
        return cls(
            ratio=ratio.median,
            low=ratio.low,
            high=ratio.high,
            samples=samples,
            seconds=tuple(seconds),
            reference_seconds=tuple(reference),
        )

    @property
    def rounds(self) -> int:
        """How many pairs were measured."""
        return len(self.seconds)


class Check(_Record):
    """One criterion, judged: `met` when nothing was lost.

    `interval` bounds the measured share where it comes from a finite sample; `timing` is there
    where the clock was asked.
    """

    id: str
    name: str
    met: bool
    points: float
    most: float
    expected: str
    measured: str
    interval: tuple[float, float] | None = None
    timing: Timing | None = None
    advice: str = ""
    visibility: Visibility = "visible"


class Conditions(_Record):
    """What a submission was judged with: enough to judge it the same way again.

    `examples` is the word for what `test_samples` counts.
    """

    assignment: str
    rubric: str
    source: Source
    dataset: str
    data_key: str
    test_samples: int
    examples: str = "images"
    sandbox: str
    gradebench: str
    torch: str
    device: str
    limits: dict[str, float]

    @property
    def test(self) -> str:
        """What was asked, in words: `10,000 images of MNIST (real data)`."""
        asked = f"{self.test_samples:,} {self.examples} of {self.dataset}"
        return asked if self.examples == "calls" else f"{asked} ({self.source} data)"

    def compares_with(self, other: "Conditions") -> bool:
        """Whether grades of both may stand in one table: the same questions, the same scale."""
        ours = (self.assignment, self.rubric, self.data_key)
        return ours == (other.assignment, other.rubric, other.data_key)


class Grade(_Record):
    """A judged submission. `ungraded` is never zero: `score` is None and `reason` says why.

    `found` says which of its files were read, as what, and which were not.
    `seed` is what it was asked was drawn from, where that was drawn at random.
    """

    name: str
    student: str
    verdict: Verdict
    score: float | None
    most: float
    reason: str
    checks: tuple[Check, ...]
    conditions: Conditions
    digest: str
    found: str = ""
    printed: str = ""
    seconds: float = 0.0
    seed: int | None = None
