"""The list of pictures: what each is called, which models it fits, and how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from reference_models.bs6207.models import UniqueClassCount
from reference_models.cards import ModelCard
from reference_models.data import scale_pixels
from reference_models.training import Reconstruction
from reference_models.training.evaluation import batches_of
from reference_models.visualise.activations import activations
from reference_models.visualise.confusion import confusion
from reference_models.visualise.curves import curves
from reference_models.visualise.deconvnet import deconvnet, showable_layers
from reference_models.visualise.distributions import distributions, extracted
from reference_models.visualise.errors import PictureError
from reference_models.visualise.evolution import evolution
from reference_models.visualise.features import features
from reference_models.visualise.filters import filters
from reference_models.visualise.invariance import invariance, landmarks
from reference_models.visualise.kernels import kernels
from reference_models.visualise.layers import ACTIVATIONS, convolutions
from reference_models.visualise.occlusion import occlusion
from reference_models.visualise.reconstructions import reconstructions
from reference_models.visualise.regions import regions
from reference_models.visualise.scene import SEARCHED, Scene, stages

_CONVOLUTION = "cs7cs4/convolution"
_SHOWN = 8
_MOVED = 5
_OCCLUDED = 5
_MOST_EXTRACTED = 2000


@dataclass(frozen=True)
class _Sitter:
    """A card and its untrained model."""

    card: ModelCard
    model: nn.Module


@dataclass(frozen=True)
class Picture:
    """A kind of picture. `fits` judges an untrained model; `draw` wants a scene."""

    name: str
    fits: Callable[[_Sitter], bool]
    draw: Callable[[Scene], Figure]
    dataset: str | None = None
    """Whose pictures are shown, where it is not the model's own data set."""


def picture_names() -> tuple[str, ...]:
    """Every kind of picture there is."""
    return tuple(_PICTURES)


def pictures_of(card: ModelCard) -> tuple[str, ...]:
    """The kinds of picture that the model of `card` can give."""
    sitter = _Sitter(card, card.build())
    return tuple(name for name, each in _PICTURES.items() if each.fits(sitter))


def find_picture(name: str, card: ModelCard) -> Picture:
    """Return the picture called `name`; PictureError if the model of `card` cannot give it."""
    possible = pictures_of(card)
    if name not in possible:
        raise PictureError(
            f"{card.id} cannot show {name}; it can show: {', '.join(possible) or 'nothing'}"
        )
    return _PICTURES[name]


def _eye(model: nn.Module) -> nn.Module:
    """The part that sees single images: all of a model, a bag model's extractor, an encoder."""
    if isinstance(model, UniqueClassCount):
        return model.extractor
    encoder = getattr(model, "encoder", None)
    return encoder if isinstance(encoder, nn.Module) and _decodes(model) else model


def _layer(scene: Scene) -> str | None:
    """The layer that was asked for, by its name within the part that sees images."""
    eye = _eye(scene.model)
    prefix = next((name for name, part in scene.model.named_modules() if part is eye), "")
    return scene.layer.removeprefix(f"{prefix}.") if scene.layer and prefix else scene.layer


def _decodes(model: nn.Module) -> bool:
    return isinstance(getattr(model, "decoder", None), nn.Module)


def _sees_images(sitter: _Sitter) -> bool:
    return len(sitter.card.input_shape) >= 3 and sitter.card.id != _CONVOLUTION


def _classifies_images(sitter: _Sitter) -> bool:
    return len(sitter.card.input_shape) == 3 and sitter.card.classes > 1 and sitter.card.is_trained


def _has_convolutions(sitter: _Sitter) -> bool:
    return bool(convolutions(sitter.model))


def _is_plain_stack(sitter: _Sitter) -> bool:
    eye = _eye(sitter.model)
    names = showable_layers(eye)
    return any(isinstance(eye.get_submodule(name), ACTIVATIONS) for name in names)


def _is_trained(sitter: _Sitter) -> bool:
    return sitter.card.is_trained


def _has_activations(sitter: _Sitter) -> bool:
    return any(isinstance(each, ACTIVATIONS) for each in sitter.model.modules())


def _restores(sitter: _Sitter) -> bool:
    tasks = [recipe.task for recipe in sitter.card.recipes.values()]
    return any(isinstance(task, Reconstruction) for task in tasks) or (
        isinstance(sitter.model, UniqueClassCount) and _decodes(sitter.model)
    )


def _moves(sitter: _Sitter) -> bool:
    return _sees_images(sitter) and sitter.card.is_trained


def _reads_points(sitter: _Sitter) -> bool:
    return sitter.card.dataset == "pentagons"


def _decides(sitter: _Sitter) -> bool:
    return sitter.card.classes > 1 and sitter.card.answers


def _counts_bags(sitter: _Sitter) -> bool:
    return isinstance(sitter.model, UniqueClassCount)


def _convolves_by_hand(sitter: _Sitter) -> bool:
    return sitter.card.id == _CONVOLUTION


def _curves(scene: Scene) -> Figure:
    title = f"{scene.title}: learning curves"
    return curves({scene.title: [scene.history]}, title=title, caption=scene.caption)


