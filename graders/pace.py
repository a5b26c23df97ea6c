"""How fast a submission answers beside the reference model, and whether that can be believed."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod
from statistics import median
from threading import Event
from typing import Literal

import numpy as np
import torch

from benchmarks.measure import compare, forward_cost, matmul_peak, threads
from graders.evidence import agreement
from graders.grade import Timing
from graders.questions import Questions
from graders.reference_entrant import reference_entrant
from graders.sandbox import Batches, Device, Entrant, Fault, Limits, NamedArray, Race, Sandbox, race
from reference_models import ModelCard
from reference_models.data import InputScale

_SAME = 0.99
"""The share of timed answers that must be right; number types and kernels may cost a few ties."""
_FEWER_FLOPS = 4.0
"""How much less arithmetic than is counted honest kernels get by with: Winograd's, half floats."""
_LAP_BATCHES = 16
"""A lap is no more than so many batches: its inputs are all in memory before it starts."""
_LAPS = 32
"""So many laps must fit into what a child may answer: more than there are."""
_SPARE = 1.25
_SPARE_SECONDS = 0.1
"""What a clock of processor time may be wrong by, and what a process does beside answering."""

Objection = Literal["", "threads", "turns", "impossible", "answers"]
"""Why a pace does not count: it took more than its share, worked while it was not its turn, was
faster than the machine can be, or answered something else."""


@dataclass(frozen=True)
class Pace:
    """The ratio of throughputs and what speaks against it, or what ended the race."""

    timing: Timing | None = None
    objection: Objection = ""
    fault: Fault | None = None


REFERENCE_PACE = Pace(Timing(ratio=1, low=1, high=1, samples=0, seconds=(), reference_seconds=()))
"""That of the reference itself, which nobody needs to measure."""


def measure_pace(
    sandbox: Sandbox,
    submission: Entrant,
    arrays: Sequence[NamedArray],
    card: ModelCard,
    questions: Questions,
    scale: InputScale,
    limits: Limits,
    cancel: Event | None = None,
) -> Pace:
    """Race a submission against the reference model, and check every answer that was timed.

    `arrays` are its parameters, which have the reference's shapes: the reference computes with them
    what is right.
    """
    drawer = _Drawer(questions, scale)
    room = limits.answer_bytes // (_LAPS * 4 * prod(questions.shape))
    most = min(_LAP_BATCHES * questions.batch_size, room)
    with reference_entrant(card, sandbox.spool) as reference:
        seen = race(
            sandbox, submission, reference, questions.shape, drawer.draw, most, limits, cancel
        )
    if seen.fault:
        return Pace(fault=seen.fault)
    asked = drawer.last(len(seen.answers))
    answers = asked.as_answers(np.concatenate(seen.answers))
    samples = len(seen.answers[0])
    device = sandbox.device_of(submission.entry.kind)
    return Pace(
        timing=_timing(seen, samples),
        objection=object_to(
            seen,
            limits.threads,
            least_seconds=samples * _least_seconds(card, limits.threads, device),
            same=agreement(arrays, answers, card, asked, _SAME),
        ),
    )


def object_to(seen: Race, threads: int, least_seconds: float, same: float) -> Objection:
    """Return why a race does not count, if it does not.

    `least_seconds` is what a lap takes on this machine at best, `same` the share of right answers.
    """
    if seen.in_turn > _SPARE * threads * sum(seen.seconds) + _SPARE_SECONDS:
        return "threads"
    if seen.out_of_turn > (_SPARE - 1) * sum(seen.reference_seconds) + _SPARE_SECONDS:
        return "turns"
    if median(seen.seconds) < least_seconds:
        return "impossible"
    return "" if same >= _SAME else "answers"


def _timing(seen: Race, samples: int) -> Timing:
    """Of the same work, the reference's seconds over the submission's are the ratio of speeds."""
    found = compare(seen.reference_seconds, seen.seconds)
    return Timing.of(found, samples, seen.seconds, seen.reference_seconds)


def _least_seconds(card: ModelCard, count: int, device: Device) -> float:
    """What one input costs at the best that a device, or so many threads, can do right now."""
    with threads(count):
        peak = matmul_peak(device)
    return forward_cost(card.build(), card.input_shape).flops / (peak * _FEWER_FLOPS)


@dataclass
class _Drawer:
    """Draws inputs by chance, and remembers them."""

    questions: Questions
    scale: InputScale
    drawn: list[Questions] = field(default_factory=list)
    generator: torch.Generator = field(
        default_factory=lambda: torch.Generator().manual_seed(secrets.randbits(63))
    )

    def draw(self, count: int) -> Batches:
        fresh = self.questions.fresh(count, self.generator)
        self.drawn.append(fresh)
        return list(fresh.batches(torch.arange(count), self.scale))

    def last(self, rounds: int) -> Questions:
        """All inputs of the last so many draws."""
        stored = torch.cat([one.stored for one in self.drawn[-rounds:]])
        return replace(self.questions, stored=stored)
