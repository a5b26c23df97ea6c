"""All attacks, in the order in which they run: what a later one looks for, an earlier one left."""

from .archives import ARCHIVES
from .attack import Attack
from .bombs import BOMBS
from .dying import DYING
from .escaping import ESCAPING
from .forging import FORGING
from .honest import HONEST
from .injecting import INJECTING
from .loading import LOADING
from .network import NETWORK
from .patching import PATCHING
from .reading import READING

ROOMS: dict[str, tuple[Attack, ...]] = {
    "Reading what is secret": READING,
    "Calling somebody": NETWORK,
    "Reaching other processes, files and the kernel": ESCAPING,
    "Files that would like to be code": LOADING,
    "Archives that lie": ARCHIVES,
    "Winning by what the model is made of": PATCHING,
    "Words that come alive": INJECTING,
    "Speaking in the grader's place": FORGING,
    "Ending, and taking others along": DYING,
    "Taking more than a share": BOMBS,
    "Honest work that looks alike": HONEST,
}

ATTACKS = tuple(attack for room in ROOMS.values() for attack in room)
