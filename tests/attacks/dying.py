"""Ending in every way there is, and taking others along."""

from .attack import CLAIMED, Attack, code, failing

_OWN = "it ends alone, and that is its own fault"
_EARLY = "it stopped before it had answered"


def _dies(name: str, tries: str, text: str, reason: str = _EARLY) -> Attack:
    return failing(name, tries, _OWN, code(text), reason=reason)


DYING = (
    _dies("exits-hard", "Ends without a word.", "os._exit(0)\n"),
    _dies("exits", "Ends as programs end.", "sys.exit(0)\n", "SystemExit: 0"),
    _dies("kills-itself", "Kills itself.", "os.kill(os.getpid(), signal.SIGKILL)\n"),
    _dies("kills-its-group", "Kills its process group.", "os.kill(0, signal.SIGKILL)\n"),
    _dies(
        "kills-everybody",
        "Kills everybody whom it may.",
        "attempt('everybody', lambda: os.kill(-1, signal.SIGKILL))\nos._exit(0)\n",
    ),
    failing(
        "kills-its-parent",
        "Kills its parent, and the parent's parent.",
        "the first process of a world is shielded; under Landlock the scope for signals",
        code(
            "for pid in {os.getppid(), 1, WORLD['nursery'], WORLD['grader']}:\n"
            "    if pid > 1 or os.getppid() == 1:\n"
            "        attempt(f'kill {pid}', lambda: os.kill(pid, signal.SIGKILL))\n"
            "raise SystemExit('still here')\n"
        ),
        reason="SystemExit: still here",
    ),
    _dies("crashes", "Reads from nowhere.", "ctypes.string_at(0)\n"),
    _dies("aborts", "Aborts.", "os.abort()\n"),
    _dies(
        "calls-as-another-processor",
        "Makes system calls in the numbering of another architecture.",
        "import mmap\n"
        "page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)\n"
        "page.write(bytes.fromhex('b814000000cd80c3'))  # getpid by int 0x80\n"
        "where = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "print(ctypes.CFUNCTYPE(ctypes.c_int)(where)() if not ARM else os._exit(0))\n",
    ),
    _dies(
        "interrupts", "Raises what Ctrl-C raises.", "raise KeyboardInterrupt\n", "KeyboardInterrupt"
    ),
    _dies(
        "closes-its-pipes",
        "Closes all that it talks through, and goes on.",
        "os.closerange(0, 100)\ntime.sleep(0.2)\nos._exit(0)\n",
    ),
    _dies(
        "raises-what-cannot-be-shown",
        "Raises an exception whose words and name raise others.",
        "class Hostile(Exception):\n"
        "    def __str__(self):\n        raise Hostile\n"
        "    __repr__ = __str__\n"
        "raise Hostile\n",
        "",
    ),
    _dies(
        "raises-markup",
        "Raises an exception that is markup, terminal codes and several lines.",
        "raise type('<b>Error</b>', (Exception,), {})('\\x1b[2J<img src=x onerror=alert(1)>\\n'"
        " '100 of 100')\n",
        "<b>Error</b>: [2J<img src=x onerror=alert(1)>",
    ),
    _dies(
        "raises-for-ever",
        "Raises an exception whose words never end.",
        "class Endless(Exception):\n    def __str__(self):\n        return 'x' * 10**7\n"
        "raise Endless\n",
        "Endless: xxx",
    ),
    failing(
        "dies-when-asked",
        "Builds well and crashes on the first image.",
        _OWN,
        code("Network.forward = lambda self, images: ctypes.string_at(0)\n"),
        reason=_EARLY,
        verdict="partial",
        score=CLAIMED,
    ),
    failing(
        "exits-while-collected",
        "Ends while its model is thrown away.",
        _OWN,
        code("class Last:\n    def __del__(self):\n        os._exit(3)\nkept = Last()\ndel kept\n"),
        reason=_EARLY,
    ),
)
