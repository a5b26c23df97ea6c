"""Run what a student wrote, trusting nothing it says."""

from graders.sandbox.limits import Limits
from graders.sandbox.opening import LEVELS, Level, Sandbox, open_sandbox
from graders.sandbox.run import EntryPoint, Fault, Kind, NamedArray, Observation, observe

__all__ = [
    "LEVELS",
    "EntryPoint",
    "Fault",
    "Kind",
    "Level",
    "Limits",
    "NamedArray",
    "Observation",
    "Sandbox",
    "observe",
    "open_sandbox",
]
