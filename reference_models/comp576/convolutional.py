"""The convolutional half of Rice COMP 576, assignment 2: LeNet-5 on small grey pictures.

The report made 15 runs of 3,000 batches, each batch drawn from a permutation of its own. It logged
the loss and accuracy of every hundredth batch, with dropout and before the update, and the test
accuracy once, after the last. TensorFlow adds Adam's epsilon before the bias correction and torch
after it; at 1e-8 that is below what rounding does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from torch import nn

from reference_models.cards import Arm, Experiment, ModelCard, ReportedFigure
from reference_models.comp576.lenet import LeNet5
from reference_models.training.recipes import Recipe

_IMAGE = (1, 28, 28)
_CLASSES = 10
_DATASET = "cifar10-grey"
_TANH, _RELU = "comp576/lenet5", "comp576/lenet5-relu"

ADAM = Recipe(
    epochs=30,
    steps=100,
    batch_size=128,
    fresh_order=True,
    learning_rate=1e-3,
    input_scale="unit",
    optimiser="adam",
    log_every=100,
)
"""3,000 steps, counted as 30 epochs of 100 so that the test curve shows; the report's second."""

_QUICK = replace(ADAM, epochs=1, steps=44, batch_size=32, learning_rate=3e-4, log_every=None)
_DESCENT = replace(ADAM, optimiser="sgd")

_LOGGED = (0, 100, 2800, 2900)
_ACTIVATIONS = {
    "layer1_mean": -0.00578084,
    "layer1_variance": 0.0158819,
    "layer1_min": -0.802469,
    "layer1_max": 0.732925,
    "layer1_std": 0.126024,
    "layer2_mean": -0.244259,
    "layer2_variance": 0.131925,
    "layer2_min": -0.999997,
    "layer2_max": 0.999941,
    "layer2_std": 0.363215,
}
_NOT_TIED = (
    "The report does not say which of its 15 runs this belongs to; the published script's default "
    "is Adam at 1e-3."
)
_OPEN = "The report's Adam runs end higher than the same runs here: see comp576/lenet5-adam-gap."
_DROPPED = "One batch of 128 with dropout: a single draw, from another start."


@dataclass(frozen=True)
class _Setting:
    """One of the report's 15 runs: what it changed, what it logged, and its test accuracy."""

    label: str
    recipe: Recipe
    logged: tuple[tuple[float, float], ...]
    accuracy: float

    @property
    def arm(self) -> Arm:
        return Arm(self.label, _TANH, self.recipe)

    @property
    def figures(self) -> tuple[ReportedFigure, ...]:
        """Loss and accuracy at each of the logged steps, and the test accuracy."""
        adam = self.recipe.optimiser == "adam"
        note = _OPEN if adam and self.recipe.learning_rate < 1e-2 else ""
        return (
            *_log(self.label, _LOGGED, self.logged),
            ReportedFigure("test_accuracy", self.accuracy, "table", arm=self.label, note=note),
        )


def _log(
    arm: str, steps: tuple[int, ...], values: tuple[tuple[float, float], ...]
) -> tuple[ReportedFigure, ...]:
    return tuple(
        ReportedFigure(metric, value, "text", arm=arm, step=step, note=_DROPPED)
        for step, pair in zip(steps, values, strict=True)
        for metric, value in zip(("loss", "accuracy"), pair, strict=True)
    )


def _adam(rate: float, beta: float | None = None) -> Recipe:
    recipe = replace(ADAM, learning_rate=rate)
    return recipe if beta is None else replace(recipe, betas=(beta, beta))


def _descent(rate: float, momentum: float = 0.0) -> Recipe:
    return replace(_DESCENT, learning_rate=rate, momentum=momentum)


