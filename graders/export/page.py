"""All grades as one self-contained HTML page."""

from collections import Counter
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from graders.export.text import points
from graders.grade import Grade
from graders.names import printable


def page(grades: Sequence[Grade]) -> str:
    """Return the page; every text from a submission is escaped, and the page runs no script.

    Those that a person must look at come first, then the others from the lowest score up.
    """
    environment = Environment(
        loader=PackageLoader("graders.export"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": points, "printable": printable}
    order = sorted(
        grades, key=lambda grade: (grade.score is not None, grade.score or 0, grade.name)
    )
    return environment.get_template("report.html.j2").render(
        grades=order, counts=Counter(grade.verdict for grade in grades)
    )
