"""Layers that a recipe holds still, before any that move: what they answer is asked once.

Autograd would run them forwards in every step of every epoch, for the same answers each time. A
probe of 330 parameters on a frozen encoder spends nearly all of its time there.
"""

from collections import OrderedDict
from dataclasses import replace
from itertools import takewhile

from torch import nn

from reference_models.data.datasets import Dataset, Split
from reference_models.training.evaluation import samples_at_once
from reference_models.training.forms import is_changed
from reference_models.training.learners import Member, trained_parameters
from reference_models.training.predict import predict
from reference_models.training.tasks import CLASSIFICATION

_ALIKE = (
    *(nn.Flatten, nn.Linear, nn.Conv2d, nn.ConvTranspose2d),
    *(nn.MaxPool2d, nn.AvgPool2d, nn.ReLU, nn.Sigmoid, nn.Tanh),
)
"""Layers that answer each sample by itself, in training as in evaluation."""


def without_frozen_layers(
    member: Member, data: Dataset, *, evaluate: bool
) -> tuple[Member, Dataset]:
    """The same training of the layers that move, on what those before them make of `data`.

    Modules are shared, so what is learnt is `member`'s; losses differ by rounding alone, that of
    bfloat16 included, for the answers are float32 whatever the recipe's precision. `data`'s test
    and validation splits are changed only with `evaluate`. Both are returned as they are where
    `frozen_layers` finds none.
    """
    parts = _parts_asked_once(member, data)
    if parts is None:
        return member, data
    first, rest = parts
    scale = member.recipe.input_scale

    def answered(split: Split) -> Split:
        at_once = samples_at_once(first, split, scale, CLASSIFICATION)
        answers = predict(first, split.inputs, scale, at_once)
        return Split(answers.clone(), split.labels)  # a tensor of inference mode learns nothing

    shown = replace(data, train=answered(data.train))
    if evaluate:
        validation = answered(data.validation) if data.validation else None
        shown = replace(shown, test=answered(data.test), validation=validation)
    return replace(member, model=rest, recipe=replace(member.recipe, input_scale="raw")), shown


def frozen_layers(member: Member, data: Dataset) -> nn.Sequential | None:
    """The first layers of `member`, if its training on `data` asks them once a sample.

    There are none where that gains nothing or cannot be known to be the same: the model is no plain
    `nn.Sequential`, has hooks or tied weights, its first layers move, draw at random or look at a
    whole batch, hand on more than they were shown, or the task is no classification, or fewer
    samples are shown than there are.
    """
    parts = _parts_asked_once(member, data)
    return None if parts is None else parts[0]


def _parts_asked_once(member: Member, data: Dataset) -> tuple[nn.Sequential, nn.Sequential] | None:
    """The layers that are asked once, and those that learn from their answers; None as above."""
    parts = _parts(member)
    if parts is None or not _repeats(member, data):
        return None
    one = predict(parts[0], data.train.inputs[:1], member.recipe.input_scale)
    small = one.ndim == 2 and len(one) == 1 and one.nbytes <= data.train.inputs[0].nbytes
    return parts if small else None


def _parts(member: Member) -> tuple[nn.Sequential, nn.Sequential] | None:
    """The layers before the first that moves, if there is anything to compute in them; the rest."""
    model, named = member.model, trained_parameters(member)
    if not isinstance(model, nn.Sequential) or not _is_plain(model):
        return None
    layers = list(model.named_children())
    moving = {name.partition(".")[0] for name in named}
    first = nn.Sequential(OrderedDict(takewhile(lambda layer: layer[0] not in moving, layers)))
    rest = nn.Sequential(OrderedDict(layers[len(first) :]))
    computes = any(True for _ in first.parameters())
    if not computes or not all(_is_plain(each) for each in first.modules()):
        return None
    # A layer that comes twice is named once, and so is a weight.
    if len(layers) != len(model) or set(first.parameters()) & set(rest.parameters()):
        return None
    return first, rest


def _is_plain(layer: nn.Module) -> bool:
    """Whether `layer` does what its type says, and that is known to be the same every time."""
    known = type(layer) in _ALIKE or type(layer).forward is nn.Sequential.forward
    return known and not is_changed(layer)


def _repeats(member: Member, data: Dataset) -> bool:
    recipe, samples = member.recipe, len(data.train)
    shown = recipe.samples_an_epoch(samples) * recipe.epochs
    return recipe.task == CLASSIFICATION and shown >= samples
