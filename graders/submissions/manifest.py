"""The optional `submission.toml`: who sent it, and what the grader should not have to guess."""

import tomllib
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from graders.errors import SubmissionError
from graders.names import one_line
from reference_models.data import InputScale

FILE_NAME = "submission.toml"
_MOST_BYTES = 64 * 1024


class Manifest(BaseModel):
    """A student's own words; each is optional, paths are relative to the folder.

    `module` is code or a notebook, `model` a whole exported model, `predictions` answers without a
    network: at most one of the three.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    student: str | None = None
    module: str | None = None
    builder: str | None = None
    weights: str | None = None
    model: str | None = None
    predictions: str | None = None
    input_scale: InputScale | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(one is not None for one in (self.module, self.model, self.predictions)) > 1:
            raise ValueError("name only one of module, model and predictions")
        return self


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of `folder`; without one, nothing is said. Raises SubmissionError."""
    path = folder / FILE_NAME
    if not path.is_file():
        return Manifest()
    try:
        with path.open("rb") as file:
            return Manifest.model_validate(tomllib.loads(file.read(_MOST_BYTES).decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SubmissionError(f"{FILE_NAME} cannot be read: {one_line(str(error))}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        where = f"{FILE_NAME}: {one_line(field)}" if field else FILE_NAME
        raise SubmissionError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error
