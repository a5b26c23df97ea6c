"""Question 3: convolutional autoencoders of FashionMNIST, and classifiers on their encoders.

The layers are those of a widely copied tutorial's autoencoder; inputs lie in [-1, 1], as its tanh
output does. What the report prints as a loss is an epoch's last mini-batch.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Final

from torch import nn

from reference_models.cards import (
    Arm,
    Budget,
    Experiment,
    ModelCard,
    Preparation,
    ReportedFigure,
    Teacher,
)
from reference_models.data import Dataset
from reference_models.training.corruptions import Gaussian, SaltAndPepper, Zeroing
from reference_models.training.recipes import Recipe
from reference_models.training.tasks import Reconstruction

NOISE: Final = (Gaussian(0.5), SaltAndPepper(0.1), Zeroing(0.2))
"""The report stacks these three and says nothing of their strengths."""

STRONG_NOISE: Final = (Gaussian(1.0), SaltAndPepper(0.5), Zeroing(0.5))
"""Strengths that come to the losses that the report prints."""

CODE: Final = 32
"""Values in the code that every encoder gives: 8 maps of 2x2."""

_IMAGE = (1, 28, 28)
_DATASET = "fashion-mnist"
_SAMPLES = 60_000
_CLASSES = 10
_PLAIN, _DENOISING = "jhu482/autoencoder", "jhu482/denoising-autoencoder"
_IMPROVED = "jhu482/autoencoder-improved"
_PROBE, _PROBE_IMPROVED = "jhu482/encoder-probe", "jhu482/encoder-probe-improved"


def encoder() -> nn.Sequential:
    """From `(batch, 1, 28, 28)` to the code, `(batch, 8, 2, 2)`."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 16, 3, stride=3, padding=1),  # (B, 16, 10, 10)
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),  # (B, 16, 5, 5)
            conv2=nn.Conv2d(16, 8, 3, stride=2, padding=1),  # (B, 8, 3, 3)
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2, stride=1),  # (B, 8, 2, 2)
        )
    )


def improved_encoder() -> nn.Sequential:
    """One convolution more: from `(batch, 1, 28, 28)` to the code, `(batch, 8, 2, 2)`.

    The report does not print its paddings; without one in the middle, the code has the shape that
    the unchanged decoder needs.
    """
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 16, 3, padding=1),  # (B, 16, 28, 28)
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2, stride=1),  # (B, 16, 27, 27)
            conv2=nn.Conv2d(16, 8, 3, stride=2),  # (B, 8, 13, 13)
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),  # (B, 8, 6, 6)
            conv3=nn.Conv2d(8, 8, 3, stride=2, padding=1),  # (B, 8, 3, 3)
            relu3=nn.ReLU(),
            pool3=nn.MaxPool2d(2, stride=1),  # (B, 8, 2, 2)
        )
    )


def decoder() -> nn.Sequential:
    """From the code, `(batch, 8, 2, 2)`, to images in [-1, 1], `(batch, 1, 28, 28)`."""
    return nn.Sequential(
        OrderedDict(
            up1=nn.ConvTranspose2d(8, 16, 3, stride=2),  # (B, 16, 5, 5)
            relu1=nn.ReLU(),
            up2=nn.ConvTranspose2d(16, 8, 5, stride=3, padding=1),  # (B, 8, 15, 15)
            relu2=nn.ReLU(),
            up3=nn.ConvTranspose2d(8, 1, 2, stride=2, padding=1),  # (B, 1, 28, 28)
            tanh=nn.Tanh(),
        )
    )


class Autoencoder(nn.Sequential):
    """An encoder and its decoder: images in [-1, 1], `(batch, 1, 28, 28)`, in and out."""

    encoder: nn.Sequential
    decoder: nn.Sequential

    def __init__(self, *, improved: bool = False) -> None:
        first = improved_encoder() if improved else encoder()
        super().__init__(OrderedDict(encoder=first, decoder=decoder()))


class Probe(nn.Sequential):
    """One dense layer, the head, on an encoder's code.

    Input `(batch, 1, 28, 28)` in [-1, 1], output logits `(batch, 10)`. A recipe that
    trains "head" leaves the encoder as it was learnt.
    """

    encoder: nn.Sequential
    head: nn.Linear

    def __init__(self, *, improved: bool = False) -> None:
        first = improved_encoder() if improved else encoder()
        super().__init__(
            OrderedDict(encoder=first, flatten=nn.Flatten(), head=nn.Linear(CODE, _CLASSES))
        )


_PAPER = Recipe(
    epochs=20,
    batch_size=128,
    learning_rate=1e-3,
    input_scale="signed",
    optimiser="adam",
    weight_decay=1e-5,
    task=Reconstruction(),
)
_PAPER_DENOISING = replace(_PAPER, task=Reconstruction(NOISE))
_PAPER_IMPROVED = replace(_PAPER_DENOISING, epochs=10, batch_size=64)
_PAPER_PROBE = Recipe(
    epochs=20,
    batch_size=128,
    learning_rate=1e-3,
    input_scale="signed",
    optimiser="adam",
    trains="head",
)

