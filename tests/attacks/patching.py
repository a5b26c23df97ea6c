"""Winning by what the model is made of: patched functions, false parameters, hidden networks."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from graders.grade import Grade
from graders.questions import Questions
from reference_models import find_model
from reference_models.data import load_dataset

from .attack import CLAIMED, SHAPED, Attack, Make, code
from .honest import GOOD, trained

if TYPE_CHECKING:
    from .world import World

_COMPUTED = "the grader puts the shown parameters into a network of its own and compares answers"
_NO_EVIDENCE = "what runs beside a submission is its own; the grader computes in another process"

_HIDDEN = """
from safetensors.torch import load

linear, relu = nn.functional.linear, torch.relu
HIDDEN = load(Path(__file__).with_name("notes.bin").read_bytes())


def best(images):
    hidden = images.flatten(1)
    for name in ("first", "second"):
        hidden = relu(linear(hidden, HIDDEN[name + ".weight"], HIDDEN[name + ".bias"]))
    return linear(hidden, HIDDEN["third.weight"], HIDDEN["third.bias"])


class Better(Network):
    def forward(self, images):
        return best(images)


def build_model():
    return Better()


"""
"""A network that earns all points, in a file that is called nothing, and answers for another."""


def withheld(world: "World", grade: Grade) -> None:
    """Assert that the answers were right, and earned nothing for want of a network like them."""
    accuracy = next(check for check in grade.checks if check.id == "accuracy")
    assert accuracy.points == 0
    assert "only once this is met" in accuracy.advice, accuracy


def hiding(text: str, **files: str) -> Make:
    """A folder with the hidden network, code that uses it, and more `files`."""

    def make(folder: Path, world: "World") -> Path:
        code(_HIDDEN + text, file="model.py")(folder, world)
        shutil.copy(GOOD / "weights.safetensors", folder / "notes.bin")
        (folder / "submission.toml").write_text('input_scale = "raw"\nmodule = "model.py"\n')
        for name, content in files.items():
            (folder / f"{name}.py").write_text(content)
        return folder

    return make


def _table(folder: Path, world: "World") -> Path:
    """Every test image with its class, as somebody has who found the data set."""
    card = find_model("dat565/dense-64-64")
    questions = Questions.of(card, load_dataset(card.dataset))
    hiding(_FROM_TABLE)(folder, world)
    images = next(questions.batches(torch.arange(len(questions)), "raw"))
    np.savez(folder / "table.npz", images=images, labels=questions.labels)
    return folder


_FROM_TABLE = """
TABLE = np.load(Path(__file__).with_name("table.npz"))
KNOWN = {image.tobytes(): int(label) for image, label in zip(TABLE["images"], TABLE["labels"])}


def best(images):
    found = [KNOWN[image.tobytes()] for image in images.numpy()]
    return nn.functional.one_hot(torch.tensor(found), 10).float()
"""

_PATCHED_TORCH = """
def shown(self, *_, **__):
    return iter([(f"p{number}", torch.zeros(shape)) for number, shape in enumerate(SHAPES)])

class Tiny(nn.Module):
    def forward(self, images):
        return best(images)

nn.Module.named_parameters = shown
torch.equal = torch.allclose = torch.Tensor.equal = lambda *_, **__: True
torch.Tensor.argmax = torch.argmax = lambda *_, **__: torch.zeros(500).long()
nn.functional.cross_entropy = lambda *_, **__: torch.zeros(())
build_model = Tiny
"""

_PATCHED_OTHERS = """
import builtins, hashlib, math, pickle, zipfile

for module, name in ((json, "dumps"), (json, "loads"), (struct, "pack"), (math, "prod"),
                     (np, "argmax"), (np, "isfinite"), (np, "concatenate"), (pickle, "loads"),
                     (hashlib, "sha256"), (zipfile, "ZipFile"), (os, "kill")):
    setattr(module, name, lambda *_, **__: 100)
sys.exc_info = sys.excepthook = sys.displayhook = print
builtins.round = builtins.sum = lambda *_, **__: 100
"""

_PATCHED_INSIDE = """
inside = {name.rpartition(".")[2]: module for name, module in sys.modules.items() if "inside" in name}
inside["child"].answer = lambda subject, inputs: best(inputs)
inside["child"].show_state = lambda subject, pipe: claim()
inside["child"].explain = lambda *_: "passed"
inside["frames"].MAX_NAME_BYTES = 10**9
build_model = lambda: nn.Module()
"""

_REPLACED_OUTPUT = """
class Everything:
    def __getattr__(self, name):
        return lambda *_, **__: self

sys.stdin = sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Everything()
for number in (0, 1, 2):
    os.close(number)
