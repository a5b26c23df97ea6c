"""Dropout from sixteen random bits a value: drawing the mask is most of what dropout costs a CPU.

torch's `bernoulli_` draws a number for each value, one after another: a quarter of a training step
of cs7cs4/convnet-2layer (docs/training.md has the times).
"""

import torch
from torch import Tensor, nn

_WORD = 16
_LEAST, _MOST = -(2 ** (_WORD - 1)), 2**_WORD
_A_DRAW = 64 // _WORD


class BitwiseDropout(nn.Dropout):
    """`nn.Dropout(p)` with `p` rounded to a 65,536th; what is kept is scaled by one over its share.

    Masks come from torch's random numbers of the CPU, and are others than `nn.Dropout` draws.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p)
        self._dropped = round(p * _MOST)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        """Drop some values of `input`, of any shape, in training; hand it on otherwise."""
        if not self.training:
            return input
        kept = torch.empty_like(input, dtype=torch.bool)
        words = _words(input.numel(), input.device)
        # flat, in whatever order of dimensions the values have in memory
        torch.ge(words, _LEAST + self._dropped, out=kept.as_strided(words.shape, (1,)))
        mask = kept.to(input.dtype).mul_(_MOST / (_MOST - self._dropped))
        return input * mask


def _words(count: int, device: torch.device) -> Tensor:
    """So many random integers of 16 bits, evenly spread."""
    draws = torch.empty(-(-count // _A_DRAW), dtype=torch.int64, device=device)
    draws.random_(torch.iinfo(torch.int64).min, None)
    words: Tensor = draws.view(torch.int16)[:count]
    return words
