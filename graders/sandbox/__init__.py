"""Run what a student wrote, trusting nothing it says."""

from graders.sandbox.cuda import Device
from graders.sandbox.interview import Fault
from graders.sandbox.limits import Limits
from graders.sandbox.opening import LEVELS, Level, open_sandbox
from graders.sandbox.race import Batches, Entrant, Race, race
from graders.sandbox.run import (
    CallsObservation,
    EntryPoint,
    Kind,
    NamedArray,
    Observation,
    observe,
    observe_calls,
)
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.training import Trained, observe_training
from graders.sandbox.wire import Array

__all__ = [
    "LEVELS",
    "Array",
    "Batches",
    "CallsObservation",
    "Device",
    "Entrant",
    "EntryPoint",
    "Fault",
    "Kind",
    "Level",
    "Limits",
    "NamedArray",
    "Observation",
    "Race",
    "Sandbox",
    "Trained",
    "observe",
    "observe_calls",
    "observe_training",
    "open_sandbox",
    "race",
]
