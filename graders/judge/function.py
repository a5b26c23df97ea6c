"""A function's answers, call by call, held against the reference."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from graders.errors import RubricError
from graders.exercises import Array, Case, Diagnosis, Exercise
from graders.grade import Check
from graders.judge.finding import Finding, judge_all
from graders.rubric import CasesCriterion, Criterion, Rubric

Answers = Sequence[Array | str]
"""An array a call, or in words what it raised."""

_UNANSWERED = "It gave no answer; the reason above says what stopped it."


class FunctionJudge:
    """What a function answered to `cases`, the first of them where it was stopped."""

    def __init__(self, exercise: Exercise, cases: Sequence[Case], answers: Answers) -> None:
        self._exercise = exercise
        self._cases = cases
        self._answers = answers

    def judge(self, rubric: Rubric) -> tuple[Check, ...]:
        """Judge every criterion in order; one whose needs are not met earns nothing."""
        return judge_all(rubric, self._finding)

    def _finding(self, criterion: Criterion) -> Finding:
        if not isinstance(criterion, CasesCriterion):
            raise RubricError(f"'{criterion.id}' is asked of models, not of functions")
        groups = criterion.groups or self._exercise.groups
        chosen = [number for number, case in enumerate(self._cases) if case.group in groups]
        right = sum(self._right[number] for number in chosen)
        share = right / len(chosen)
        earned = criterion.earned(share) / criterion.points if criterion.points else 1.0
        return Finding(
            share=earned,
            expected=f"{self._exercise.signature} is right in every call",
            measured=f"right in {right} of {len(chosen)} calls",
            advice="" if right == len(chosen) else self._advice(chosen),
        )

    @cached_property
    def _expected(self) -> list[Array]:
        return [self._exercise.reference(*case.arguments) for case in self._cases]

    @cached_property
    def _right(self) -> list[bool]:
        found = [
            not isinstance(answer, str) and self._exercise.is_right(answer, expected)
            for answer, expected in zip(self._answers, self._expected, strict=False)
        ]
        return found + [False] * (len(self._cases) - len(found))

    def _diagnosis(self, wrong: Sequence[int]) -> Diagnosis | None:
        """The known mistake behind the `wrong` calls: surest where it explains every answer.

        With several mistakes in one function, each may be alone in the calls of one group.
        """
        groups = dict.fromkeys(self._cases[number].group for number in wrong)
        sets = [range(len(self._cases)), *map(self._calls_of, groups)]
        return next(
            (
                one
                for numbers in sets
                for one in self._exercise.diagnoses
                if self._shows(one, numbers) and any(self._explains(one, each) for each in wrong)
            ),
            None,
        )

    def _calls_of(self, group: str) -> list[int]:
        return [number for number, case in enumerate(self._cases) if case.group == group]

    def _shows(self, diagnosis: Diagnosis, numbers: Sequence[int]) -> bool:
        """Whether all answers are those of a function with that mistake, and some are wrong."""
        shown = {number: self._explains(diagnosis, number) for number in numbers}
        telling = any(shown[number] and not self._right[number] for number in numbers)
        return telling and False not in shown.values()

    def _explains(self, diagnosis: Diagnosis, number: int) -> bool | None:
        """Whether that mistake gives the answer to a call; None where nobody knows."""
        if number >= len(self._answers):
            return None
        answer = self._answers[number]
        mistaken = diagnosis.mistake(*self._cases[number].arguments)
        if isinstance(answer, str) or mistaken is None:
            return None
        return self._exercise.is_right(answer, mistaken)

    def _advice(self, chosen: list[int]) -> str:
        """What is known of the wrong calls among `chosen`, the surest first."""
        wrong = [number for number in chosen if not self._right[number]]
        return f"{self._explanation(wrong)} {self._where(chosen, wrong)}"

    def _explanation(self, wrong: list[int]) -> str:
        if known := self._diagnosis(wrong):
            return known.advice
        first = wrong[0]
        if first >= len(self._answers):
            return _UNANSWERED
        answer, expected = self._answers[first], self._expected[first]
        asked = " and ".join(_size(one.shape) for one in self._cases[first].arguments)
        if isinstance(answer, str):
            return f"Called with {asked}, it stopped: {answer}."
        if np.squeeze(answer).shape != np.squeeze(expected).shape:
            wanted = _size(expected.shape)
            return f"Called with {asked}, it returned {_size(answer.shape)}, not {wanted}."
        if not np.isfinite(answer).all():
            return f"Called with {asked}, it returned numbers that are not finite."
        return f"Called with {asked}, it returned the right shape with wrong numbers."

    def _where(self, chosen: list[int], wrong: list[int]) -> str:
        asked = Counter(self._cases[number].group for number in chosen)
        lost = Counter(self._cases[number].group for number in wrong)
        listed = (f"{group} ({count} of {asked[group]})" for group, count in lost.items())
        return f"Wrong calls: {', '.join(listed)}."


def _size(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    if not shape:
        return "a single number"
    if len(shape) == 1:
        return f"{shape[0]} numbers"
    return f"an array of {'x'.join(str(size) for size in shape)}"
