"""Run what a student wrote, trusting nothing it says."""

from graders.sandbox.limits import Limits
from graders.sandbox.run import EntryPoint, Fault, NamedArray, Observation, observe
from graders.sandbox.selftest import Sandbox, open_sandbox

__all__ = [
    "EntryPoint",
    "Fault",
    "Limits",
    "NamedArray",
    "Observation",
    "Sandbox",
    "observe",
    "open_sandbox",
]
