"""From a TOML file to a rubric, or to what is wrong with it: line, field and reason."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from graders.errors import RubricError
from graders.names import one_line
from graders.rubric.criteria import FIELDS
from graders.rubric.rubric import Late, Rubric
from graders.toml_lines import line_of

_FIELDS = sorted({*FIELDS, *Rubric.model_fields, *Late.model_fields})
_METRICS = "union_tag_invalid", "union_tag_not_found"
"""What pydantic calls a criterion of no metric, or of one that there is not."""

_WORDS = {
    "missing": "this field is missing",
    "union_tag_not_found": "this field is missing",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must be lower-case letters, digits and hyphens, a letter first",
    "string_too_short": "must not be empty",
    "too_short": "must have {min_length} or more entries",
    "tuple_type": "must be a list, in brackets",
    "dict_type": "figures belong to a data source: write curve.embedded or curve.real, or both",
    "int_from_float": "must be a whole number",
}
_LONGEST = 1000
"""Characters in which a problem is told: a list of all calls' groups is long."""
_BUNDLED = Path(__file__).parents[1] / "rubrics"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a rubric; `str()` is one line."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return one_line(f"line {self.line}: {self.field}: {self.reason}", longest=_LONGEST)


class InvalidRubricError(RubricError):
    """TOML that is no rubric; its message is about the first of its `problems`."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        more = len(problems) - 1
        hint = f" (and {more} more: `gradebench rubric check {path}` lists them)" if more else ""
        super().__init__(f"{path}: {problems[0]}{hint}")
        self.problems = problems


def bundled_rubric(assignment: str) -> Path:
    """Return the rubric that ships for a model id; raises RubricError where there is none."""
    path = _BUNDLED / f"{assignment.replace('/', '-')}.toml"
    if not path.is_file():
        raise RubricError(f"no rubric ships for {assignment}; write one and name it with --rubric")
    return path


def load_rubric(path: Path) -> Rubric:
    """Read and check a rubric; RubricError names file, line and field in one line."""
    try:
        text = path.read_bytes().decode("utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise RubricError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise RubricError(f"{path}: not TOML: {one_line(str(error))}") from error
    try:
        rubric = Rubric.model_validate(data)
    except ValidationError as error:
        raise InvalidRubricError(path, _problems(error, text)) from error
    return rubric.model_copy(update={"digest": hashlib.sha256(text.encode()).hexdigest()})


def _problems(error: ValidationError, text: str) -> tuple[Problem, ...]:
    """Put into words all that is wrong.

    A name that nobody knows comes before a field that is missing: it is usually that field.
    """
    whole = [each for each in error.errors() if not _follows(each, error.errors())]
    found = sorted(whole, key=lambda problem: problem["type"] != "extra_forbidden")
    return tuple(dict.fromkeys(_problem(each, text) for each in found))


def _follows(problem: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Whether a list is too short only because entries of it, which are there, are wrong."""
    if problem["type"] != "too_short":
        return False
    where = problem["loc"]
    return any(one["loc"] != where == one["loc"][: len(where)] for one in others)


def _problem(details: ErrorDetails, text: str) -> Problem:
    path = _path(details)
    field = ".".join(one_line(step) for step in path if isinstance(step, str)) or "rubric"
    return Problem(line_of(text, path), field, _reason(details))


def _reason(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return f"there is no such field{_near(str(details['loc'][-1]), _FIELDS)}"
    if kind == "union_tag_invalid":
        known = re.findall(r"'(\w+)'", context["expected_tags"])
        wanted = str(context["tag"])
        hint = _near(wanted, known) or f"; there are {', '.join(known)}"
        return f"there is no metric '{one_line(wanted)}'{hint}"
    if kind == "missing" and details["loc"] == ("criterion",):
        return "there is none: write [[criterion]] above each thing that is worth points"
    if kind == "missing" and isinstance(details["loc"][-1], int):
        return "a number is missing: a curve is a list of [value, points]"
    if kind in _WORDS:
        return one_line(_WORDS[kind].format(**context))
    reason = details["msg"].removeprefix("Value error, ")
    return one_line(reason.replace("Input should be", "must be"))


def _near(wanted: str, known: list[str]) -> str:
    near = get_close_matches(wanted, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _path(problem: ErrorDetails) -> tuple[str | int, ...]:
    """Where in the file: pydantic's path without what only pydantic knows."""
    steps = problem["loc"]
    tagged = steps[:1] == ("criterion",) and len(steps) > 2
    plain = (*steps[:2], *steps[3:]) if tagged else steps
    shown = (step for step in plain if step not in ("knots", "[key]"))
    metric = ("metric",) if problem["type"] in _METRICS else ()
    return (*shown, *metric, *problem.get("ctx", {}).get("field", ()))
