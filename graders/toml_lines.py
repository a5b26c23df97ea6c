"""On which line of a TOML text a field stands; `tomllib` forgets, and people need to know."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_TABLE = re.compile(r"^\s*\[(?P<array>\[)?\s*(?P<name>[^\[\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(?P<name>[\w\-\"'.]+)\s*=")

Step = str | int


def line_of(text: str, path: Sequence[Step]) -> int:
    """Return the line (from 1) of the field at `path`, or of the nearest table or key around it.

    `path` is as pydantic gives it: `("criterion", 2, "curve", "real")`, counting tables of an array
    from 0. A key that looks like one inside a multi-line string is taken for one: the answer is a
    hint for a person.
    """
    nearest, depth = 1, 0
    for line, found in _fields(text):
        shared = _shared(found, path)
        if shared > depth and shared == len(found):
            nearest, depth = line, shared
    return nearest


def _fields(text: str) -> Iterator[tuple[int, tuple[Step, ...]]]:
    """Yield the line and the path of every table and key."""
    tables: Counter[str] = Counter()
    here: tuple[Step, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(line):
            name = table["name"]
            if table["array"]:
                here = (*_steps(name, tables), tables[name])
                tables[name] += 1
            else:
                here = _steps(name, tables)
            yield number, here
        elif key := _KEY.match(line):
            yield number, (*here, *_steps(key["name"], Counter()))


def _steps(name: str, tables: Counter[str]) -> tuple[Step, ...]:
    """`criterion.curve` below the third `[[criterion]]` is `("criterion", 2, "curve")`."""
    steps: tuple[Step, ...] = ()
    for part in (part.strip().strip("\"'") for part in name.split(".")):
        steps = (*steps, part)
        inside = ".".join(str(step) for step in steps if isinstance(step, str))
        if tables[inside] and inside != name:
            steps = (*steps, tables[inside] - 1)
    return steps


def _shared(found: Sequence[Step], path: Sequence[Step]) -> int:
    """How many leading steps two paths have in common."""
    count = 0
    for left, right in zip(found, path, strict=False):
        if left != right:
            break
        count += 1
    return count
