"""Open the best sandbox that holds on this machine, and keep it open for many submissions."""

import base64
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from graders.errors import SandboxError
from graders.sandbox.bubblewrap import find_bubblewrap
from graders.sandbox.cgroups import find_control_groups
from graders.sandbox.cuda import Device, cuda_devices, cuda_environment
from graders.sandbox.environment import child_environment
from graders.sandbox.landlock import find_landlock, rules
from graders.sandbox.limits import Limits
from graders.sandbox.mounts import Mount, plan
from graders.sandbox.nursery import Ground, Nursery
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.seccomp import filter_program
from graders.sandbox.selftest import insist_that_it_computes, insist_that_it_holds

Level = Literal["auto", "bubblewrap", "landlock"]
LEVELS: tuple[Level, ...] = ("bubblewrap", "landlock")
"""Strongest first."""


def open_sandbox(
    secret: Iterable[Path] = (), level: Level = "auto", device: Device = "cpu"
) -> Sandbox:
    """Find a sandbox and test it on this machine; never raises for want of one.

    `secret` are paths that no child may see even if they lie below a folder that it needs. `auto`
    takes the strongest that holds; asking for one level accepts no weaker. On the device `cuda`
    children reach the GPU, which bubblewrap alone can show them.
    """
    wanted = LEVELS if level == "auto" else (level,)
    reasons = []
    for each in wanted:
        try:
            return _open(each, tuple(secret), device)
        except SandboxError as error:
            reasons.append(str(error))
    return Sandbox(reason="; ".join(dict.fromkeys(reasons)))


def _open(level: Level, secret: tuple[Path, ...], device: Device) -> Sandbox:
    bare = level == "landlock"
    calls = filter_program(alone=not bare)
    if calls is None:
        raise SandboxError(f"there is no system call filter for {platform.machine()} processors")
    if bare and device != "cpu":
        raise SandboxError("without bubblewrap no GPU is passed through")
    devices = () if device == "cpu" else cuda_devices()
    sandbox = Sandbox(device=device)
    sandbox.make_spool()
    try:
        mounts = tuple(plan(secret))
        ground: Ground
        if bare:
            ground = landlock = find_landlock()
            level_reached = landlock.level
        else:
            ground = bubblewrap = find_bubblewrap(mounts, sandbox.spool, devices)
            level_reached = bubblewrap.level
        groups = find_control_groups()
        sandbox.level = level_reached + (", control groups" if groups else "")
        limits = Limits()
        settings = {
            "level": "landlock" if bare else "namespaces",
            "filter": base64.b64encode(calls).decode(),
            "threads": limits.threads,
            "device": device,
            "rules": rules((*mounts, Mount(ground.code, "show"))) if bare else [],
        }
        environment = child_environment(limits)
        if device != "cpu":
            environment |= cuda_environment()
        nursery = Nursery(ground, settings, environment)
        sandbox.take(nursery, groups, bare=bare)
        insist_that_it_holds(sandbox, shares_processes=bare)
        insist_that_it_computes(sandbox)
    except BaseException:
        sandbox.close()
        raise
    return sandbox
