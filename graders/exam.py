"""One run's exam: what every submission is asked, by whom it is judged, and the grading of one."""

import secrets
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import Literal

import torch
from torch import Tensor

from graders.grade import Check, Conditions, Grade
from graders.judge import Judge, Ruling, rule
from graders.names import one_line, plain_stem, printable
from graders.questions import Questions
from graders.rubric import Rubric
from graders.sandbox import Limits, Observation, Sandbox, observe
from graders.submissions import Submission
from reference_models import ModelCard
from reference_models.data import Dataset


@dataclass(frozen=True)
class Exam:
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
            rubric=self.rubric.digest,
            source=self.data.source,
            dataset=self.data.title,
            data_key=self.data.key,
            test_samples=len(self.data.test),
            sandbox=self.sandbox.level,
            gradebench=version("gradebench"),
            torch=torch.__version__,
            device="cpu",
            limits=self.limits.as_dict(),
        )

    def grade(self, submission: Submission, name: str, cancel: Event | None = None) -> Grade:
        """Run and judge an opened submission; whatever it does ends in a verdict.

        Setting `cancel` from another thread ends it at once, ungraded.
        """
        if not self.sandbox.holds:
            return self._grade(submission, name, Ruling("ungraded", None, self.sandbox.reason))
        order = _secret_order(len(self.questions))
        seen = observe(
            self.sandbox,
            submission.folder,
            submission.entry,
            self.questions.batches(order, submission.input_scale or self.questions.scale),
            self.questions.shape,
            self.limits,
            cancel,
        )
        if seen.fault and seen.fault.blame == "machine":
            return self._grade(submission, name, Ruling("ungraded", None, seen.fault.reason), seen)
        seen = self._in_test_order(seen, order)
        checks = Judge(self.card, self.data, seen).judge(self.rubric)
        ruling = rule(self.rubric, checks)
        if seen.fault:
            ruling = replace(ruling, reason=seen.fault.reason)
        return self._grade(submission, name, ruling, seen, checks)

    def refuse(
        self, source: Path, name: str, verdict: Literal["failed", "ungraded"], reason: str
    ) -> Grade:
        """Return the grade of a submission that could not be opened or run, and why."""
        failed = verdict == "failed"
        return Grade(
            name=name,
            student=one_line(plain_stem(source)),
            verdict=verdict,
            score=0.0 if failed else None,
            most=self.rubric.points,
            reason=one_line(reason),
            checks=Judge(self.card, self.data, Observation()).judge(self.rubric) if failed else (),
            conditions=self.conditions,
            digest="",
        )

    @cached_property
    def questions(self) -> Questions:
        """What every submission is asked."""
        return Questions.of(self.card, self.data)

    def _in_test_order(self, seen: Observation, order: Tensor) -> Observation:
        if seen.answers is None:
            return seen
        answers = self.questions.as_answers(seen.answers[order.argsort().numpy()])
        return replace(seen, answers=answers)

    def _grade(
        self,
        submission: Submission,
        name: str,
        ruling: Ruling,
        seen: Observation | None = None,
        checks: tuple[Check, ...] = (),
    ) -> Grade:
        return Grade(
            name=name,
            student=submission.student,
            verdict=ruling.verdict,
            score=ruling.score,
            most=self.rubric.points,
            reason=one_line(ruling.reason),
            checks=checks,
            conditions=self.conditions,
            digest=submission.digest,
            printed=printable(seen.printed) if seen else "",
            seconds=round(seen.seconds, 3) if seen else 0.0,
        )


def _secret_order(count: int) -> Tensor:
    """Draw an order that no child can foresee, so that the place of an image tells nothing."""
    generator = torch.Generator().manual_seed(secrets.randbits(63))
    return torch.randperm(count, generator=generator)
