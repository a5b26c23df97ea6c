"""Honest submissions that do what attacks do, for good reasons: none may lose a point."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from .attack import Attack, Make
from .world import World

GOOD = Path(__file__).parents[2] / "examples" / "submissions" / "good"


def trained(
    change: Callable[[Path], None] = lambda _: None, before: str = "", after: str = ""
) -> Make:
    """The example that earns all points, with code `before` and `after` its own."""

    def make(folder: Path, world: World) -> Path:
        target = folder / "work"
        shutil.copytree(GOOD, target, ignore=shutil.ignore_patterns("__pycache__"))
        model = target / "model.py"
        told = f"import json\nWORLD = json.loads({json.dumps(world.told)!r})\n"
        model.write_text(told + before + model.read_text() + after)
        change(target)
        return target

    return make


def _add_helper(folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "__init__.py").write_text("from .layers import Dense\n")
    (folder / "parts" / "layers.py").write_text("from torch.nn import Linear as Dense\n")
    model = folder / "model.py"
    model.write_text("from parts import Dense\n" + model.read_text().replace("nn.Linear", "Dense"))


def _halve(folder: Path) -> None:
    import safetensors.torch
    import torch

    path = folder / "weights.safetensors"
    state = safetensors.torch.load_file(path)
    path.unlink()
    manifest = folder / "submission.toml"
    manifest.write_text(manifest.read_text().replace(path.name, "weights.pt"))
    torch.save({name: one.half() for name, one in state.items()}, folder / "weights.pt")


def _pickle(folder: Path) -> None:
    import safetensors.torch
    import torch

    path = folder / "weights.safetensors"
    state = safetensors.torch.load_file(path)
    path.unlink()
    manifest = folder / "submission.toml"
    manifest.write_text(manifest.read_text().replace(path.name, "weights.pt"))
    torch.save({"model_state_dict": state, "epoch": 3, "loss": [0.1]}, folder / "weights.pt")


def _zip(folder: Path) -> None:
    shutil.make_archive(str(folder.parent / "packed"), "zip", folder)


_NUMPY = """
import numpy as np
import scipy.linalg
import scipy.stats
assert np.allclose(scipy.linalg.inv(np.eye(3)) @ np.ones(3), 1)
np.save("numbers.npy", np.arange(10))
assert np.load("numbers.npy").sum() == 45
print(scipy.stats.norm.cdf(0), np.memmap("numbers.npy", mode="r").shape)
"""

_THREADS = """
import threading
from concurrent.futures import ThreadPoolExecutor
import asyncio

done = []
thread = threading.Thread(target=lambda: done.append(1))
thread.start()
thread.join()
with ThreadPoolExecutor(4) as pool:
    assert sum(pool.map(lambda n: n * n, range(10))) == 285
async def later():
    await asyncio.sleep(0.01)
    return 1
assert asyncio.run(later()) == 1
"""

_PROCESSES = """
import multiprocessing
import os
import subprocess

assert subprocess.run(["/usr/bin/env", "true"], check=True).returncode == 0
assert subprocess.run("echo hello | cat", shell=True, capture_output=True).stdout == b"hello\\n"
pid = os.fork()
if pid == 0:
    os._exit(7)
assert os.waitpid(pid, 0)[1] == 7 << 8
context = multiprocessing.get_context("fork")
ours, theirs = context.Pipe()
worker = context.Process(target=lambda: theirs.send([1, 2, 3]))
worker.start()
assert ours.recv() == [1, 2, 3]
worker.join()
"""

_FILES = """
import json
import os
import pathlib
import pickle
import shutil
import sqlite3
import tempfile
import zipfile

with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
    json.dump({"a": 1}, file)
    file.flush()
    assert json.load(open(file.name)) == {"a": 1}
with tempfile.TemporaryDirectory() as folder:
    here = pathlib.Path(folder)
    (here / "a").mkdir()
    (here / "a" / "b.txt").write_text("b")
    shutil.copy(here / "a" / "b.txt", here / "c.txt")
    shutil.copy2(here / "a" / "b.txt", here / "d.txt")
    os.chmod(here / "c.txt", 0o600)
    (here / "c.txt").rename(here / "e.txt")
    shutil.copytree(here / "a", here / "f")
    with zipfile.ZipFile(here / "z.zip", "w") as packed:
        packed.write(here / "e.txt", "e.txt")
    shutil.unpack_archive(here / "z.zip", here / "g")
    pickle.dump([1], open(here / "p", "wb"))
    with sqlite3.connect(here / "db") as base:
        base.execute("create table t (x)")
    base.close()
    shutil.rmtree(here / "f")
with tempfile.TemporaryFile() as file:
    file.write(b"x" * 100_000)
pathlib.Path("notes.txt").write_text("written beside me")
"""

_PRINTS = """
import logging
import sys
import warnings

for number in range(20_000):
    print("epoch", number, "loss", 1 / (number + 1))
print("\\x1b[31mred\\x1b[0m \\u2028 \\U0001f600", file=sys.stderr)
logging.getLogger().warning("a warning")
warnings.warn("another")
"""

_SLOW = """
import time

time.sleep(0.5)
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
"""

_MEMORY = """
import torch
kept = torch.ones(20, 2**20)
del kept
"""

_SIMPLE = "the same network does well"


def _honest(name: str, does: str, make: Make) -> Attack:
    return Attack(
        name, does, "nothing stops it", make, verdict="passed", score=100.0, tried="", honest=True
    )


HONEST = (
    _honest("is-plain", "A trained network and its weights.", trained()),
    _honest(
        "has-helpers", "Imports a package of its own that lies beside it.", trained(_add_helper)
    ),
    _honest("uses-numpy-and-scipy", "Computes with numpy and scipy.", trained(before=_NUMPY)),
    _honest(
        "uses-threads", "Computes in threads, pools and an event loop.", trained(before=_THREADS)
    ),
    _honest(
        "starts-processes",
        "Starts programs, forks and talks to a process.",
        trained(before=_PROCESSES),
    ),
    _honest("prints-a-lot", "Prints and warns twenty thousand times.", trained(before=_PRINTS)),
    _honest("takes-its-time", "Sleeps and computes before it is ready.", trained(before=_SLOW)),
    _honest("takes-some-memory", "Takes and frees tens of megabytes.", trained(before=_MEMORY)),
    _honest(
        "has-half-precision", "Has weights in half precision in a checkpoint.", trained(_halve)
    ),
    _honest(
        "has-a-whole-checkpoint", "Has weights beside numbers in a checkpoint.", trained(_pickle)
    ),
    _honest(
        "writes-temporary-files",
        "Writes, copies, moves, packs and removes files.",
        trained(before=_FILES),
    ),
)
