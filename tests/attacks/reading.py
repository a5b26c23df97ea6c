"""Labels, rubrics and other people's work: by path, by descriptor, by process, by memory."""

from graders.grade import Grade

from .attack import Attack, code, tries_to
from .world import World

NOTHING_THERE = "nothing secret is on any path that it can open"


def kept_secret(world: World, grade: Grade) -> None:
    """Assert that no secret is in anything that the grade tells."""
    told = grade.model_dump_json()
    assert not [token for token in world.tokens if token in told]


def found_nothing(world: World, grade: Grade) -> None:
    """Assert that no secret got out and that no attempt told of success."""
    kept_secret(world, grade)
    assert "DID" not in grade.printed, grade.printed


_BY_PATH = tries_to(
    secret="Path(WORLD['secret']).read_text()",
    rubric="Path(WORLD['rubric']).read_text()",
    sibling="Path(WORLD['sibling']).read_text()",
    labels="Path(WORLD['labels']).read_text()",
    copy="Path(WORLD['sibling_copy']).read_text()",
    spool="[os.listdir(p) for p in (WORLD['spool'], '/spool', '..') if os.listdir(p)][0]",
    results="os.listdir(WORLD['out'])",
    grades="Path(WORLD['out'], 'grades.db').read_bytes()",
    passwords="Path('/etc/shadow').read_text()",
    home="os.listdir(os.path.expanduser('~root'))",
)

_PACKAGES = code(
    """
def shipped_rubrics():
    found = [str(p) for e in sys.path if e for p in Path(e).glob("graders/rubrics/*.toml")]
    return found[0]

def shipped_digits():
    found = [p for e in sys.path if e for p in Path(e).glob("sklearn/datasets/data/*.gz")]
    return [p.read_bytes() for p in found][0]

def loaded_digits():
    from sklearn.datasets import load_digits
    return load_digits().target

def cached_digits():
    return Path(WORLD["digits"]).read_bytes()

attempt("rubrics", shipped_rubrics)
attempt("files of digits", shipped_digits)
attempt("digits", loaded_digits)
attempt("kept digits", cached_digits)
attempt("the grader", lambda: __import__("graders.exam"))
attempt("the data", lambda: __import__("reference_models.data"))
"""
)

_BY_PROC = code(
    """
for who in ("self", 1, os.getppid(), WORLD["grader"], WORLD["nursery"]):
    for what in ("environ", "mem", "maps", "cmdline", "status", "stack", "auxv"):
        attempt(f"{who} {what}", lambda: Path(f"/proc/{who}/{what}").open("rb").read(1))
    attempt(f"{who} descriptors", lambda: os.listdir(f"/proc/{who}/fd"))
    for link in () if who == "self" else ("cwd", "root", "exe", "fd/0", "fd/3", "fd/5", "ns/user"):
        attempt(f"{who} {link}", lambda: os.readlink(f"/proc/{who}/{link}"))
    attempt(f"{who} root", lambda: Path(f"/proc/{who}/root" + WORLD["secret"]).read_text())
for file in ("kcore", "kallsyms", "sysrq-trigger", "keys", "mounts", "net/tcp"):
    attempt(file, lambda: Path("/proc", file).open("rb").read(1))
"""
)

_BY_TRACING = code(
    """
who = [WORLD["grader"], WORLD["nursery"], WORLD["bystander"], os.getppid(), 1]
room = ctypes.create_string_buffer(64)
for pid in who:
    for request in (16, 0x4206):
        attempt(f"trace {pid}", lambda: checked(libc.ptrace(request, pid, None, None)))
    ours = (ctypes.c_ulong * 2)(ctypes.addressof(room), 64)
    theirs = (ctypes.c_ulong * 2)(0x400000, 64)
    for way in (libc.process_vm_readv, libc.process_vm_writev):
        attempt(f"memory {pid}", lambda: checked(way(pid, ours, 1, theirs, 1, 0)))
    attempt(f"compare {pid}", lambda: call("kcmp", pid, os.getpid(), 1, 0, 0))
attempt("be traced", lambda: checked(libc.ptrace(0, 0, None, None)))
"""
)

_BY_HANDLE = code(
    """
for pid in (WORLD["grader"], WORLD["nursery"], WORLD["bystander"], os.getppid()):
    def steal():
        handle = call("pidfd_open", pid, 0)
        for number in range(64):
            try:
                return call("pidfd_getfd", handle, number, 0)
            except OSError as error:
                last = error
        raise last
    attempt(f"descriptor of {pid}", steal)

def by_inode():
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, WORLD["secret"].encode(), handle,
         ctypes.addressof(mount), 0)
    place = os.open("/usr", os.O_RDONLY)
    return os.read(call("open_by_handle_at", place, handle, os.O_RDONLY), 100)

def by_path_only():
    place = os.open(WORLD["secret"], os.O_PATH)
    for again in (f"/proc/self/fd/{place}", f"/dev/fd/{place}"):
        try:
            return Path(again).read_text()
        except OSError as error:
            last = error
    raise last

attempt("file by its inode", by_inode)
attempt("file by a handle of its path", by_path_only)
attempt("execute it", lambda: subprocess.run([WORLD["secret"]], check=True))
attempt("map it", lambda: np.memmap(WORLD["secret"], mode="r"))
"""
)

