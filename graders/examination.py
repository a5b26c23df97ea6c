"""What every exam does with a submission, whatever it is asked: open, run, judge, or refuse."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import Any, Literal

import torch

from graders.grade import Check, Conditions, Grade
from graders.judge import Ruling, rule
from graders.names import one_line, plain_stem, printable
from graders.rubric import Rubric
from graders.sandbox import Fault, Limits, Sandbox
from graders.submissions import Submission, open_submission


@dataclass(frozen=True)
class Examined:
    """What one run came to: the checks, and what ended it before its time.

    `found` is what the submission was taken for, where more is known than when it was opened.
    """

    checks: tuple[Check, ...] = ()
    fault: Fault | None = None
    printed: str = ""
    seconds: float = 0.0
    seed: int | None = None
    found: str = ""


class Examination(ABC):
    """The same for every submission of a run: rubric, sandbox and limits, and what is asked."""

    rubric: Rubric
    sandbox: Sandbox
    limits: Limits

    @property
    @abstractmethod
    def conditions(self) -> Conditions:
        """What a grade records, so that it can be defended."""

    @property
    @abstractmethod
    def code(self) -> str:
        """What the file with the student's code is called, where there are several."""

    @property
    def _circumstances(self) -> dict[str, Any]:
        """The conditions that do not depend on what is asked."""
        return {
            "rubric": self.rubric.digest,
            "sandbox": self.sandbox.level,
            "gradebench": version("gradebench"),
            "torch": torch.__version__,
            "device": self.sandbox.device,
            "limits": self.limits.as_dict(),
        }

    @abstractmethod
    def _examine(self, submission: Submission, cancel: Event | None) -> Examined:
        """Run and judge a submission."""

    @abstractmethod
    def _nothing(self) -> tuple[Check, ...]:
        """The checks of a submission of which nothing was seen."""

    def open(self, source: Path) -> AbstractContextManager[Submission]:
        """Open a submission where the sandbox can show it."""
        return open_submission(source, within=self.sandbox.spool, code=self.code)

    def grade(self, submission: Submission, name: str, cancel: Event | None = None) -> Grade:
        """Run and judge an opened submission; whatever it does ends in a verdict.

        Setting `cancel` from another thread ends it at once, ungraded.
        """
        if not self.sandbox.holds:
            return self._grade(submission, name, Ruling("ungraded", None, self.sandbox.reason))
        seen = self._examine(submission, cancel)
        if seen.fault and seen.fault.blame == "machine":
            ruling = Ruling("ungraded", None, seen.fault.reason)
            return self._grade(submission, name, ruling, replace(seen, checks=()))
        ruling = rule(self.rubric, seen.checks)
        if seen.fault:
            ruling = replace(ruling, reason=seen.fault.reason)
        return self._grade(submission, name, ruling, seen)

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
            checks=self._nothing() if failed else (),
            conditions=self.conditions,
            digest="",
        )

    def _grade(
        self, submission: Submission, name: str, ruling: Ruling, seen: Examined | None = None
    ) -> Grade:
        found = seen or Examined()
        return Grade(
            name=name,
            student=submission.student,
            verdict=ruling.verdict,
            score=ruling.score,
            most=self.rubric.points,
            reason=one_line(ruling.reason),
            checks=found.checks,
            conditions=self.conditions,
            digest=submission.digest,
            found=found.found or str(submission.found),
            printed=printable(found.printed),
            seconds=round(found.seconds, 3),
            seed=found.seed,
        )
