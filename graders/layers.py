"""What kinds of layers parameters belong to, as far as their shapes tell: names are claims."""

from collections.abc import Iterable
from itertools import groupby

from graders.rubric import ArchitectureCriterion, LayerKind

_Shape = tuple[int, ...]


def layer_kinds(shapes: Iterable[_Shape]) -> tuple[LayerKind, ...]:
    """Return the kind of every layer, in order, whose parameters have these `shapes`.

    An array of three or more dimensions is a convolution's kernel, one of two a matrix of a dense
    or recurrent layer. Of the vectors that follow, an odd one is the bias, and a pair is the scale
    and shift of a normalisation, or the two biases of a recurrent layer with two matrices.
    """
    kinds: list[LayerKind] = []
    before: list[_Shape] = []
    for kernels, run in groupby(shapes, lambda shape: len(shape) > 1):
        found = list(run)
        kinds += [_kernel(shape) for shape in found] if kernels else _vectors(found, before)
        before = found
    return tuple(kinds)


def layers_difference(criterion: ArchitectureCriterion, kinds: tuple[LayerKind, ...]) -> str:
    """Where the kinds of layers are not as asked; empty where they are."""
    if criterion.layers is not None and kinds != criterion.layers:
        return f"yours with parameters are: {', '.join(kinds) or 'none'}"
    allowed = criterion.allowed if criterion.allowed is not None else kinds
    wrong = [kind for kind in kinds if kind not in allowed or kind in criterion.forbidden]
    return f"yours has a layer of the kind '{wrong[0]}'" if wrong else ""


def _kernel(shape: _Shape) -> LayerKind:
    return "convolution" if len(shape) > 2 else "dense"


def _vectors(run: list[_Shape], before: list[_Shape]) -> list[LayerKind]:
    """The layers that a run of vectors makes beside the kernels that came `before`."""
    biases = len(run) % 2 if before else 0
    if len(run) == 2 and [len(shape) for shape in before[-2:]] == [2, 2]:
        biases = 2
    rest = run[biases:]
    pairs = [rest[start : start + 2] for start in range(0, len(rest), 2)]
    return ["norm" if len(pair) == 2 and pair[0] == pair[1] else "other" for pair in pairs]
