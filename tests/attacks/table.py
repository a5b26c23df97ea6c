"""All attacks, in the order in which they run: what a later one looks for, an earlier one left."""

from .attack import Attack
from .escaping import ESCAPING
from .honest import HONEST
from .loading import LOADING
from .network import NETWORK
from .reading import READING

ROOMS: dict[str, tuple[Attack, ...]] = {
    "Reading what is secret": READING,
    "Calling somebody": NETWORK,
    "Reaching other processes, files and the kernel": ESCAPING,
    "Files that would like to be code": LOADING,
    "Honest work that looks alike": HONEST,
}

ATTACKS = tuple(attack for room in ROOMS.values() for attack in room)
