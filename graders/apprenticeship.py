"""How long a submission's own training takes beside the reference's recipe, and how it ends."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Self

import torch
from torch import Tensor

from benchmarks.measure import compare
from graders.evidence import accuracy
from graders.grade import Timing
from graders.questions import Questions
from graders.reference_entrant import reference_entrant
from graders.sandbox import Entrant, Fault, Limits, Sandbox, Trained, observe_training
from reference_models import ModelCard
from reference_models.data import InputScale, Split, scale_pixels

ROUNDS = 7
_CONFIDENCE = 0.95
_SPARE = 1.25
_SPARE_SECONDS = 0.1
"""What a clock of processor time may be wrong by, and what a process does beside training."""

_alone = Lock()
"""One at a time: two at once would disturb each other."""


@dataclass(frozen=True)
class Apprenticeship:
    """The ratio of training times and the accuracy of the worst training, or what ended it.

    `accuracy` is the upper end of its interval. `overdrawn` says that it took more processors than
    it may.
    """

    timing: Timing | None = None
    accuracy: float = 0.0
    overdrawn: bool = False
    fault: Fault | None = None


@dataclass(frozen=True)
class Lesson:
    """What is taught in one round, and in which order it is asked afterwards.

    `names` are what the classes are called in this round: whoever brings a trained model along does
    not know them.
    """

    split: Split
    names: Tensor
    order: Tensor

    @classmethod
    def draw(cls, train: Split, samples: int, questions: int, classes: int) -> Self:
        """Choose so many samples, or all there are, the names and the order, all in secret."""
        generator = torch.Generator().manual_seed(secrets.randbits(63))
        chosen = torch.randperm(len(train), generator=generator)[:samples]
        names = torch.randperm(classes, generator=generator)
        order = torch.randperm(questions, generator=generator)
        split = train.take(chosen)
        return cls(Split(split.inputs, names[split.labels]), names, order)

    def accuracy(self, seen: Trained, questions: Questions) -> float:
        """The upper end of the accuracy's interval, the classes called as they always are."""
        assert seen.answers is not None  # noqa: S101 - there was no fault
        answers = questions.as_answers(seen.answers)[:, self.names.numpy()]
        return accuracy(answers, questions.labels[self.order], _CONFIDENCE).high


@dataclass(frozen=True)
class School:
    """Where training is timed: card, data, questions and limits are the same for everybody."""

    sandbox: Sandbox
    card: ModelCard
    train: Split
    questions: Questions
    limits: Limits

    def compare(
        self, submission: Entrant, scale: InputScale, samples: int, cancel: Event | None = None
    ) -> Apprenticeship:
        """Let a submission and the reference train in turns, A B, B A, each time in a fresh child.

        A child sees no file but code, and no label but those of its lesson.
        """
        own: list[Trained] = []
        other: list[Trained] = []
        worst = 1.0
        spool = self.sandbox.spool
        with (
            _alone,
            _code_alone(submission, spool) as student,
            reference_entrant(self.card, spool) as reference,
        ):
            for number in range(ROUNDS):
                lesson = Lesson.draw(self.train, samples, len(self.questions), self.card.classes)
                if number % 2 == 0:
                    own.append(self._taught(student, lesson, scale, cancel))
                other.append(self._taught(reference, lesson, None, cancel))
                if number % 2 == 1:
                    own.append(self._taught(student, lesson, scale, cancel))
                if fault := _blamed(own[-1], other[-1]):
                    return Apprenticeship(fault=fault)
                worst = min(worst, lesson.accuracy(own[-1], self.questions))
        return summary(own, other, worst, len(lesson.split), self.limits.threads)

    def _taught(
        self, who: Entrant, lesson: Lesson, scale: InputScale | None, cancel: Event | None
    ) -> Trained:
        """Teach and ask; without a `scale` the inputs of the lesson are as they are stored."""
        inputs = lesson.split.inputs
        shown = inputs if scale is None else scale_pixels(inputs, scale)
        return observe_training(
            self.sandbox,
            who,
            (shown.numpy(), lesson.split.labels.numpy()),
            list(self.questions.batches(lesson.order, scale or self.questions.scale)),
            self.questions.shape,
            self.limits,
            cancel,
        )


def summary(
    own: Sequence[Trained], other: Sequence[Trained], worst: float, samples: int, threads: int
) -> Apprenticeship:
    """Return what rounds without a fault come to; `worst` is the least accuracy of all."""
    seconds, reference = ([one.seconds for one in each] for each in (own, other))
    allowed = _SPARE * threads * sum(seconds) + _SPARE_SECONDS
    return Apprenticeship(
        Timing.of(compare(seconds, reference), samples, seconds, reference),
        accuracy=worst,
        overdrawn=sum(one.computed for one in own) > allowed,
    )


def _blamed(own: Trained, other: Trained) -> Fault | None:
    if other.fault is None:
        return own.fault
    return Fault("machine", f"the reference model could not be trained: {other.fault.reason}")


@contextmanager
def _code_alone(submission: Entrant, within: Path) -> Iterator[Entrant]:
    """A copy of a submission's Python files and nothing else: no weights, no tables."""
    with TemporaryDirectory(prefix="code-", dir=within) as name:
        folder = Path(name)
        for path in submission.folder.rglob("*.py"):
            target = folder / path.relative_to(submission.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        yield replace(submission, folder=folder)