_PAPER_PROBE_IMPROVED = replace(_PAPER_PROBE, batch_size=64)


def _recipes(paper: Recipe, quick_epochs: int) -> dict[Budget, Recipe]:
    quick = replace(paper, epochs=quick_epochs, batch_size=32, learning_rate=1e-2)
    return {"quick": quick, "paper": paper}


def _encoder_from(source: ModelCard) -> Preparation:
    """Copy the encoder that `source`, an autoencoder, learns by its own recipe into a probe."""

    def prepare(probe: nn.Module, _data: Dataset, teacher: Teacher) -> None:
        encoder_state = teacher(source).get_submodule("encoder").state_dict()
        probe.get_submodule("encoder").load_state_dict(encoder_state)

    return prepare


def _autoencoder_card(
    model: str, title: str, section: str, paper: Recipe, last_loss: float
) -> ModelCard:
    improved = model == _IMPROVED
    return ModelCard(
        id=model,
        title=title,
        section=section,
        module=partial(Autoencoder, improved=improved),
        input_shape=_IMAGE,
        classes=0,
        parameters=6_313 if improved else 5_729,
        dataset=_DATASET,
        recipes=_recipes(paper, quick_epochs=3 if improved else 6),
        reported=ReportedFigure("train_loss", last_loss, "text", note=_LAST_BATCH),
    )


def _probe_card(
    model: str, title: str, section: str, paper: Recipe, source: ModelCard, accuracy: float
) -> ModelCard:
    improved = model == _PROBE_IMPROVED
    return ModelCard(
        id=model,
        title=title,
        section=section,
        module=partial(Probe, improved=improved),
        input_shape=_IMAGE,
        classes=_CLASSES,
        parameters=2_234 if improved else 1_650,
        dataset=_DATASET,
        recipes=_recipes(paper, quick_epochs=8),
        reported=ReportedFigure("test_accuracy", accuracy, "text", note=_NOT_FROZEN),
        prepare=_encoder_from(source),
        notes="330 parameters are trained; the encoder comes from its autoencoder and is frozen.",
    )


_LAST_BATCH = "Printed is the loss of an epoch's last mini-batch; ours is the mean over the epoch."
_NOISE_UNKNOWN = (
    "The report does not say how strong its noise is; its losses need a stronger one than ours. "
    + _LAST_BATCH
)
_SAME_BATCH = "The last mini-batch of the epoch; ours is the same batch's loss after its update."
_NOT_FROZEN = (
    "Out of reach of one dense layer on 32 frozen values; an encoder that learns on comes near: "
    "freezing probably did not take effect in the report."
)
_EXPLAINS = "What the report's figures are like if its encoder was not frozen."

_STRONGER = (
    "The same printed figure, beside noise of deviation 1, salt and pepper on a half and zeros on "
    "a half: the report calls its noise strong, and this reaches its level. " + _LAST_BATCH
)

_DENOISER = _autoencoder_card(
    _DENOISING, "Denoising autoencoder", "Question 3(b)", _PAPER_DENOISING, 0.2050
)
_IMPROVED_DENOISER = _autoencoder_card(
    _IMPROVED,
    "Denoising autoencoder, one convolution more",
    "Question 3(d)",
    _PAPER_IMPROVED,
    0.1623,
)

MODELS = (
    _autoencoder_card(_PLAIN, "Autoencoder", "Question 3(a)", _PAPER, 0.0710),
    _DENOISER,
    _IMPROVED_DENOISER,
    _probe_card(
        _PROBE,
        "Dense layer on the denoising encoder",
        "Question 3(c)",
        _PAPER_PROBE,
        _DENOISER,
        0.8209,
    ),
    _probe_card(
        _PROBE_IMPROVED,
        "Dense layer on the improved encoder",
        "Question 3(d)",
        _PAPER_PROBE_IMPROVED,
        _IMPROVED_DENOISER,
        0.8459,
    ),
)


def _by_epoch(*losses: float, first: int = 1) -> dict[int, float]:
    """Printed losses of consecutive epochs, by epoch."""
    return dict(enumerate(losses, start=first))


_PLAIN_LOSSES = _by_epoch(0.1142, 0.1048, 0.0835, 0.0928, 0.0888) | {12: 0.0760, 20: 0.0710}
_DENOISING_LOSSES = _by_epoch(0.3223, 0.2495, 0.2465, 0.2213, 0.2268) | _by_epoch(
    0.1787, 0.2017, 0.1847, 0.2050, first=17
)
_IMPROVED_LOSSES = {1: 0.2001, 10: 0.1623}


