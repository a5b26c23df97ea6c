"""The exam of a model: test examples in secret order, and a judge with a reference model."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graders.apprenticeship import Apprenticeship, School
from graders.errors import SubmissionError
from graders.evidence import compare_shapes, reference_answers
from graders.examination import Examination, Examined
from graders.grade import Check, Conditions
from graders.judge import Judge
from graders.pace import REFERENCE_PACE, Pace, measure_pace
from graders.placing import constants_apart, in_written_order, put_into
from graders.questions import Questions
from graders.rubric import Rubric, ThroughputCriterion, TrainingTimeCriterion
from graders.sandbox import Entrant, Fault, Limits, Observation, Sandbox, observe
from graders.submissions import CODE, Submission
from reference_models import ModelCard
from reference_models.data import Dataset, InputScale


@dataclass(frozen=True)
class Exam(Examination):
    """The same for every submission of a run: model card, rubric, data, sandbox and limits."""

    card: ModelCard
    rubric: Rubric
    data: Dataset
    sandbox: Sandbox
    limits: Limits

    @property
    def conditions(self) -> Conditions:
        """What a grade records, so that it can be defended."""
        return Conditions(
            assignment=self.card.id,
            source=self.data.source,
            dataset=self.data.title,
            data_key=self.data.key,
            test_samples=len(self.questions),
            examples=self.questions.examples,
            **self._circumstances,
        )

    @property
    def code(self) -> str:
        """The file that builds the model."""
        return CODE

    @cached_property
    def questions(self) -> Questions:
        """What every submission is asked."""
        return Questions.of(self.card, self.data)

    def _examine(self, submission: Submission, cancel: Event | None) -> Examined:
        order = _secret_order(len(self.questions))
        seen = observe(
            self.sandbox,
            submission.folder,
            submission.entry,
            self._asked(submission, order),
            self.questions.shape,
            self.limits,
            cancel,
        )
        if seen.fault and seen.fault.blame == "machine":
            return Examined((), seen.fault, seen.printed, seen.seconds)
        seen, found = self._understood(submission, seen, order)
        pace = self._pace(submission, seen, cancel)
        trained = self._trained(submission, cancel)
        for timed in (pace, *trained.values()):
            if timed and timed.fault and timed.fault.blame == "machine":
                return Examined((), timed.fault, seen.printed, seen.seconds)
        checks = Judge(self.card, self.data, seen, pace, trained).judge(self.rubric)
        return Examined(checks, seen.fault, seen.printed, seen.seconds, found=found)

    def _nothing(self) -> tuple[Check, ...]:
        return Judge(self.card, self.data, Observation()).judge(self.rubric)

    def _asked(self, submission: Submission, order: Tensor) -> Iterable[NDArray[np.float32]]:
        """Return the questions in secret order, scaled as the submission expects them.

        Weights alone are asked nothing, and predictions for examples by their number.
        """
        if submission.entry.kind == "weights":
            return ()
        if submission.entry.kind == "predictions":
            return [np.arange(len(order), dtype=np.float32)]
        return self.questions.batches(order, self._scale(submission))

    def _scale(self, submission: Submission) -> InputScale:
        return submission.input_scale or self.questions.scale

    def _pace(self, submission: Submission, seen: Observation, cancel: Event | None) -> Pace | None:
        """Time what has the assignment's layers and answers, where the rubric asks how fast."""
        asked = any(isinstance(one, ThroughputCriterion) for one in self.rubric.criterion)
        if not asked or seen.arrays is None or seen.answers is None:
            return None
        if submission.entry.kind == "weights":
            return REFERENCE_PACE
        if not compare_shapes(seen.arrays, self.card.build()).match:
            return None
        return measure_pace(
            self.sandbox,
            Entrant(submission.folder, submission.entry),
            seen.arrays,
            self.card,
            self.questions,
            self._scale(submission),
            self.limits,
            cancel,
        )

    def _trained(self, submission: Submission, cancel: Event | None) -> dict[str, Apprenticeship]:
        """Let code train itself where the rubric asks how long that takes."""
        if submission.entry.kind != "code":
            return {}
        school = School(self.sandbox, self.card, self.data.train, self.questions, self.limits)
        entrant = Entrant(submission.folder, submission.entry)
        scale = self._scale(submission)
        return {
            one.id: school.compare(entrant, scale, one.samples, cancel)
            for one in self.rubric.criterion
            if isinstance(one, TrainingTimeCriterion)
        }

    def _understood(
        self, submission: Submission, seen: Observation, order: Tensor
    ) -> tuple[Observation, str]:
        """Return what was seen as a judge takes it, and in words what the submission was taken for.

        Weights alone are put into the assignment's network, which answers for them.
        """
        found = str(submission.found)
        if submission.entry.kind == "predictions":
            seen = self._in_test_order(seen, torch.arange(len(order)))
            return replace(seen, arrays=None), found
        if submission.entry.kind == "onnx" and seen.arrays is not None:
            arrays = constants_apart(seen.arrays, reference := self.card.build())
            arrays = in_written_order(arrays, reference, self.card.input_shape)
            seen = replace(seen, arrays=arrays)
        if submission.entry.kind != "weights" or seen.arrays is None:
            return self._in_test_order(seen, order), found
        try:
            arrays, how = put_into(seen.arrays, self.card.build())
        except SubmissionError as error:
            reason = (
                f"its weights do not fit the assignment's network: {error}; "
                "for a network of another kind, send the code that builds it with them"
            )
            return replace(seen, arrays=None, fault=Fault("submission", reason)), found
        answers = reference_answers(self.card, arrays, self.questions, self._scale(submission))
        found = f"{found} Put into the assignment's network {how}."
        return replace(seen, arrays=arrays, answers=answers, by_reference=True), found

    def _in_test_order(self, seen: Observation, order: Tensor) -> Observation:
        if seen.answers is None:
            return seen
        answers = self.questions.as_answers(seen.answers[order.argsort().numpy()])
        return replace(seen, answers=answers)


def _secret_order(count: int) -> Tensor:
    """Draw an order that no child can foresee, so that the place of an image tells nothing."""
    generator = torch.Generator().manual_seed(secrets.randbits(63))
    return torch.randperm(count, generator=generator)
