"""Rice COMP 576, assignment 2: LeNet-5 on small grey pictures, recurrent networks on digit rows."""

from dataclasses import replace

from reference_models.cards import Arm, Assignment, Experiment, ReportedFigure
from reference_models.comp576 import convolutional, recurrent
from reference_models.comp576.cells import Cell, Recurrent
from reference_models.comp576.lenet import LeNet5
from reference_models.training.recipes import Recipe

__all__ = ["ASSIGNMENT", "LeNet5", "Recurrent"]

_CELLS: tuple[Cell, ...] = ("rnn", "lstm", "gru")

# A short budget is the report's own for the recurrent networks, the long one that of its LeNet-5.
_SHORT_CNN = replace(convolutional.ADAM, epochs=1, steps=499, batch_size=100, log_every=None)
_LONG_RECURRENT = replace(
    recurrent.ADAM, epochs=30, steps=100, batch_size=128, log_every=None, log_after_update=False
)
_SHORT, _LONG = "499 x 100", "3,000 x 128"


def _cell_arms(budget: str, recipe: Recipe) -> tuple[Arm, ...]:
    return tuple(
        Arm(f"{cell}, {budget}", f"comp576/{cell}", recipe, recurrent.TRAINED_ON) for cell in _CELLS
    )


_COMPARISON = Experiment(
    id="comp576/cnn-rnn",
    title="LeNet-5 beside the recurrent networks, at equal budgets too",
    section="Part 3",
    arms=(
        Arm(f"lenet5, {_SHORT}", "comp576/lenet5", _SHORT_CNN),
        *_cell_arms(_SHORT, recurrent.ADAM),
        Arm(f"lenet5, {_LONG}", "comp576/lenet5", convolutional.ADAM),
        *_cell_arms(_LONG, _LONG_RECURRENT),
    ),
    reported=(
        *(
            ReportedFigure("test_accuracy", value, "table", arm=f"{cell}, {_SHORT}")
            for cell, value in recurrent.ACCURACIES.items()
        ),
        ReportedFigure(
            "test_accuracy",
            convolutional.BEST_ACCURACY,
            "table",
            arm=f"lenet5, {_LONG}",
            note="See comp576/lenet5-adam-gap.",
        ),
    ),
    notes=(
        "Updates x batch size, Adam at 1e-3. The report compares 3,000 updates of LeNet-5 with 499 "
        "of the recurrent networks, each on its own data: 1,000 grey pictures of CIFAR-10 a class "
        "there, 55,000 digits here. Accuracies compare within a column of data alone; what can be "
        "compared across is how much the longer budget adds."
    ),
)

ASSIGNMENT = Assignment(
    id="comp576",
    title="Assignment 2: convolutional and recurrent networks",
    course="Rice COMP 576",
    models=(*convolutional.MODELS, *recurrent.MODELS),
    experiments=(*convolutional.EXPERIMENTS, *recurrent.EXPERIMENTS, _COMPARISON),
)