def _logged(recipe: Recipe) -> Recipe:
    """`recipe` with the last batch of every epoch logged."""
    return replace(recipe, log_every=_steps(recipe), log_after_update=True)


def _steps(recipe: Recipe) -> int:
    return ceil(_SAMPLES / recipe.batch_size)


def _stronger(recipe: Recipe) -> Recipe:
    return replace(recipe, task=Reconstruction(STRONG_NOISE))


def _noisy_losses(arm: str, losses: dict[int, float], note: str) -> tuple[ReportedFigure, ...]:
    return tuple(
        ReportedFigure("train_loss", loss, "text", arm, epoch=epoch, note=note)
        for epoch, loss in losses.items()
    )


def _last_batch(
    arm: str, recipe: Recipe, losses: dict[int, float], note: str
) -> tuple[ReportedFigure, ...]:
    return tuple(
        ReportedFigure("loss", loss, "text", arm, step=_steps(recipe) * epoch, note=note)
        for epoch, loss in losses.items()
    )


@dataclass(frozen=True)
class _Probed:
    """What the report prints of a probe after 20 and 100 epochs, and how it was trained."""

    model: str
    name: str
    recipe: Recipe
    losses: dict[int, float]
    accuracies: dict[int, float]

    @property
    def frozen(self) -> Arm:
        recipe = _logged(replace(self.recipe, epochs=100, test_every=10))
        return Arm(f"{self.name}, frozen", self.model, recipe)

    @property
    def unfrozen(self) -> Arm:
        recipe = _logged(replace(self.recipe, epochs=100, test_every=10, trains=""))
        return Arm(f"{self.name}, not frozen", self.model, recipe)

    def figures(self, arm: Arm) -> tuple[ReportedFigure, ...]:
        note = _NOT_FROZEN if arm == self.frozen else _EXPLAINS
        accuracies = (
            ReportedFigure("test_accuracy", value, "text", arm.label, epoch=epoch, note=note)
            for epoch, value in self.accuracies.items()
        )
        return (*_last_batch(arm.label, self.recipe, self.losses, note), *accuracies)


_PROBED = (
    _Probed(
        _PROBE,
        "encoder",
        _PAPER_PROBE,
        {20: 0.4433, 100: 0.3656},
        {20: 0.8209, 100: 0.8486},
    ),
    _Probed(
        _PROBE_IMPROVED,
        "improved encoder",
        _PAPER_PROBE_IMPROVED,
        {20: 0.4017, 100: 0.2398},
        {20: 0.8459, 100: 0.8853},
    ),
)

EXPERIMENTS = (
    Experiment(
        id="jhu482/autoencoders",
        title="Reconstruction, plain and of noisy images",
        section="Question 3(a), (b) and (d)",
        arms=(
            Arm("plain", _PLAIN, _logged(_PAPER)),
            Arm("denoising", _DENOISING, _PAPER_DENOISING),
            Arm("improved, denoising", _IMPROVED, _PAPER_IMPROVED),
            Arm("denoising, strong noise", _DENOISING, _stronger(_PAPER_DENOISING)),
            Arm("improved, denoising, strong noise", _IMPROVED, _stronger(_PAPER_IMPROVED)),
        ),
        reported=(
            *_last_batch("plain", _PAPER, _PLAIN_LOSSES, _SAME_BATCH),
            *_noisy_losses("denoising", _DENOISING_LOSSES, _NOISE_UNKNOWN),
            *_noisy_losses("improved, denoising", _IMPROVED_LOSSES, _NOISE_UNKNOWN),
            *_noisy_losses("denoising, strong noise", _DENOISING_LOSSES, _STRONGER),
            *_noisy_losses("improved, denoising, strong noise", _IMPROVED_LOSSES, _STRONGER),
        ),
        notes=(
            "Mean squared errors of images in [-1, 1]. Losses in training are of noisy inputs in "
            "the denoising arms, so they do not compare with the plain one's; the test losses in "
            "the records do, being of clean inputs in all. A loss against the noisy image instead "
            "of the clean one would stay at 0.30, which rules that explanation out."
        ),
    ),
    Experiment(
        id="jhu482/encoder-probes",
        title="One dense layer on an encoder, frozen and not, at 20 and 100 epochs",
        section="Question 3(c) and (d)",
        arms=(
            *(probed.frozen for probed in _PROBED),
            *(probed.unfrozen for probed in _PROBED),
        ),
        reported=tuple(
            figure
            for probed in _PROBED
            for arm in (probed.frozen, probed.unfrozen)
            for figure in probed.figures(arm)
        ),
        notes=(
            "The report says that the encoder is frozen. Its figures stand beside both: a frozen "
            "encoder, and one that the classifier's loss goes on changing. Inputs are clean."
        ),
    ),
)
