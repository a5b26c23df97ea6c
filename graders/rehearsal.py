"""What a student can know before submitting: the public criteria, on data that are no secret."""

import ast
from dataclasses import dataclass, field
from typing import Literal

from graders.examination import Examination
from graders.grade import Check
from graders.judge import LOST, UNMET
from graders.names import one_line
from graders.rubric import MeasuredCriterion, Rubric, ThroughputCriterion, TrainingTimeCriterion
from graders.submissions import Submission

Mark = Literal["ok", "wrong", "seen"]


@dataclass(frozen=True)
class Remark:
    """One thing that was looked at; `seen` is a figure that decides nothing."""

    mark: Mark
    text: str


@dataclass
class Rehearsal:
    """What was looked at, and in words what was not."""

    remarks: list[Remark] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return all(remark.mark != "wrong" for remark in self.remarks)


def public_part(rubric: Rubric) -> Rubric | None:
    """What of `rubric` students may see and can be judged on embedded data; None if nothing is."""
    shown = [
        one
        for one in rubric.criterion
        if one.visibility == "visible"
        and (not isinstance(one, MeasuredCriterion) or "embedded" in one.curve)
    ]
    ids = {one.id for one in shown}
    kept = tuple(
        one.model_copy(update={"needs": tuple(need for need in one.needs if need in ids)})
        for one in shown
    )
    return rubric.model_copy(update={"criterion": kept}) if kept else None


def rehearse(exam: Examination, submission: Submission, whole: Rubric) -> Rehearsal:
    """Run the submission by `exam`, whose rubric is the public part of `whole`."""
    asked = exam.conditions.examples
    found = Rehearsal(unchecked=[f"the {asked} that a grade is given on", *_left_out(whole, exam)])
    grade = exam.grade(submission, "rehearsal")
    if grade.verdict == "ungraded":
        found.unchecked.append(f"everything that needs your code to run: {grade.reason}")
        return found
    if grade.reason and not grade.reason.startswith((LOST, UNMET)):
        found.remarks.append(Remark("wrong", grade.reason))
    figures = (MeasuredCriterion, ThroughputCriterion, TrainingTimeCriterion)
    measured = {one.id for one in exam.rubric.criterion if isinstance(one, figures)}
    found.remarks += [_remark(check, decides=check.id not in measured) for check in grade.checks]
    return found


def read_only(submission: Submission, wanted: str, whole: Rubric) -> Rehearsal:
    """Look at the code without running any of it; `wanted` is what it should define."""
    found = Rehearsal(unchecked=["whether it runs, and all that it answers", *_hidden(whole)])
    if submission.entry.kind != "code":
        return found
    name = submission.entry.module
    try:
        tree = ast.parse((submission.folder / name).read_bytes(), name)
    except (SyntaxError, ValueError, RecursionError) as error:
        found.remarks.append(Remark("wrong", one_line(f"{name} is no Python: {error}")))
        return found
    found.remarks.append(Remark("ok", f"{name} is Python"))
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    if wanted in defined:
        found.remarks.append(Remark("ok", f"{name} defines {wanted}"))
    elif defined:
        found.remarks.append(Remark("seen", f"{name} defines {', '.join(sorted(defined))}"))
    else:
        found.remarks.append(Remark("wrong", f"{name} defines no function and no class"))
    return found


def _remark(check: Check, *, decides: bool) -> Remark:
    """A figure on other data, or another machine, than the grade's decides nothing."""
    if not decides:
        return Remark("seen", f"{check.name}: {check.measured}")
    advice = f" {check.advice}" if check.advice else ""
    return Remark("ok" if check.met else "wrong", f"{check.name}: {check.measured}.{advice}")


def _left_out(whole: Rubric, exam: Examination) -> list[str]:
    kept = {one.id for one in exam.rubric.criterion}
    other = [
        one.name for one in whole.criterion if one.visibility == "visible" and one.id not in kept
    ]
    unknown = [f"what embedded data cannot tell ({', '.join(other)})"] if other else []
    return [*unknown, *_hidden(whole)]


def _hidden(rubric: Rubric) -> list[str]:
    hidden = any(one.visibility != "visible" for one in rubric.criterion)
    return ["criteria that are not shown to students"] if hidden else []
