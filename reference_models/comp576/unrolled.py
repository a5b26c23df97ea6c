"""The recurrent layers as a CPU runs them fastest: a whole sequence is one step of autograd.

Recorded operation by operation, every product with a state costs two more on the way back, and
every gate a handful of dispatches that take as long as their arithmetic. Here the gradients are
written out (Goodfellow, Bengio and Courville, Deep Learning, section 10.2.2): a kernel's gradient
is one product over all steps, and what a step of time makes is used while it is in the cache.
"""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_of_sigmoid = torch.ops.aten.sigmoid_backward.grad_input
_of_tanh = torch.ops.aten.tanh_backward.grad_input
"""`(gradient, output, grad_input=)`: the gradient before a gate, written where it is wanted."""


class Unrolled(nn.Module):
    """A recurrent `layer` by its method `unrolled`, where that does the same.

    It does not under autocast, nor for who wants gradients of the sequences.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, sequences: Tensor) -> Tensor:
        """Run over time; return the last state, `(B, H)`."""
        layer: Any = self.layer
        at_once = not sequences.requires_grad
        at_once = at_once and not torch.is_autocast_enabled(sequences.device.type)
        answered: Tensor = layer.unrolled(sequences) if at_once else layer(sequences)
        return answered


class BasicRun(torch.autograd.Function):
    """`h = tanh([x, h] kernel + bias)` over `(T, B, inputs)`: the last state, `(B, H)`."""

    @staticmethod
    def forward(ctx: Any, sequences: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """Run over time, every state in what the inputs were projected to."""
        states, of_state = _begin(sequences, kernel, bias)
        states[0].tanh_()
        for before, now in pairwise(states):
            now.addmm_(before, of_state).tanh_()
        ctx.save_for_backward(sequences, kernel, states)
        return states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, Tensor]:
        """Run back; gradients of all but the sequences."""
        sequences, kernel, states = ctx.saved_tensors
        found = torch.empty_like(states)
        back = _back(sequences, kernel)
        (arriving,) = gradients
        for step in reversed(range(len(states))):
            _of_tanh(arriving, states[step], grad_input=found[step])
            arriving = found[step] @ back
        return None, *_of_weights(sequences, states[:-1], found)


class LSTMRun(torch.autograd.Function):
    """A long short-term memory over `(T, B, inputs)`: the last output, `(B, H)`.

    The kernel's columns are input gate, candidate, forget gate and output gate.
    """

    @staticmethod
    def forward(ctx: Any, sequences: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """Run over time, every gate in what the inputs were projected to."""
        gates, of_state = _begin(sequences, kernel, bias)
        steps, batch, hidden = *gates.shape[:2], len(of_state)
        memories = gates.new_zeros(steps + 1, batch, hidden)
        outputs, tanhs = gates.new_empty(2, steps, batch, hidden)
        for step, now in enumerate(gates):
            if step:
                now.addmm_(outputs[step - 1], of_state)
            entering, candidate, forget, leaving = now.chunk(4, dim=-1)
            entering.sigmoid_()
            candidate.tanh_()
            now[:, 2 * hidden :].sigmoid_()
            memory = torch.mul(memories[step], forget, out=memories[step + 1])
            torch.tanh(memory.addcmul_(entering, candidate), out=tanhs[step])
            torch.mul(tanhs[step], leaving, out=outputs[step])
        ctx.save_for_backward(sequences, kernel, gates, memories, outputs, tanhs)
        last: Tensor = outputs[-1].clone()
        return last

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, Tensor]:
        """Run back; gradients of all but the sequences."""
        sequences, kernel, gates, memories, outputs, tanhs = ctx.saved_tensors
        found = torch.empty_like(gates)
        back = _back(sequences, kernel)
        (arriving,) = gradients
        of_memory = torch.zeros_like(arriving)
        of_tanh = torch.empty_like(arriving)
        for step in reversed(range(len(gates))):
            entering, candidate, forget, leaving = gates[step].chunk(4, dim=-1)
            by_entering, by_candidate, by_forget, by_leaving = found[step].chunk(4, dim=-1)
            _of_sigmoid(arriving * tanhs[step], leaving, grad_input=by_leaving)
            of_memory += _of_tanh(arriving * leaving, tanhs[step], grad_input=of_tanh)
            _of_sigmoid(of_memory * candidate, entering, grad_input=by_entering)
            _of_tanh(of_memory * entering, candidate, grad_input=by_candidate)
            _of_sigmoid(of_memory * memories[step], forget, grad_input=by_forget)
            of_memory *= forget
            arriving = found[step] @ back
        return None, *_of_weights(sequences, outputs[:-1], found)


class GRURun(torch.autograd.Function):
    """Gated units over `(T, B, inputs)`: the last state, `(B, H)`.

    The gate kernel's columns are reset gate and update gate; the candidate is made from the state
    after the reset.
    """

    @staticmethod
    def forward(
        ctx: Any,
        sequences: Tensor,
        gate_kernel: Tensor,
        gate_bias: Tensor,
        candidate_kernel: Tensor,
        candidate_bias: Tensor,
    ) -> Tensor:
        """Run over time, every gate in what the inputs were projected to."""
        gates, to_gates = _begin(sequences, gate_kernel, gate_bias)
        candidates, to_candidate = _begin(sequences, candidate_kernel, candidate_bias)
        states = candidates.new_zeros(len(candidates) + 1, *candidates.shape[1:])
        kept = torch.empty_like(candidates)
        for step, (before, after) in enumerate(pairwise(states)):
            now, candidate = gates[step], candidates[step]
            reset, update = now.addmm_(before, to_gates).sigmoid_().chunk(2, dim=-1)
            torch.mul(reset, before, out=kept[step])
            candidate.addmm_(kept[step], to_candidate).tanh_()
            torch.lerp(candidate, before, update, out=after)
        ctx.save_for_backward(
            sequences, gate_kernel, candidate_kernel, gates, candidates, states, kept
        )
        return states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, Tensor, Tensor, Tensor]:
        """Run back; gradients of all but the sequences."""
        sequences, gate_kernel, candidate_kernel, *made = ctx.saved_tensors
        gates, candidates, states, kept = made
        at_gates, at_candidates = torch.empty_like(gates), torch.empty_like(candidates)
        gates_back = _back(sequences, gate_kernel)
        candidate_back = _back(sequences, candidate_kernel)
        (arriving,) = gradients
        for step in reversed(range(len(gates))):
            before, candidate = states[step], candidates[step]
            reset, update = gates[step].chunk(2, dim=-1)
            by_reset, by_update = at_gates[step].chunk(2, dim=-1)
            carried = arriving * update
            _of_sigmoid(arriving * (before - candidate), update, grad_input=by_update)
            _of_tanh(arriving - carried, candidate, grad_input=at_candidates[step])
            of_kept = at_candidates[step] @ candidate_back
            _of_sigmoid(of_kept * before, reset, grad_input=by_reset)
            arriving = carried.addcmul_(of_kept, reset).addmm_(at_gates[step], gates_back)
        return (
            None,
            *_of_weights(sequences, states[1:-1], at_gates),
            *_of_weights(sequences, kept[1:], at_candidates),
        )


def _begin(sequences: Tensor, kernel: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """What the inputs of every step add to the gates, and the kernel's rows for the state."""
    inputs = sequences.shape[-1]
    shown = torch.addmm(bias, sequences.reshape(-1, inputs), kernel[:inputs])
    return shown.view(*sequences.shape[:2], len(bias)), kernel[inputs:]


def _back(sequences: Tensor, kernel: Tensor) -> Tensor:
    """The way back through the kernel's rows for the state, as every step will read it."""
    return kernel[sequences.shape[-1] :].t().contiguous()


def _of_weights(sequences: Tensor, states: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of a kernel and its bias, from those before its gates, `(T, B, columns)`.

    `states` are what the kernel's other rows were multiplied with, from the second step on.
    """
    _, batch, inputs = sequences.shape
    every = found.flatten(0, 1)
    kernel = every.new_empty(inputs + states.shape[-1], every.shape[-1])
    torch.mm(sequences.reshape(-1, inputs).t(), every, out=kernel[:inputs])
    torch.mm(states.flatten(0, 1).t(), every[batch:], out=kernel[inputs:])
    return kernel, every.sum(0)
