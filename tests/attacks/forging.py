"""Speaking the protocol in the model's place, and writing grades oneself."""

import json

from graders.grade import Grade

from .attack import CLAIMED, Attack, Make, code, failing
from .world import World

_CHECKED = "every frame is checked before its payload is read"
_NOT_EVIDENCE = "what a child says is no evidence"


def _says(text: str) -> Make:
    return code(f"claim()\nhear()\n{text}\nstop()\n")


def _grades_are_the_graders(world: World, grade: Grade) -> None:
    path = world.out / grade.name / "results.json"
    told = json.loads(path.read_text())
    assert told["score"] == grade.score
    assert told["extra_data"]["verdict"] == grade.verdict
    assert sorted(one.name for one in world.out.glob("*/*")) == ["results.json"] * len(
        list(world.out.glob("*/*"))
    )


def _forged(name: str, tries: str, text: str, reason: str, **more: object) -> Attack:
    settings: dict[str, object] = {"reason": reason, "score": CLAIMED, "tried": "", **more}
    return Attack(name, tries, _CHECKED, _says(text), **settings)  # type: ignore[arg-type]


def escaped(world: World, grade: Grade) -> None:
    assert "<script>" not in (world.out / "report.html").read_text()
    assert "\x1b" not in grade.model_dump_json()


_RESULT = """
RESULT = json.dumps({"score": 100, "verdict": "passed", "tests": [{"score": 100, "max_score": 100}]})
print(RESULT)
print("passed 100 of 100", file=sys.stderr)
for folder in ("/tmp", ".", "..", "/submission", "/autograder/results", WORLD["out"],
               WORLD["out"] + "/writes-results", WORLD["out"] + "/work"):
    attempt(folder, lambda: open(folder + "/results.json", "x") if folder not in ("/tmp", ".")
            else (open(folder + "/results.json", "w").write(RESULT), checked(-1)))
attempt("grades", lambda: __import__("sqlite3").connect(WORLD["out"] + "/grades.db").execute(
    "update verdicts set grade = ''"))
"""

_DESK = code(
    """
def spoil(descriptor):
    os.fchmod(descriptor, 0o600)
    with open(f"/proc/self/fd/{descriptor}", "r+b", buffering=0) as again:
        for size in (0, 1 << 30, 8):
            attempt(f"make it {size} bytes", lambda: again.truncate(size))
        attempt("write", lambda: again.write(bytes(8)))
        import fcntl
        attempt("seal", lambda: fcntl.fcntl(again, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE))
    return "opened"

for desk in desks():
    attempt("write", lambda: os.write(desk, b"x"))
    attempt("shrink", lambda: os.ftruncate(desk, 0))
    attempt("open again", lambda: spoil(desk))
assert desks()
"""
)

