"""What all tables of a rubric have in common, and errors about a field further inside one."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Points = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Value = Annotated[float, Field(allow_inf_nan=False)]


class Table(BaseModel):
    """A table of TOML: a field that nobody knows is an error, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def wrong(reason: str, *field: str | int) -> PydanticCustomError:
    """Return an error about a field further inside than the table that is being checked."""
    return PydanticCustomError("rubric", "{reason}", {"reason": reason, "field": field})
