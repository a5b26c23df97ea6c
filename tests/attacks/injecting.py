"""Words that become formulas, markup or orders to a terminal where grades are read."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from graders.export.canvas import canvas
from graders.export.junit import junit
from graders.export.moodle import moodle
from graders.export.roster import Roster
from graders.grade import Grade

from .attack import SHAPED, Attack, Make, code, failing
from .files import cells_of
from .honest import trained

if TYPE_CHECKING:
    from .world import World

_ORDERS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d")
_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "p", "ul", "li", "strong", "br"),
    *("details", "summary", "span", "div", "table", "thead", "tbody", "tr", "th", "td", "pre"),
}
_ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "open"}


class _Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def _cells(table: str) -> Iterator[str]:
    """Every cell of a table, wherever one may begin for a spreadsheet of any country."""
    lines = table.splitlines()
    for row in csv.reader(lines):
        yield from row
    for line in lines:
        yield from line.split(";")


def nothing_live(world: "World", grade: Grade) -> None:
    """Assert that no form in which the grade is read has a formula, markup or an order in it."""
    told = grade.model_dump()
    table = (world.out / "gradebook.csv").read_text()
    page = (world.out / "report.html").read_text()
    results = json.loads((world.out / grade.name / "results.json").read_text())
    comment = _moodle_comment(grade)
    for text in (*_texts(told), *_texts(results), table, page, junit([grade]), comment):
        assert not _ORDERS.search(text.replace("\r\n", "\n")), ascii(text)
    for cell in (*_cells(table), *comment.split(";")):
        assert not cell.lstrip(' "').startswith(_FORMULA), cell
    rows = list(csv.reader(table.splitlines()))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert sum(row[0].removeprefix("'") == grade.name for row in rows) == 1
    assert _Tags(page).tags <= _TAGS
    assert _Tags(page).attributes <= _ATTRIBUTES
    assert _Tags(comment).tags <= {"br"}
    assert results["output_format"] == results["test_output_format"] == "text"
    assert {one.tag for one in ET.fromstring(junit([grade])).iter()} <= _XML_TAGS  # noqa: S314
    _canvas_takes_points_alone(grade)


_XML_TAGS = {
    *("testsuites", "testsuite", "properties", "property", "testcase", "failure", "system-out")
}


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list | tuple):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _texts(one)


def _roster(*cells: tuple[str, str]) -> Roster:
    names, values = zip(*cells, strict=True)
    return Roster("roster", list(names), [list(values)], ",", "\n", marked=False)


def _moodle_comment(grade: Grade) -> str:
    roster = _roster(
        ("Identifier", "Participant 1"),
        ("Username", grade.name),
        ("Grade", ""),
        ("Last modified (grade)", ""),
        ("Feedback comments", ""),
    )
    moodle(roster, [grade])
    assert roster.rows[0][-1]
    return roster.rows[0][-1]


def _canvas_takes_points_alone(grade: Grade) -> None:
    cells = ("Student", "Ada"), ("ID", grade.name), ("Section", "1")
    roster = _roster(*cells)
    canvas(roster, [grade], "Lab")
    assert roster.rows[-1] == ["Ada", grade.name, "1", f"{grade.score:g}"]


def _called(student: str, **files: str) -> Make:
    """An untrained network of somebody who is called `student`, with more `files`."""

    def make(folder: Path, world: "World") -> Path:
        code("", file="model.py")(folder, world)
        manifest = f"student = {json.dumps(student)}\n"
        (folder / "submission.toml").write_text(manifest + 'module = "model.py"\n')
        for name, content in files.items():
            (folder / name).write_text(content)
        return folder

    return make


def _in_folder(name: str) -> Make:
    def make(folder: Path, world: "World") -> Path:
        inner = folder / name
        inner.mkdir()
        code("", file="model.py")(inner, world)
        return inner

    return make


def _manifest(text: str) -> Make:
    def make(folder: Path, world: "World") -> Path:
        code("", file="model.py")(folder, world)
        (folder / "submission.toml").write_text(text)
        return folder

    return make


def _magics(folder: Path, world: "World") -> Path:
    text = code("")(folder, world).read_text()
    path = folder / "work.ipynb"
    path.write_bytes(cells_of(f"!{_MARKUP}\n%{_FORMULAS}", text))
    return path


_MARKUP = "</pre></td><script>alert(1)</script><img src=x onerror=alert(1)><!--"
_FORMULAS = ";=cmd|' /C calc'!A0;\"=1+1\";@SUM(1;2)"
_TERMINAL = "\x1b[2J\x1b]8;;http://x\x07 \x1b]0;passed\x07\x9b2K\b\b\r\u202e100\u2066\x00"
_ALL = f"{_MARKUP} ]]> &lt; {_FORMULAS} {_TERMINAL} [click](javascript:alert(1)) {{{{7*7}}}}"

_PRINTS = f"print({_ALL!r})\nprint({_ALL!r}, file=sys.stderr)\n"
_RAISES = f"raise ValueError({_ALL!r})\n"
_NAMES_PARAMETERS = f"""
class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_parameter({_ALL!r}.replace(".", ""), nn.Parameter(torch.zeros(3)))

    def forward(self, images):
        return torch.zeros(len(images), 10)

