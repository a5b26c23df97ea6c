"""Layers that a recipe holds still, before any that move: what they answer is asked once.

Autograd would run them forwards in every step of every epoch, for the same answers each time. A
probe of 330 parameters on a frozen encoder spends nearly all of its time there.
"""

import hashlib
from collections import OrderedDict
from dataclasses import replace
from itertools import takewhile

from torch import nn

from reference_models.data.datasets import Dataset, Split
from reference_models.training.evaluation import samples_at_once
from reference_models.training.learners import Member, trained_parameters
from reference_models.training.predict import predict
from reference_models.training.tasks import CLASSIFICATION

_ALIKE = (
    *(nn.Sequential, nn.Flatten, nn.Linear, nn.Conv2d, nn.ConvTranspose2d),
    *(nn.MaxPool2d, nn.AvgPool2d, nn.ReLU, nn.Sigmoid, nn.Tanh),
)
"""Layers that answer each sample by itself, in training as in evaluation."""
_FORWARDS = {each.forward for each in _ALIKE}


def without_frozen_layers(
    member: Member, data: Dataset, *, evaluate: bool
) -> tuple[Member, Dataset]:
    """The same training of the layers that move, on what those before them make of `data`.

    Modules are shared, so what is learnt is `member`'s; losses differ by rounding alone. `data`'s
    test and validation splits are changed only with `evaluate`. Both are returned as they are where
    that gains nothing or cannot be known to be the same: the model is no plain `nn.Sequential`, its
    first layers move, draw at random or look at a whole batch, hand on more than they were shown,
    or the task is no classification, or fewer samples are shown than there are.
    """
    first = _frozen_layers(member)
    if first is None or not _repeats(member, data):
        return member, data
    recipe, model = member.recipe, member.model
    one = predict(first, data.train.inputs[:1], recipe.input_scale)
    if one.ndim != 2 or one.numel() > data.train.inputs[0].numel():
        return member, data

    def answered(split: Split) -> Split:
        at_once = samples_at_once(first, split, recipe.input_scale, CLASSIFICATION)
        answers = predict(first, split.inputs, recipe.input_scale, at_once)
        return Split(answers.clone(), split.labels)  # a tensor of inference mode learns nothing

    rest = nn.Sequential(OrderedDict(list(model.named_children())[len(first) :]))
    shown = replace(data, key=_key(first, member, data), train=answered(data.train))
    if evaluate:
        validation = answered(data.validation) if data.validation else None
        shown = replace(shown, test=answered(data.test), validation=validation)
    return replace(member, model=rest, recipe=replace(recipe, input_scale="raw")), shown


def _frozen_layers(member: Member) -> nn.Sequential | None:
    """The layers before the first that moves, if there is anything to compute in them."""
    moving = {name.partition(".")[0] for name in trained_parameters(member)}
    model, layers = member.model, list(member.model.named_children())
    if not isinstance(model, nn.Sequential) or type(model).forward is not nn.Sequential.forward:
        return None
    if len(layers) != len(model):  # a layer that comes twice is named once
        return None
    before = takewhile(lambda layer: layer[0] not in moving, layers)
    first = nn.Sequential(OrderedDict(before))
    computes = any(True for _ in first.parameters())
    alike = all(type(each).forward in _FORWARDS for each in first.modules())
    return first if computes and alike else None


def _repeats(member: Member, data: Dataset) -> bool:
    recipe, samples = member.recipe, len(data.train)
    shown = recipe.samples_an_epoch(samples) * recipe.epochs
    return recipe.task == CLASSIFICATION and shown >= samples


def _key(first: nn.Sequential, member: Member, data: Dataset) -> str:
    """Tells what was made of the data by other layers, or at another scale, from this."""
    digest = hashlib.sha256(f"{member.recipe.input_scale} {first}".encode())
    for name, value in first.state_dict().items():
        digest.update(name.encode() + value.cpu().numpy().tobytes())
    return f"{data.key}, answered by {digest.hexdigest()}"
