"""Dropout from sixteen random bits a value: drawing the mask is most of what dropout costs a CPU.

torch's `bernoulli_` draws a number for each value, one after another: 8 ms for half a million of
them, a quarter of a step of cs7cs4/convnet-2layer, where sixteen bits a value take 0.7 ms.
"""

import torch
from torch import Tensor, nn

_WORD = 16
_LEAST, _MOST = -(2 ** (_WORD - 1)), 2**_WORD
_A_DRAW = 64 // _WORD


class BitwiseDropout(nn.Module):
    """`nn.Dropout(p)` with `p` rounded to a 65,536th; what is kept is scaled by what is kept.

    Masks come from torch's random numbers of the CPU, and are others than `nn.Dropout` draws.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self._dropped = round(p * _MOST)

    def forward(self, values: Tensor) -> Tensor:
        """Drop some of `values`, of any shape, in training; hand them on otherwise."""
        if not self.training:
            return values
        kept = torch.empty_like(values, dtype=torch.bool)
        words = _words(values.numel())
        # flat, in whatever order of dimensions the values have in memory
        torch.ge(words, _LEAST + self._dropped, out=kept.as_strided(words.shape, (1,)))
        scaled: Tensor = values * (kept * (_MOST / (_MOST - self._dropped)))
        return scaled


def _words(count: int) -> Tensor:
    """So many random integers of 16 bits, evenly spread."""
    draws = torch.empty(-(-count // _A_DRAW), dtype=torch.int64)
    draws.random_(torch.iinfo(torch.int64).min, None)
    words: Tensor = draws.view(torch.int16)[:count]
    return words
