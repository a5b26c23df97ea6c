"""From a TOML file to a rubric, or to what is wrong with it: line, field and reason."""

import hashlib
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
_BUNDLED = Path(__file__).parents[1] / "rubrics"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a rubric; `str()` is one line."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: {self.reason}"


class InvalidRubricError(RubricError):
    """TOML that is no rubric; its message is about the first of its `problems`."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{path}: {problems[0]}")
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
    found = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    return tuple(dict.fromkeys(_problem(each, text) for each in found))


def _problem(details: ErrorDetails, text: str) -> Problem:
    path = _path(details)
    field = ".".join(one_line(step) for step in path if isinstance(step, str)) or "rubric"
    return Problem(line_of(text, path), field, _reason(details))


def _reason(details: ErrorDetails) -> str:
    if details["type"] == "extra_forbidden":
        near = get_close_matches(str(details["loc"][-1]), _FIELDS, n=1)
        return f"there is no such field; did you mean '{near[0]}'?" if near else "no such field"
    if details["type"] == "missing":
        return "this field is missing"
    return one_line(details["msg"].removeprefix("Value error, "))


def _path(problem: ErrorDetails) -> tuple[str | int, ...]:
    """Where in the file: pydantic's path without what only pydantic knows."""
    steps = problem["loc"]
    tagged = steps[:1] == ("criterion",) and len(steps) > 2
    plain = (*steps[:2], *steps[3:]) if tagged else steps
    shown = (step for step in plain if step not in ("knots", "[key]"))
    return (*shown, *problem.get("ctx", {}).get("field", ()))
