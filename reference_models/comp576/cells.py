"""Recurrent layers with the cells of TensorFlow 1, which the report was made with.

They differ from torch's: one bias vector a gate, a forget gate whose bias is raised by one in the
forward pass, and a GRU that resets the state before the recurrent product. A kernel has the rows of
the input above those of the state, `(inputs + hidden, gates * hidden)`, and is drawn as one matrix
from Glorot's uniform law.

What the inputs add to the gates depends on no state: one product gives it for all steps at once,
and only the product with the state is left to the loop over time.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from reference_models.comp576.unrolled import BasicRun, GRURun, LSTMRun, Unrolled

Cell = Literal["rnn", "lstm", "gru"]

_SIDE = 28
_CLASSES = 10
_FORGET = 1.0


class _Layer(nn.Module):
    """What the three layers share: a faster form for the engine, with the same parameters."""

    def fast_form(self) -> nn.Module:
        """The same layer as a CPU runs it fastest: itself, if its forward is a subclass's."""
        return Unrolled(self) if type(self) in _LAYERS.values() else self


class BasicLayer(_Layer):
    """`h = tanh([x, h] kernel + bias)`: sequences `(B, T, inputs)` to last states `(B, hidden)`."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.kernel = _kernel(inputs, hidden, gates=1)
        self.bias = nn.Parameter(torch.zeros(hidden))

    def forward(self, sequences: Tensor) -> Tensor:
        """Run over time from a state of zeros; return the last state."""
        of_input, of_state = self.kernel[: self.inputs], self.kernel[self.inputs :]
        state = _no_state(sequences, of_state)
        for shown in _projected(sequences, of_input, self.bias).unbind():
            state = torch.tanh(torch.addmm(shown, state, of_state))
        return state

    def unrolled(self, sequences: Tensor) -> Tensor:
        """What `forward` returns, as one step of autograd; nothing flows back to `sequences`."""
        last: Tensor = BasicRun.apply(_by_time(sequences), self.kernel, self.bias)
        return last


class LSTMLayer(_Layer):
    """TensorFlow's BasicLSTMCell: sequences `(B, T, inputs)` to last outputs `(B, hidden)`.

    The kernel's columns are input gate, candidate, forget gate and output gate.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.kernel = _kernel(inputs, hidden, gates=4)
        self.bias = nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, sequences: Tensor) -> Tensor:
        """Run over time from states of zeros; return the last output."""
        of_input, of_state = self.kernel[: self.inputs], self.kernel[self.inputs :]
        output = memory = _no_state(sequences, of_state)
        for shown in _projected(sequences, of_input, self._raised_bias()).unbind():
            gates = torch.addmm(shown, output, of_state)
            entering, candidate, forget, leaving = gates.chunk(4, dim=-1)
            kept = memory * torch.sigmoid(forget)
            memory = torch.addcmul(kept, torch.sigmoid(entering), torch.tanh(candidate))
            output = torch.tanh(memory) * torch.sigmoid(leaving)
        return output

    def unrolled(self, sequences: Tensor) -> Tensor:
        """What `forward` returns, as one step of autograd; nothing flows back to `sequences`."""
        last: Tensor = LSTMRun.apply(_by_time(sequences), self.kernel, self._raised_bias())
        return last

    def _raised_bias(self) -> Tensor:
        entering, candidate, forget, leaving = self.bias.chunk(4)
        return torch.cat((entering, candidate, forget + _FORGET, leaving))


class GRULayer(_Layer):
    """TensorFlow's GRUCell: sequences `(B, T, inputs)` to last states `(B, hidden)`.

    The gate kernel's columns are reset gate and update gate. The gates' bias starts at 1, so that a
    fresh cell keeps most of its state; the candidate's starts at 0.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.gate_kernel = _kernel(inputs, hidden, gates=2)
        self.gate_bias = nn.Parameter(torch.ones(2 * hidden))
        self.candidate_kernel = _kernel(inputs, hidden, gates=1)
        self.candidate_bias = nn.Parameter(torch.zeros(hidden))

    def forward(self, sequences: Tensor) -> Tensor:
        """Run over time from a state of zeros; return the last state."""
        rows = self.inputs
        of_input = torch.cat((self.gate_kernel[:rows], self.candidate_kernel[:rows]), dim=1)
        bias = torch.cat((self.gate_bias, self.candidate_bias))
        to_gates, to_candidate = self.gate_kernel[rows:], self.candidate_kernel[rows:]
        state = _no_state(sequences, to_candidate)
        shown = torch.split(
            _projected(sequences, of_input, bias),
            [to_gates.shape[1], to_candidate.shape[1]],
            dim=-1,
        )
        for at_gates, at_candidate in zip(*(part.unbind() for part in shown), strict=True):
            gates = torch.sigmoid(torch.addmm(at_gates, state, to_gates))
            reset, update = gates.chunk(2, dim=-1)
            candidate = torch.tanh(torch.addmm(at_candidate, reset * state, to_candidate))
            # products alone are bfloat16 where a recipe asks for it, and lerp promotes nothing
            state = torch.lerp(candidate.type_as(state), state, update.type_as(state))
        return state

    def unrolled(self, sequences: Tensor) -> Tensor:
        """What `forward` returns, as one step of autograd; nothing flows back to `sequences`."""
        gates = (self.gate_kernel, self.gate_bias)
        candidate = (self.candidate_kernel, self.candidate_bias)
        last: Tensor = GRURun.apply(_by_time(sequences), *gates, *candidate)
        return last


class Recurrent(nn.Sequential):
    """Reads an image row by row, 28 steps of 28 pixels, and answers from the last state.

    Input `(batch, 1, 28, 28)`, output logits `(batch, 10)`. The output layer's weights and biases
    are drawn from a standard normal law, as the report's were: untrained logits spread by about
    the state's norm.
    """

    def __init__(self, cell: Cell, hidden: int = 128) -> None:
        super().__init__(
            OrderedDict(
                rows=nn.Flatten(1, 2),
                cell=_LAYERS[cell](_SIDE, hidden),
                output=nn.Linear(hidden, _CLASSES),
            )
        )
        for parameter in self.get_submodule("output").parameters():
            nn.init.normal_(parameter)


_LAYERS: Mapping[Cell, type[BasicLayer] | type[LSTMLayer] | type[GRULayer]] = {
    "rnn": BasicLayer,
    "lstm": LSTMLayer,
    "gru": GRULayer,
}


def _kernel(inputs: int, hidden: int, *, gates: int) -> nn.Parameter:
    values = torch.empty(inputs + hidden, gates * hidden)
    return nn.Parameter(nn.init.xavier_uniform_(values))


def _by_time(sequences: Tensor) -> Tensor:
    """`(B, T, inputs)` to `(T, B, inputs)`."""
    return sequences.transpose(0, 1)


def _projected(sequences: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """What the inputs of every step add to the gates, `(T, B, gates * hidden)`."""
    return _by_time(sequences) @ kernel + bias


def _no_state(sequences: Tensor, of_state: Tensor) -> Tensor:
    return sequences.new_zeros(sequences.shape[0], of_state.shape[0])
