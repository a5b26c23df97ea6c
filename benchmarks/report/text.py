"""Words of a picture."""


def plain(text: str) -> str:
    """`text` as it is: no formula between dollars, no legend entry left out for an underscore."""
    shown = text.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown
