"""How often a classifier is right, and how sure a finite test set makes one of it."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from torch import Tensor

from benchmarks.errors import MeasurementError


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers in [0, 1] with its Wilson score interval, `low <= value <= high`.

    The interval speaks of the finite test set alone. It knows nothing of the spread between
    training seeds, nor of a test set that differs from the world.
    """

    correct: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Correct over total."""
        return self.correct / self.total


def wilson(correct: int, total: int, confidence: float = 0.95) -> Accuracy:
    """Return the accuracy `correct / total` with its Wilson score interval.

    Unlike the textbook interval it stays inside [0, 1] and keeps a width at 0 and at `total`.
    Source: E. B. Wilson (1927), J. Am. Stat. Assoc. 22, 209-212. SciPy has it too, and takes as
    long to import as all else that a student waits for after torch.
    Raises MeasurementError without samples or with more right answers than questions.
    """
    if not 0 <= correct <= total or total == 0:
        raise MeasurementError(f"{correct} right of {total} answers is no accuracy")
    share, doubt = correct / total, NormalDist().inv_cdf((1 + confidence) / 2) ** 2 / total
    middle = (share + doubt / 2) / (1 + doubt)
    reach = sqrt(share * (1 - share) * doubt + doubt**2 / 4) / (1 + doubt)
    # Rounding may push a bound a hair past the share that it encloses, or out of the unit range.
    low, high = max(min(middle - reach, share), 0.0), min(max(middle + reach, share), 1.0)
    return Accuracy(correct, total, low, high)


def score(logits: Tensor, labels: Tensor) -> Accuracy:
    """Return the accuracy of `logits` `(N, classes)` on `labels` `(N,)` int64, on one device.

    The largest logit is the answer. A row with a NaN or an infinity is a wrong answer, because
    `argmax` would turn it into a class number as if nothing had happened.
    Raises MeasurementError when the shapes do not belong together.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise MeasurementError(
            f"logits {tuple(logits.shape)} do not answer labels {tuple(labels.shape)}"
        )
    right = (logits.argmax(dim=1) == labels) & logits.isfinite().all(dim=1)
    return wilson(int(right.sum()), len(labels))
