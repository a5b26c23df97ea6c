"""What a file holds, put where the assignment's own network keeps it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from graders.errors import SubmissionError
from graders.evidence import compare_shapes
from graders.names import one_line
from graders.sandbox import NamedArray


def put_into(
    arrays: Sequence[NamedArray], reference: nn.Module
) -> tuple[tuple[NamedArray, ...], str]:
    """Return `arrays` in the reference's order and by its kinds, and how they were placed.

    By name where all names are the reference's; else each place takes the first array left of its
    shape. Raises SubmissionError where they do not fit.
    """
    places = _places(reference)
    named = {one.name: one for one in arrays}
    if named.keys() == places.keys() and len(named) == len(arrays):
        chosen = [named[name] for name in places]
        for one, (name, place) in zip(chosen, places.items(), strict=True):
            if one.values.shape != place.values.shape:
                raise SubmissionError(f"'{name}' is {_size(one)}, not {_size(place)}")
        return _placed(chosen, places), "by name"
    return _placed(_by_shape(arrays, places), places), "in order, by shape"


def constants_apart(arrays: Sequence[NamedArray], reference: nn.Module) -> tuple[NamedArray, ...]:
    """Call a buffer what holds the very values of a constant that the reference keeps as one.

    An exported file may know constants, but no word for those that nobody trains.
    """
    known = [
        buffer.numpy()
        for module in reference.modules()
        if not hasattr(module, "running_mean")  # statistics are learnt
        for buffer in module.buffers(recurse=False)
    ]

    def is_constant(one: NamedArray) -> bool:
        return any(np.array_equal(one.values, values) for values in known)

    return tuple(replace(one, kind="buffer") if is_constant(one) else one for one in arrays)


def in_written_order(
    arrays: Sequence[NamedArray], reference: nn.Module, input_shape: tuple[int, ...]
) -> tuple[NamedArray, ...]:
    """Put parameters that come in the order of work into the order in which they were written.

    An exported file knows when layers work; where the shortcut of a block was written before the
    block it is another order. They stay as they are where that gives not the reference's shapes.
    """
    own = [one for one in arrays if one.kind == "parameter"]
    order = _order_of_work(reference, input_shape)
    if compare_shapes(arrays, reference).match or len(own) != len(order):
        return tuple(arrays)
    placed = iter([own[order.index(position)] for position in range(len(order))])
    found = tuple(next(placed) if one.kind == "parameter" else one for one in arrays)
    return found if compare_shapes(found, reference).match else tuple(arrays)


def _order_of_work(reference: nn.Module, input_shape: tuple[int, ...]) -> list[int]:
    """The positions of the reference's parameters, as a forward pass meets them."""
    positions = {id(value): number for number, value in enumerate(reference.parameters())}
    met: dict[int, None] = {}

    def meet(module: nn.Module, _: object) -> None:
        met.update(dict.fromkeys(positions[id(each)] for each in module.parameters(recurse=False)))

    hooks = [module.register_forward_pre_hook(meet) for module in reference.modules()]
    with torch.inference_mode():
        reference.eval()(torch.zeros(1, *input_shape))
    for hook in hooks:
        hook.remove()
    return [*met, *(number for number in positions.values() if number not in met)]


def _places(reference: nn.Module) -> dict[str, NamedArray]:
    """The reference's own state: the names, kinds and shapes that are wanted."""
    parameters = {name for name, _ in reference.named_parameters()}
    return {
        name: NamedArray(
            name, "parameter" if name in parameters else "buffer", tensor.detach().numpy()
        )
        for name, tensor in reference.state_dict().items()
    }


def _by_shape(arrays: Sequence[NamedArray], places: dict[str, NamedArray]) -> list[NamedArray]:
    left = list(arrays)
    chosen = []
    for place in places.values():
        fitting = [one for one in left if one.values.shape == place.values.shape]
        if not fitting:
            raise SubmissionError(
                f"no array of the file fits '{place.name}', which is {_size(place)}"
            )
        chosen.append(fitting[0])
        left = [one for one in left if one is not fitting[0]]
    if left:
        raise SubmissionError(f"the network has no place for '{one_line(left[0].name, 60)}'")
    return chosen


def _placed(chosen: Sequence[NamedArray], places: dict[str, NamedArray]) -> tuple[NamedArray, ...]:
    return tuple(
        replace(one, kind=place.kind) for one, place in zip(chosen, places.values(), strict=True)
    )


def _size(one: NamedArray) -> str:
    return "x".join(str(size) for size in np.shape(one.values)) or "a single number"
