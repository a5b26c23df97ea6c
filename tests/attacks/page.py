"""The page of attacks, written from the table of attacks."""

from .table import ROOMS

_HEAD = """# Attacks

What the tests send to the grader as submissions, at both levels of [the sandbox](sandbox.md), and
what comes of each: written from the table in `tests/attacks`, where the code is. After all of them
the tests look from outside: secrets, files, processes, limits, sockets and reports are as before.
An attack that changes nothing about its untrained but rightly built network keeps the 40 points
that such a network earns; 30 are those for claiming the right layers.
"""


def page() -> str:
    """Return the page as Markdown, a table for each room."""
    parts = [_HEAD]
    for title, attacks in ROOMS.items():
        rows = [
            f"| {one.name} | {one.tries} | {one.stopped_by} | {one.verdict}, {one.score:g} |"
            for one in attacks
        ]
        head = "| attack | tries | what stops it | verdict, points |\n|---|---|---|---|"
        parts.append(f"## {title}\n\n{head}\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)
