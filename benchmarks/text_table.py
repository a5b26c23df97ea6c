"""Rows of cells as lines of text, in columns."""

from collections.abc import Collection, Sequence


def align(rows: Sequence[Sequence[str]], numeric: Collection[int]) -> list[str]:
    """Return `rows` as lines; the columns numbered `numeric` stand to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in numeric else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
