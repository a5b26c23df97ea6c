"""A zip file that makes Gradescope grade every submission with gradebench."""

import io
import re
import shlex
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from graders.errors import ExportError
from reference_models.data import Source

_WHEEL_NAME = re.compile(r"gradebench-[\w.+!]+(-\d\w*)?-[\w.]+-[\w.]+-[\w.]+\.whl", re.ASCII)
_EXECUTABLE = stat.S_IFREG | 0o755
_PLAIN = stat.S_IFREG | 0o644
_UNIX = 3
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same files make the same zip, whenever it is made."""


@dataclass(frozen=True)
class Autograder:
    """What one Gradescope assignment is graded by.

    `rubric` is the TOML text, `version` that of gradebench to install unless `wheel` names a file.
    """

    assignment: str
    dataset: str
    rubric: bytes
    data: Source
    timeout: int
    version: str
    wheel: Path | None = None

    def zipped(self) -> bytes:
        """Return the zip file; raises ExportError when the wheel is none of gradebench's."""
        files = {
            "setup.sh": (self._script("setup.sh.j2"), _EXECUTABLE),
            "run_autograder": (self._script("run_autograder.j2"), _EXECUTABLE),
            "rubric.toml": (self.rubric, _PLAIN),
        }
        if self.wheel is not None:
            files[self.wheel.name] = (_read_wheel(self.wheel), _PLAIN)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for name, (content, mode) in files.items():
                archive.writestr(_entry(name, mode), content, zipfile.ZIP_DEFLATED)
        return written.getvalue()

    def _script(self, template: str) -> bytes:
        environment = Environment(
            loader=PackageLoader("graders.export"),
            autoescape=False,  # noqa: S701 - a shell script: what goes in is quoted for the shell
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["quoted"] = shlex.quote
        wanted = "gradebench[formats]"
        text = environment.get_template(template).render(
            assignment=self.assignment,
            data=self.data,
            dataset=self.dataset,
            timeout=self.timeout,
            requirement=(
                f"{wanted} @ ./{self.wheel.name}" if self.wheel else f"{wanted}=={self.version}"
            ),
            fetch=(
                "from reference_models.data import load_dataset; "
                f"load_dataset({self.dataset!r}, {self.data!r}, download={self.data == 'real'})"
            ),
        )
        return text.encode()


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = mode << 16
    return entry


def _read_wheel(path: Path) -> bytes:
    if not path.exists():
        raise ExportError(f"there is no wheel at {path}")
    if not _WHEEL_NAME.fullmatch(path.name) or not zipfile.is_zipfile(path):
        raise ExportError(
            f"{path} is no wheel of gradebench: make one with 'pip wheel --no-deps .' in its source"
        )
    return path.read_bytes()