_INHERITED = code(
    """
def contents():
    found = []
    for descriptor in range(1024):
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if descriptor < 3 or stat.S_ISFIFO(mode):
            continue
        if stat.S_ISREG(mode) and not found and os.fstat(descriptor).st_size == 0:
            attempt("write to memory", lambda: os.write(descriptor, b"x"))
            continue
        found.append((descriptor, oct(mode)))
    if not found:
        raise OSError("none but pipes and its own questions")
    return found

attempt("descriptors", contents)
print("environment", sorted(os.environ.items()), sys.argv, sys.orig_argv)
"""
)

_MEMORY = code(
    """
def labels_in_memory():
    found = []
    for one in gc.get_objects():
        try:
            text = repr(one)
        except BaseException:
            continue
        if "tokens" in text and WORLD["mark"] in text and one is not globals():
            found.append(text[:100])
    return found[0]

def frames_above():
    step, seen = sys._getframe(), []
    while step:
        seen.append((step.f_code.co_name, {k: repr(v)[:300] for k, v in step.f_locals.items()}))
        step = step.f_back
    return seen

print(frames_above())
attempt("memory", labels_in_memory)

def order_the_nursery():
    step = sys._getframe()
    while step:
        control = step.f_locals.get("control")
        if isinstance(control, socket.socket):
            return control.send(b"{}")
        step = step.f_back
    raise OSError("no control")

attempt("control", order_the_nursery)
"""
)

_LINKS = tries_to(
    symlink="(os.symlink(WORLD['secret'], 'link'), Path('link').read_text())[1]",
    hardlink="(os.link(WORLD['secret'], 'hard'), Path('hard').read_text())[1]",
    rename="(os.rename(WORLD['secret'], 'moved'), Path('moved').read_text())[1]",
    climb="Path('../' * 30 + WORLD['secret'][1:]).read_text()",
    program="subprocess.run(['/usr/bin/cat', WORLD['secret']], check=True, capture_output=True)",
    shell="subprocess.run('cat < ' + WORLD['secret'], shell=True, check=True, capture_output=True)",
    library="ctypes.CDLL(WORLD['secret'])",
    package="torch.load(WORLD['secret'], weights_only=False)",
)

_DEVICES = code(
    """
for name in ("mem", "kmem", "port", "sda", "vda", "nvme0n1", "loop0", "kmsg", "fuse", "kvm", "tty",
             "console", "tty0", "vsock", "net/tun", "nvidiactl", "userfaultfd", "mapper"):
    attempt(name, lambda: os.open(f"/dev/{name}", os.O_RDWR))
attempt("kernel log", lambda: call("syslog", 3, ctypes.create_string_buffer(4096), 4096))
"""
)

READING = (
    Attack(
        "reads-by-path",
        "Opens labels, a rubric, a neighbour's work, its copy in the spool, grades and passwords.",
        NOTHING_THERE,
        _BY_PATH,
        harmless=found_nothing,
    ),
    Attack(
        "reads-packages",
        "Looks among the installed packages for labels and rubrics, and imports the grader.",
        "folders of packages that hold labels are covered, and the project is not shown",
        _PACKAGES,
        harmless=found_nothing,
    ),
    Attack(
        "reads-proc",
        "Reads environment, memory, maps, links and files of other processes below /proc.",
        "/proc is covered; Landlock shows nothing of it, and no process outside may be looked into",
        _BY_PROC,
        harmless=found_nothing,
    ),
    Attack(
        "traces-processes",
        "Traces the grader, its nursery and others, and reads and writes their memory.",
        "the system call filter",
        _BY_TRACING,
        harmless=found_nothing,
    ),
    Attack(
        "opens-by-handle",
        "Takes descriptors out of other processes, and opens files by inode or by path alone.",
        "the system call filter; a path alone gives no right to read",
        _BY_HANDLE,
        harmless=found_nothing,
    ),
    Attack(
        "reads-what-it-inherited",
        "Reads every descriptor, the environment and the command line that it was born with.",
        "it is born with pipes, memory to read its questions from, and a fixed environment",
        _INHERITED,
        harmless=found_nothing,
    ),
    Attack(
        "searches-its-memory",
        "Searches the memory and the stack that it shares with the nursery for secrets and its control socket.",
        "the nursery is told no secret, and its socket is closed",
        _MEMORY,
        harmless=found_nothing,
    ),
    Attack(
        "follows-links",
        "Links to, renames, executes and loads files outside, and lets programs read them.",
        "rights belong to files, not to names, and are inherited by programs",
        _LINKS,
        harmless=found_nothing,
    ),
    Attack(
        "opens-devices",
        "Opens memory, disks, terminals and the kernel's log.",
        "there are only harmless devices, and the system call filter",
        _DEVICES,
        harmless=found_nothing,
    ),
)