_SETTINGS = (
    _Setting(
        "1 adam 1e-2",
        _adam(1e-2),
        ((5.89619, 0.140625), (2.57446, 0.0859375), (3.02012, 0.132812), (2.76285, 0.0625)),
        0.1,
    ),
    _Setting(
        "2 adam 1e-3",
        ADAM,
        ((5.53091, 0.109375), (2.7775, 0.1875), (0.12577, 0.976562), (0.0764929, 0.984375)),
        0.565,
    ),
    _Setting(
        "3 adam 1e-4",
        _adam(1e-4),
        ((4.91851, 0.09375), (2.58724, 0.234375), (1.14305, 0.609375), (1.13062, 0.625)),
        0.489,
    ),
    _Setting(
        "4 adam 1e-3 betas 0.1",
        _adam(1e-3, 0.1),
        ((5.23125, 0.0625), (2.65417, 0.242188), (0.0405572, 0.976562), (0.0650353, 0.960938)),
        0.53,
    ),
    _Setting(
        "5 adam 1e-3 betas 0.3",
        _adam(1e-3, 0.3),
        ((5.95257, 0.109375), (2.85569, 0.242188), (0.0277834, 0.992188), (0.0713669, 0.976562)),
        0.532,
    ),
    _Setting(
        "6 adam 1e-3 betas 0.6",
        _adam(1e-3, 0.6),
        ((5.07153, 0.109375), (2.2398, 0.359375), (0.043352, 0.984375), (0.0719968, 0.976562)),
        0.539,
    ),
    _Setting(
        "7 descent 1e-2",
        _descent(1e-2),
        ((5.08732, 0.09375), (2.92382, 0.140625), (1.47761, 0.460938), (1.73298, 0.421875)),
        0.444,
    ),
    _Setting(
        "8 descent 1e-3",
        _descent(1e-3),
        ((5.6605, 0.101562), (3.78212, 0.132812), (2.15316, 0.296875), (2.10632, 0.242188)),
        0.335,
    ),
    _Setting(
        "9 descent 1e-4",
        _descent(1e-4),
        ((5.53316, 0.132812), (4.60991, 0.109375), (3.21105, 0.203125), (3.31617, 0.140625)),
        0.235,
    ),
    _Setting(
        "10 momentum 0.9 1e-2",
        _descent(1e-2, 0.9),
        ((5.73375, 0.09375), (2.6112, 0.179688), (0.74255, 0.742188), (0.703186, 0.75)),
        0.494,
    ),
    _Setting(
        "11 momentum 0.9 1e-3",
        _descent(1e-3, 0.9),
        ((5.44405, 0.078125), (2.54106, 0.179688), (1.64176, 0.40625), (1.49669, 0.476562)),
        0.446,
    ),
    _Setting(
        "12 momentum 0.9 1e-4",
        _descent(1e-4, 0.9),
        ((5.08805, 0.09375), (3.64254, 0.125), (2.12834, 0.28125), (2.08686, 0.25)),
        0.318,
    ),
    _Setting(
        "13 momentum 0.1 1e-3",
        _descent(1e-3, 0.1),
        ((6.10557, 0.0703125), (3.27781, 0.125), (2.03405, 0.234375), (1.83842, 0.375)),
        0.351,
    ),
    _Setting(
        "14 momentum 0.3 1e-3",
        _descent(1e-3, 0.3),
        ((6.02052, 0.078125), (3.55658, 0.164062), (2.05859, 0.28125), (1.98615, 0.351562)),
        0.35,
    ),
    _Setting(
        "15 momentum 0.6 1e-3",
        _descent(1e-3, 0.6),
        ((4.9121, 0.09375), (3.29391, 0.15625), (1.86872, 0.328125), (1.80693, 0.367188)),
        0.397,
    ),
)
_BEST = _SETTINGS[1]
_STATISTICS = tuple(
    ReportedFigure(metric, value, "text", arm=_BEST.label, note=_NOT_TIED)
    for metric, value in _ACTIVATIONS.items()
)

BEST_ACCURACY = _BEST.accuracy

_OPTIMISERS = Experiment(
    id="comp576/lenet5-optimisers",
    title="15 optimiser settings, 3,000 steps each",
    section="Part 1",
    arms=tuple(setting.arm for setting in _SETTINGS),
    reported=(
        *(figure for setting in _SETTINGS for figure in setting.figures),
        *_log("5 adam 1e-3 betas 0.3", (200,), ((2.04566, 0.367188),)),
        *_STATISTICS,
    ),
    notes="Where the report's table has 0.1, 0.3 and 0.6 for Adam, its code sets both betas.",
)