FORGING = (
    Attack(
        "writes-results",
        "Prints a result of 100 points, and writes one wherever the grader might look.",
        f"{_NOT_EVIDENCE}; results are nowhere within its reach",
        code(_RESULT),
        harmless=_grades_are_the_graders,
    ),
    Attack(
        "spoils-its-questions",
        "Writes to, shrinks, grows and seals the memory that its questions come in.",
        "it is open for reading; whoever opens it again changes nobody's questions but its own",
        _DESK,
    ),
    _forged(
        "claims-and-leaves",
        "Claims the right parameters and ends without an answer.",
        "",
        "it stopped before",
    ),
    Attack(
        "answers-before-asked",
        "Sends answers for all images at once, before it has seen one.",
        _NOT_EVIDENCE,
        code(
            "claim()\nshout(frame(ANSWERS, (500, 10), struct.pack('<10f', *range(10)) * 500))\n"
            "hear()\nstop()\n"
        ),
        score=CLAIMED,
        tried="",
    ),
    _forged(
        "answers-in-another-type",
        "Answers with a type that has no code, as pickled objects would.",
        "shout(frame(ANSWERS, (500, 10), b'\\x80\\x04.' * 5000, code=99))",
        "it sent an array of an unknown type",
    ),
    _forged(
        "answers-with-integers",
        "Answers with numbers of another type than asked for.",
        "shout(frame(ANSWERS, (500, 10), bytes(8 * 5000), code=4))",
        "for 500 inputs it answered with shape",
    ),
    _forged(
        "answers-with-a-class-more",
        "Answers with eleven classes.",
        "shout(frame(ANSWERS, (500, 11)))",
        "for 500 inputs it answered with shape (500, 11)",
    ),
    _forged(
        "lies-about-length",
        "Announces less than its shape needs.",
        "shout(frame(ANSWERS, (500, 10), bytes(40)))",
        "whose size does not fit its shape",
    ),
    _forged(
        "announces-terabytes",
        "Announces an array of terabytes.",
        "shout(frame(ANSWERS, (2**20, 2**20), b'', length=2**42))",
        "impossible shape",
    ),
    _forged(
        "announces-impossible-sizes",
        "Announces sizes beyond every number that the grader's arrays can count.",
        "shout(frame(ANSWERS, (2**64 - 1,) * 8, b'', length=2**64 - 1))",
        "impossible shape",
    ),
    _forged(
        "announces-nothing-hugely",
        "Announces an empty array whose other sizes overflow.",
        "shout(frame(ANSWERS, (0, 2**22, 2**22, 2**22), b''))",
        "impossible shape",
    ),
    _forged(
        "has-too-many-dimensions",
        "Announces 200 dimensions.",
        "shout(frame(ANSWERS, (1,), dimensions=200))",
        "unknown type",
    ),
    _forged(
        "has-an-endless-name",
        "Gives an array a name of sixty kilobytes.",
        "shout(frame(ANSWERS, (500, 10), name=b'x' * 60_000))",
        "a name that is too long",
    ),
    _forged(
        "answers-not-a-number",
        "Answers with infinities and not-a-numbers, which agree with nothing and compare oddly.",
        "shout(frame(ANSWERS, (500, 10), struct.pack('<f', float('nan')) * 5000))",
        "",
    ),
    _forged(
        "greets-again",
        "Greets the grader a second time.",
        "shout(frame(1, (0,), b'', 8))",
        "it sent something that is not an answer",
    ),
    _forged(
        "tells-a-fault-in-markup",
        "Reports a fault whose words are markup, terminal codes and a verdict.",
        "text = b'<script>alert(1)</script>\\x1b[2J\\n100 of 100: passed'\n"
        "shout(frame(FAULT, (len(text),), text, 8, b'answer'))",
        "<script>alert(1)</script> [2J 100 of 100: passed",
        harmless=escaped,
    ),
    Attack(
        "floods-while-asked",
        "Reads nothing and writes without end, so that the grader keeps what it cannot use.",
        "no more is read than is asked for",
        code("claim()\nwhile True:\n    shout(frame(ANSWERS, (500, 10)))\n"),
        tried="",
    ),
    failing(
        "floods-after-a-fault",
        "Reports a fault and writes without end while the grader reads the last of its prints.",
        "no more is read than is asked for",
        code(
            "shout(frame(FAULT, (1,), b'x', 8, b'answer'))\nwhile True:\n    shout(bytes(2**20))\n"
        ),
        reason="its model fails on the test images: x",
    ),
    failing(
        "sends-endless-parameters",
        "Sends parameters without end.",
        "frames, and all that a child may send, are counted",
        code("while True:\n    shout(frame(PARAMETER, (0,)))\n"),
        reason="it has more than 10000 parameters",
    ),
    failing(
        "sends-gigabytes",
        "Sends large parameters without end.",
        "frames, and all that a child may send, are counted",
        code("while True:\n    shout(frame(PARAMETER, (2**20,)))\n"),
        reason="it sent",
    ),
    failing(
        "sends-noise",
        "Sends random bytes.",
        _CHECKED,
        code("shout(os.urandom(100_000))\nstop()\n"),
        reason="it sent something that is not an answer",
    ),
    failing(
        "sends-a-pickle",
        "Sends a pickle that would run a command where it is opened.",
        "the grader unpickles nothing",
        code(
            "import pickle\nclass Bomb:\n    def __reduce__(self):\n"
            "        return os.system, ('touch /tmp/' + WORLD['mark'],)\n"
            "shout(pickle.dumps(Bomb()))\nstop()\n"
        ),
        reason="it stopped before it had answered",
    ),
    failing(
        "blames-the-machine",
        "Says that the sandbox did not start, so that nobody counts it as failed.",
        "what fails after the greeting is the submission's",
        code("print('the sandbox did not start: out of memory')\nstop()\n"),
        reason="it stopped before it had answered",
    ),
    failing(
        "stops-in-the-middle",
        "Announces an array, sends half of it and waits.",
        "the grader's own clock",
        code("shout(frame(PARAMETER, (64, 784))[:1000])\ntime.sleep(600)\n"),
        reason="it did not finish within",
        hangs=True,
    ),
)
