"""What one submission may use before it is stopped."""

from dataclasses import asdict, dataclass

MEBIBYTE = 2**20
STARTUP_SECONDS = 120
"""How long bubblewrap and the import of torch may take before the machine is at fault."""


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds; the wall clock starts with the first line of the student's.

    `memory_bytes` bounds the resident memory of the whole process tree, watched by the parent, and
    the private data of each process, held by the kernel. Address space is not bounded: torch maps
    gigabytes of libraries that it never touches. `answer_bytes` bounds all that a child sends back.
    """

    wall_seconds: float = 120.0
    memory_bytes: int = 4096 * MEBIBYTE
    file_bytes: int = 64 * MEBIBYTE
    temporary_bytes: int = 128 * MEBIBYTE
    answer_bytes: int = 512 * MEBIBYTE
    output_bytes: int = 64 * 1024
    processes: int = 64
    open_files: int = 256
    threads: int = 1

    @property
    def cpu_seconds(self) -> int:
        """CPU time of one process: its threads busy all the time, and as much as torch's import."""
        return int(self.wall_seconds * self.threads) + STARTUP_SECONDS

    def as_dict(self) -> dict[str, float]:
        """Return the limits as plain numbers, for records."""
        return asdict(self)
