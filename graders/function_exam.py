"""The exam of a function: fresh calls that nobody could foresee, and a reference that answers."""

import secrets
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Event

from graders.examination import Examination, Examined
from graders.exercises import Case, Exercise
from graders.grade import Check, Conditions
from graders.judge import FunctionJudge
from graders.rubric import Rubric
from graders.sandbox import Fault, Limits, Sandbox, observe_calls
from graders.submissions import Submission

_CODE = "solution.py"


@dataclass(frozen=True)
class FunctionExam(Examination):
    """The same for every submission of a run: exercise, rubric, sandbox, limits, and the calls.

    The calls are drawn from `seed`, which every grade records; groups and sizes never change.
    """

    exercise: Exercise
    rubric: Rubric
    sandbox: Sandbox
    limits: Limits
    seed: int = field(default_factory=lambda: secrets.randbits(63))

    @property
    def conditions(self) -> Conditions:
        """What a grade records, so that it can be defended."""
        return Conditions(
            assignment=self.exercise.id,
            source="embedded",
            dataset=f"{self.exercise.signature} with random arguments",
            data_key=f"{self.exercise.id} {len(self.cases)}",
            test_samples=len(self.cases),
            examples="calls",
            **self._circumstances,
        )

    @property
    def code(self) -> str:
        """The file with the function."""
        return _CODE

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The calls of this run."""
        return self.exercise.draw(self.seed)

    def _examine(self, submission: Submission, cancel: Event | None) -> Examined:
        entry = submission.entry
        if entry.kind != "code":
            reason = f"there is no code: {_CODE} with {self.exercise.signature} is asked for"
            return Examined(self._nothing(), Fault("submission", reason))
        entry = replace(entry, kind="function", builder=self.exercise.function, weights=None)
        calls = [case.arguments for case in self.cases]
        seen = observe_calls(self.sandbox, submission.folder, entry, calls, self.limits, cancel)
        checks = FunctionJudge(self.exercise, self.cases, seen.answers).judge(self.rubric)
        return Examined(checks, seen.fault, seen.printed, seen.seconds, self.seed)

    def _nothing(self) -> tuple[Check, ...]:
        return FunctionJudge(self.exercise, self.cases, ()).judge(self.rubric)
