"""Weights that came without code, put into the assignment's own network."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from graders.errors import SubmissionError
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