def _filters(scene: Scene) -> Figure:
    return filters(scene.model, title=scene.title, caption=scene.caption, layer=scene.layer)


def _features(scene: Scene) -> Figure:
    (example,) = scene.examples(1)
    return features(
        scene.model, example, title=scene.title, caption=scene.caption, layer=scene.layer
    )


def _activations(scene: Scene) -> Figure:
    count = max(SEARCHED // scene.task.samples_per_example, 1)
    shown = scene.examples(count)
    caption = f"{scene.caption}; {len(shown)} test examples"
    return activations(scene.model, shown, title=scene.title, caption=caption)


def _reconstructions(scene: Scene) -> Figure:
    task, model = scene.task, scene.model
    if isinstance(model, UniqueClassCount) and model.decoder is not None:
        model = nn.Sequential(model.extractor, model.decoder)
    return reconstructions(
        model,
        scene.images()[scene.one_of_each(_SHOWN)],
        title=scene.title,
        caption=scene.caption,
        corruptions=getattr(task, "corruptions", ()),
        seed=scene.seed,
    )


def _deconvnet(scene: Scene) -> Figure:
    return deconvnet(
        _eye(scene.model),
        scene.images(),
        title=scene.title,
        caption=scene.caption,
        layer=_layer(scene),
    )


def _evolution(scene: Scene) -> Figure:
    if scene.weights is not None:
        raise PictureError("an evolution is that of a training; it cannot start from --weights")
    return evolution(
        {name: _eye(model) for name, model in stages(scene).items()},
        scene.images(),
        title=scene.title,
        caption=scene.caption,
        layer=_layer(scene),
    )


def _occlusion(scene: Scene) -> Figure:
    images, labels = _some(scene, _OCCLUDED)
    return occlusion(
        scene.model,
        images,
        labels.tolist(),
        scene.data.classes,
        title=scene.title,
        caption=scene.caption,
    )


def _invariance(scene: Scene) -> Figure:
    judges = _classifies_images(_Sitter(scene.card, scene.model))
    images, labels = _some(scene, _MOVED)
    eye = _eye(scene.model)
    first, last = landmarks(eye, images)
    return invariance(
        eye,
        images,
        labels.tolist(),
        scene.data.classes,
        title=scene.title,
        caption=scene.caption,
        layers=(first, _layer(scene) or last),
        judges=judges,
    )


def _kernels(scene: Scene) -> Figure:
    stored = scene.data.test.inputs[scene.seed % len(scene.data.test)]
    return kernels(stored, title="Convolution by hand", caption=scene.data.title)


def _regions(scene: Scene) -> Figure:
    return regions(
        {scene.title: scene.model},
        scene.scale,
        scene.task,
        title=scene.title,
        caption=scene.caption,
    )


def _confusion(scene: Scene) -> Figure:
    wanted, answered = _judged(scene)
    names = scene.data.classes
    if isinstance(scene.model, UniqueClassCount):
        low = getattr(scene.task, "low", 1)
        names = tuple(f"{low + number} unique" for number in range(scene.card.classes))
    return confusion(wanted, answered, names, title=scene.title, caption=scene.caption)


def _distributions(scene: Scene) -> Figure:
    found = extracted(_eye(scene.model), scene.images(_MOST_EXTRACTED))
    return distributions(
        found,
        scene.labels(_MOST_EXTRACTED),
        scene.data.classes,
        title=scene.title,
        caption=scene.caption,
    )


def _some(scene: Scene, count: int) -> tuple[Tensor, Tensor]:
    positions = scene.one_of_each(count)
    return scene.images()[positions], scene.labels()[positions]


def _judged(scene: Scene) -> tuple[Tensor, Tensor]:
    """Right answers and given ones over the test examples, `(N,)` each."""
    wanted, answered = [], []
    model, task = scene.model, scene.task
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for stored, labels in batches_of(scene.data.test, task):
            shown, target = task.example(scale_pixels(stored, scene.scale), labels, training=False)
            wanted.append(target[0] if isinstance(target, tuple) else target)
            answered.append(task.answers(model(shown)).argmax(1))
    model.train(was_training)
    return torch.cat(wanted), torch.cat(answered)


_PICTURES = {
    each.name: each
    for each in (
        Picture("curves", _is_trained, _curves),
        Picture("filters", _has_convolutions, _filters),
        Picture("features", _has_convolutions, _features),
        Picture("activations", _has_activations, _activations),
        Picture("reconstructions", _restores, _reconstructions),
        Picture("deconvnet", _is_plain_stack, _deconvnet),
        Picture("evolution", _is_plain_stack, _evolution),
        Picture("occlusion", _classifies_images, _occlusion),
        Picture("invariance", _moves, _invariance),
        Picture("kernels", _convolves_by_hand, _kernels, dataset="cifar10"),
        Picture("regions", _reads_points, _regions),
        Picture("confusion", _decides, _confusion),
        Picture("distributions", _counts_bags, _distributions),
    )
}
