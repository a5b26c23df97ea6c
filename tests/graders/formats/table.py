"""The table of models and forms, and the page that shows it."""

from .cells import PREDICTIONS, WITH_NETWORK, gradable

NO_KERAS = "Keras has no such layers, or none that needs no code of its own"
FOLDED = "the exporter folds batch norm into the convolutions: other parameters"
REORDERED = "the exporter writes the gates' weights in another order"
_RECURRENT = ("comp576/rnn", "comp576/lstm", "comp576/gru")
_COUNTING = tuple(
    f"bs6207/ucc{which}" for which in ("", "-2plus", "-alpha1", "-2plus-alpha1", "-sigmoid")
)

NOT_MADE: dict[tuple[str, str], str] = {
    (model, form): NO_KERAS
    for model in ("jhu482/pentagons-threshold", *_RECURRENT, *_COUNTING)
    for form in ("whole.keras", "whole.h5")
}
"""Forms that a model cannot be saved as, and why."""
OTHERWISE: dict[tuple[str, str], str] = {
    ("jhu482/cnn-batchnorm", "whole.onnx"): FOLDED,
    ("comp576/gru", "whole.onnx"): REORDERED,
}
"""Forms that an exporter makes another network of, which the grader sees, and why."""

CELLS = [
    (card.id, form)
    for card in gradable()
    for form in (*WITH_NETWORK, *PREDICTIONS)
    if (card.id, form) not in NOT_MADE
]
_FAST = [form for form in WITH_NETWORK if form.partition(".")[0] in ("weights", "folder", "work")]
SOME = [
    (card.id, _FAST[number % len(_FAST)])
    for number, card in enumerate(gradable())
    if number % 3 == 2 and not card.id.startswith("bs6207")
] + [("dat565/dense-64-64", "rows.npy"), ("jhu482/pentagons-sigmoid", "rows.csv")]
"""A few quick cells."""

_HEAD = """# Forms of submissions

Every model that a rubric ships for, handed in as each form: written from `tests/graders/formats`,
which runs each cell (`GRADEBENCH_ALL_FORMS=1 pytest tests/graders/formats`).

- **same**: every check is what it is for the model's weights alone (`.safetensors`).
- **answers**: predictions show no network; what depends on answers alone is the same.
- **other**: the exporter makes another network of it, and the grader says so.
- **-**: there is no such file.

"""


def page() -> str:
    """Return the page as Markdown."""
    forms = [*WITH_NETWORK, *PREDICTIONS]
    names = [form if "." not in form else "." + form.partition(".")[2] for form in forms]
    lines = ["| model | " + " | ".join(names) + " |", "|---" * (len(forms) + 1) + "|"]
    for card in gradable():
        cells = [_cell(card.id, form) for form in forms]
        lines.append(f"| `{card.id}` | " + " | ".join(cells) + " |")
    notes = [f"- {why}: {', '.join(models)}." for why, models in _reasons().items()]
    return _HEAD + "\n".join(lines) + "\n\nWhy not:\n\n" + "\n".join(notes) + "\n"


def _reasons() -> dict[str, list[str]]:
    """The models that each reason holds for."""
    found: dict[str, list[str]] = {}
    for (model, _), why in {**NOT_MADE, **OTHERWISE}.items():
        found.setdefault(why, [])
        if f"`{model}`" not in found[why]:
            found[why].append(f"`{model}`")
    return found


def _cell(model: str, form: str) -> str:
    if (model, form) in NOT_MADE:
        return "-"
    if (model, form) in OTHERWISE:
        return "other"
    return "answers" if form in PREDICTIONS else "same"