_HANDOUT = Experiment(
    id="comp576/lenet5-handout",
    title="ReLU, as the handout prescribes",
    section="Part 1",
    arms=(
        Arm("adam 1e-3", _RELU, ADAM),
        Arm("adam 1e-4", _RELU, _adam(1e-4)),
        Arm("descent 1e-2", _RELU, _descent(1e-2)),
    ),
    notes="The report used tanh: it has no figures of this network.",
)


def _variant(label: str, build: Callable[[], nn.Module]) -> Arm:
    return Arm(label, _TANH, ADAM, build=build)


_GAP_ARMS = (
    Arm("as described", _TANH, ADAM),
    Arm("relu", _RELU, ADAM),
    _variant("relu convolutions, tanh dense", partial(LeNet5, "relu", dense="tanh")),
    _variant("tanh convolutions, relu dense", partial(LeNet5, "tanh", dense="relu")),
    _variant(
        "tanh convolutions, relu dense of deviation 0.05",
        partial(LeNet5, "tanh", dense="relu", dense_std=0.05),
    ),
    _variant("no dropout", partial(LeNet5, dropout=0.0)),
    _variant("weights of deviation 0.05", partial(LeNet5, std=0.05)),
    Arm("raw pixels", _TANH, replace(ADAM, input_scale="raw")),
    Arm("signed pixels", _TANH, replace(ADAM, input_scale="signed")),
    Arm("standardised pixels", _TANH, replace(ADAM, input_scale="standard")),
    Arm("ended at step 1,000", _TANH, replace(ADAM, epochs=10)),
)


def _gap_figures(arm: Arm) -> tuple[ReportedFigure, ...]:
    """What is known of the report's run, beside each arm that may explain it."""
    ends_late = arm.recipe is not None and arm.recipe.epochs == ADAM.epochs
    steps = _LOGGED if ends_late else _LOGGED[:2]
    losses = [loss for loss, _ in _BEST.logged]
    return (
        *(
            ReportedFigure("loss", loss, "text", arm=arm.label, step=step, note=_DROPPED)
            for step, loss in zip(steps, losses, strict=False)
        ),
        ReportedFigure("test_accuracy", _BEST.accuracy, "table", arm=arm.label),
        *(
            ReportedFigure(metric, _ACTIVATIONS[metric], "text", arm=arm.label, note=_NOT_TIED)
            for metric in ("layer1_mean", "layer1_variance", "layer2_mean", "layer2_variance")
        ),
    )


_GAP = Experiment(
    id="comp576/lenet5-adam-gap",
    title="What may explain the report's Adam run at 1e-3: one change at a time",
    section="Part 1",
    arms=_GAP_ARMS,
    reported=tuple(figure for arm in _GAP_ARMS for figure in _gap_figures(arm)),
    notes=(
        "Every arm stands beside the report's one run, to see which comes nearest. The printed "
        "losses before training (4.9 to 6.1 over the 15 runs) fit tanh throughout, and as well "
        "ReLU convolutions below a tanh dense layer; ReLU in the dense layer starts near 10. With "
        "dense weights of half the deviation it starts where the report does, ends at its losses, "
        "within three points of its accuracy, and has its activation statistics: the likeliest "
        "explanation so far, though it falls faster in the first hundred steps."
    ),
)

MODELS = (
    ModelCard(
        id=_TANH,
        title="LeNet-5 with tanh",
        section="Part 1",
        module=LeNet5,
        input_shape=_IMAGE,
        classes=_CLASSES,
        parameters=3_274_634,
        dataset=_DATASET,
        recipes={"quick": _QUICK, "paper": ADAM},
        reported=ReportedFigure("test_accuracy", _BEST.accuracy, "table", arm=_BEST.label),
        notes="The handout prescribes ReLU; the report's code and its activations say tanh.",
    ),
    ModelCard(
        id=_RELU,
        title="LeNet-5 with the handout's ReLU",
        section="Part 1",
        module=partial(LeNet5, "relu"),
        input_shape=_IMAGE,
        classes=_CLASSES,
        parameters=3_274_634,
        dataset=_DATASET,
        recipes={"quick": _QUICK, "paper": ADAM},
    ),
)

EXPERIMENTS = (_OPTIMISERS, _HANDOUT, _GAP)