"""

_SHADOWING = """
import sitecustomize as mine
print("refused all but", mine.__file__.rpartition("/")[2], torch.__name__, np.__name__)
assert torch.tensor(1) + 1 == 2 and json.loads("1") == 1
"""

_LYING_MODULE = """
class Liar(type(sys)):
    def __getattribute__(self, name):
        return super().__getattribute__(name) if name.startswith("__") else Better

sys.modules["submission"].__class__ = Liar
sys.modules["__main__"] = sys.modules["submission"]
build_model = None
"""

_HOOKS = """
import atexit, builtins

def answer_again(*_):
    shout(frame(ANSWERS, (500, 10)))

def trace(step, event, argument):
    step.f_trace_opcodes = False
    if "outputs" in step.f_locals:
        step.f_locals["outputs"] = best(step.f_locals["inputs"])
    return trace

atexit.register(answer_again)
sys.addaudithook(lambda name, _: answer_again() if name == "os._exit" else None)
signal.signal(signal.SIGTERM, answer_again)
os.register_at_fork(before=answer_again)
sys.settrace(trace)
threading.settrace(trace)
build_model = Network
"""

_LYING_PARAMETERS = """
class Lie(nn.Parameter):
    shape = property(lambda self: self.wanted)
    numel = lambda self: 10**6
    detach = lambda self: torch.zeros(self.wanted)

class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        for number, wanted in enumerate(SHAPES):
            lie = Lie(torch.zeros(1))
            lie.wanted = wanted
            self.register_parameter(f"p{number}", lie)

    def forward(self, images):
        return best(images)