build_model = Named
"""

_ESCAPED = "every text is made fit for where it goes"


def _in_vain(name: str, tries: str, make: Make, stopped_by: str = _ESCAPED) -> Attack:
    return Attack(name, tries, stopped_by, make, score=SHAPED, tried="", harmless=nothing_live)


def _is_called(name: str) -> Callable[["World", Grade], None]:
    """That the grade and the table have a name as it is."""

    def look(world: "World", grade: Grade) -> None:
        nothing_live(world, grade)
        rows = csv.reader((world.out / "gradebook.csv").read_text().splitlines())
        assert [row[1] for row in rows if row[0] == grade.name] == [name]

    return look


_HONEST_NAME = "Łukasz O'Brien-Ñandú, B.Sc. <3 & Co; 李"


def _rename(folder: Path) -> None:
    manifest = folder / "submission.toml"
    manifest.write_text(manifest.read_text().replace("Ada Lovelace", _HONEST_NAME))


INJECTING = (
    _in_vain(
        "is-a-formula",
        "A student whose name is a formula that opens a program.",
        _called("=cmd|' /C calc'!A0"),
        "a quote goes before what a spreadsheet would compute",
    ),
    _in_vain(
        "is-a-formula-behind-blanks",
        "The same behind blanks, a tab and a line's end, with a full-width sign.",
        _called(' \t\r\n\uff1dHYPERLINK("http://x","y")'),
        "blanks do not hide a formula",
    ),
    _in_vain(
        "is-a-formula-behind-a-semicolon",
        "A name in whose middle a cell begins, where cells are divided by semicolons.",
        _called(f"Ada{_FORMULAS}"),
        "a quote goes before formulas behind semicolons, too",
    ),
    _in_vain(
        "is-a-file-of-formulas",
        "A file whose name is a formula.",
        code("", file="@SUM(1+1)*cmd|' C calc'!A0;-2+3.py"),
    ),
    _in_vain(
        "is-called-as-ours",
        "A folder that is called as the table of all grades.",
        _in_folder("gradebook.csv"),
        "no submission gets the name of a file of ours",
    ),
    _in_vain("is-markup", "A student whose name is a script.", _called(_MARKUP)),
    _in_vain(
        "is-an-order-to-a-terminal",
        "A student whose name clears the terminal, sets its title and turns words around.",
        _called(_TERMINAL),
    ),
    _in_vain(
        "has-files-of-markup",
        "Files whose names are a script, an order to the terminal and a formula.",
        _called("Ada", **{f"{_MARKUP.replace('/', '')}{_TERMINAL[:5]}.txt": "", "=1+1.csv": ""}),
    ),
    _in_vain("prints-everything", "Prints all of it.", code(_PRINTS)),
    _in_vain("has-magics-of-markup", "A notebook with all of it in lines for the shell.", _magics),
    failing(
        "raises-everything",
        "Raises an error that says all of it.",
        _ESCAPED,
        code(_RAISES),
        reason="its code does not import: ValueError",
        harmless=nothing_live,
    ),
    failing(
        "names-parameters-so",
        "Calls a parameter all of it, which the advice repeats.",
        _ESCAPED,
        code(_NAMES_PARAMETERS),
        reason="points lost on parameters",
        harmless=nothing_live,
    ),
    failing(
        "writes-a-manifest-so",
        "Has all of it as a key of submission.toml, which the reason repeats.",
        _ESCAPED,
        _manifest(f"{json.dumps(_FORMULAS + _MARKUP)} = 1\n"),
        reason="submission.toml: ",
        harmless=nothing_live,
    ),
    Attack(
        "has-an-honest-name",
        "A trained network of somebody whose name has quotes, an ampersand and a semicolon.",
        "nothing stops it",
        trained(_rename),
        verdict="passed",
        score=100.0,
        tried="",
        harmless=_is_called(_HONEST_NAME),
        honest=True,
    ),
)
