"""The few names that a child's environment holds."""

from graders.sandbox.limits import Limits

_FIXED = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own, in memory and private to one submission
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": "/tmp",  # noqa: S108
    "KERAS_BACKEND": "torch",
}


def child_environment(limits: Limits) -> dict[str, str]:
    """Return the whole environment; libraries read their number of threads from it."""
    threads = str(limits.threads)
    return {**_FIXED, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