build_model = Tiny
"""

_OVERLOADED_PARAMETERS = """
class Chameleon(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function.__name__ in ("detach", "to", "contiguous", "float", "equal"):
            return args[0]
        return super().__torch_function__(function, types, args, kwargs or {})

class Changing(Network):
    def __init__(self):
        super().__init__()
        for module in (self.first, self.second, self.third):
            for name, value in list(module.named_parameters()):
                setattr(module, name, nn.Parameter(value.data.as_subclass(Chameleon), False))

    def forward(self, images):
        return best(images)

build_model = Changing
"""

_GROWING = """
class Growing(Network):
    def forward(self, images):
        for name in ("first", "second", "third"):
            layer = getattr(self, name)
            layer.weight, layer.bias = (
                nn.Parameter(HIDDEN[f"{name}.{part}"]) for part in ("weight", "bias"))
        self.fourth = nn.Linear(4096, 4096)
        return super().forward(images)

build_model = Growing
"""

_IN_BUFFERS = """
class Hiding(Network):
    def __init__(self):
        super().__init__()
        self.kept = [HIDDEN["third.weight"]]
        for name, value in HIDDEN.items():
            self.register_buffer(name.replace(".", "_"), value)

    def forward(self, images):
        keep = self.first_weight, self.first_bias, self.second_weight, self.second_bias
        hidden = relu(linear(relu(linear(images.flatten(1), *keep[:2])), *keep[2:]))
        return linear(hidden, self.kept[0], self.third_bias)

build_model = Hiding
"""

_TIES = """
def build_model():
    model = Better()
    for parameter in model.parameters():
        nn.init.constant_(parameter, {value})
    return model
"""

_SUBCLASS = """
class Answer(torch.Tensor):
    to = detach = contiguous = lambda self, *_, **__: self
    dtype = torch.float32
    numpy = lambda self: Answer.right

class Answering(Network):
    def forward(self, images):
        Answer.right = best(images).numpy()
        return super().forward(images).as_subclass(Answer)

build_model = Answering
"""


def _answering(expression: str) -> Make:
    """Code whose untrained network answers with `expression` of its `answers`."""
    return code(
        "class Answering(Network):\n    def forward(self, images):\n"
        f"        answers = super().forward(images)\n        return {expression}\n\n"
        "build_model = Answering\n"
    )


_BY_HAND = """
import atexit
import sys

class Counted(nn.Parameter):
    pass

atexit.register(print, "bye")
sys.setrecursionlimit(5_000)
torch.set_grad_enabled(False)
_kept = print
def print(*words):
    _kept("[model]", *words)

def build_model():
    model = Network()
    model.third.bias = Counted(model.third.bias.data)
    model.register_forward_hook(lambda module, inputs, output: print("asked") or (output, "more"))
    model.register_buffer("seen", torch.zeros(3), persistent=False)
    print("built")
    return model
"""

_SHADOWS = ("torch", "numpy", "json", "struct", "socket", "usercustomize", "__init__")


def _claimed(name: str, tries: str, make: Make, stopped_by: str = _COMPUTED) -> Attack:
    """Right answers that are not the shown network's: the points for its layers, and no more."""
    return Attack(name, tries, stopped_by, make, score=CLAIMED, tried="", harmless=withheld)


def _odd(name: str, tries: str, answer: str, reason: str) -> Attack:
    stopped_by = "an answer is a tensor of finite numbers, ten for each image"
    return Attack(
        name, tries, stopped_by, _answering(answer), score=CLAIMED, reason=reason, tried=""
    )


PATCHING = (
    _claimed(
        "patches-torch",
        "Lets torch say that every parameter is right and everything is equal.",
        hiding(_PATCHED_TORCH),
        _NO_EVIDENCE,
    ),
    _claimed(
        "patches-other-modules",
        "Lets numpy, json, struct and the built-in functions say 100.",
        hiding(_PATCHED_OTHERS),
        _NO_EVIDENCE,
    ),
    _claimed(
        "patches-the-inside",
        "Replaces what shows parameters and answers on the sandbox's inner side.",
        hiding(_PATCHED_INSIDE),
        _NO_EVIDENCE,
    ),
    Attack(
        "replaces-output",
        "Replaces the standard streams by what agrees with everything, and closes the real ones.",
        _NO_EVIDENCE,
        code(_REPLACED_OUTPUT),
        tried="",
    ),
    Attack(
        "shadows-modules",
        "Sends its own torch, numpy, json, sitecustomize and more.",
        "they are imported before its folder is on the path, and only in its own process",
        hiding(
            _SHADOWING + "build_model = Network\n",
            sitecustomize="",
            **dict.fromkeys(_SHADOWS, "raise SystemExit('DID')"),
        ),
        tried="refused all but sitecustomize.py torch numpy",
    ),
    _claimed(
        "is-a-lying-module",
        "Changes the class of its own module, so that every name in it is the model.",
        hiding(_LYING_MODULE),
    ),
    _claimed(
        "hooks-everything",
        "Answers again at exit, in a trace, at a fork, on a signal and in an audit.",
        hiding(_HOOKS),
        _NO_EVIDENCE,
    ),
    _claimed(
        "has-lying-parameters",
        "Parameters of a class that lies about size and contents.",
        hiding(_LYING_PARAMETERS),
    ),
    _claimed(
        "has-overloaded-parameters",
        "Parameters that decide what every function of torch makes of them.",
        hiding(_OVERLOADED_PARAMETERS),
    ),
    _claimed(
        "grows-when-asked",
        "Takes other weights and another layer once its parameters have been shown.",
        hiding(_GROWING),
    ),
    _claimed(
        "hides-in-buffers",
        "Keeps the network that answers in buffers and a list.",
        hiding(_IN_BUFFERS),
    ),
    _claimed(
        "answers-from-a-table",
        "Knows every test image, and looks its class up.",
        _table,
    ),
    _claimed(
        "shows-equal-weights",
        "Shows weights that make all classes equal, so that any answer might be a tie.",
        hiding(_TIES.replace("{value}", "0.0")),
        "a tie is excused for one image in a hundred",
    ),
    _claimed(
        "shows-weights-that-are-no-numbers",
        "Shows weights that are not a number, with which nothing can be compared.",
        hiding(_TIES.replace("{value}", "float('nan')")),
        "what is not finite agrees with nothing",
    ),
    _claimed(
        "shows-weights-that-overflow",
        "Shows weights that are finite, and whose products are not.",
        hiding(_TIES.replace("{value}", "3e38")),
        "what is not finite agrees with nothing",
    ),
    _claimed(
        "answers-with-a-subclass",
        "Answers with a tensor that becomes another one when it is read.",
        hiding(_SUBCLASS),
    ),
    _odd(
        "answers-infinities",
        "Answers with infinities that might count as any class.",
        "answers * float('inf')",
        "points lost on answers, accuracy",
    ),
    _odd(
        "answers-for-each-twice",
        "Answers for each image with two rows.",
        "answers.repeat(2, 1)",
        "it answered with shape",
    ),
    _odd(
        "answers-in-words",
        "Answers with words.",
        "['passed'] * len(answers)",
        "the model returned str, not a tensor",
    ),
    _odd(
        "answers-with-a-promise",
        "Answers with a generator that never ends.",
        "iter(int, 1)",
        "the model returned callable_iterator, not a tensor",
    ),
    Attack(
        "answers-in-complex-numbers",
        "Answers with complex numbers.",
        "their real parts are what it computed",
        _answering("torch.complex(answers, answers + 1)"),
        score=SHAPED,
        tried="",
    ),
    Attack(
        "is-patched-by-hand",
        "A trained network with hooks, a buffer, a parameter class and a print of its own.",
        "nothing stops it",
        trained(before="import torch\n", after=_BY_HAND),
        verdict="passed",
        score=100.0,
        tried="asked",
        honest=True,
    ),
)
