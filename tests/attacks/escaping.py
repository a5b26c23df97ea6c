"""Other processes, other people's files, the kernel's settings: whatever a child shares by chance."""

from graders.grade import Grade

from .attack import Attack, code, did_nothing, tries_to
from .world import World

_FILTER = "the system call filter"
_OWN_OR_FILTERED = "a child sees no process but its own; under Landlock the system call filter"


def unharmed(world: World, grade: Grade) -> None:
    """Assert that files and processes outside are as they were, and nothing told of success."""
    world.insist_it_is_unharmed()
    did_nothing(world, grade)


_OTHERS = """
others = [WORLD["grader"], WORLD["nursery"], WORLD["bystander"]]
"""

_SIGNALS = code(
    _OTHERS
    + """
for pid in [*others, os.getppid(), 1]:
    for number in (0, signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        if pid != 1 and (pid != os.getppid() or pid in others):
            attempt(f"signal {pid}", lambda: os.kill(pid, number))
            attempt(f"group {pid}", lambda: os.killpg(pid, number))
            attempt(f"thread {pid}", lambda: checked(libc.tgkill(pid, pid, number)))
    attempt(f"handle {pid}", lambda: signal.pidfd_send_signal(
        os.pidfd_open(pid) if pid in others else 99, signal.SIGTERM))
    attempt(f"queue {pid}", lambda: checked(libc.sigqueue(pid, signal.SIGTERM, None))
        if pid in others else checked(-1))
def everybody():
    os.kill(-1, 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
try:
    os.kill(-1, signal.SIGTERM)
except OSError as error:
    print("refused everybody", error)
"""
)

_OWNER = code(
    """
def seen(place):
    try:
        found = os.stat(place)
        return (found.st_mode, found.st_mtime_ns, found.st_uid)
    except OSError:
        return None

def must_change(place, how):
    before = seen(place)
    how()
    if seen(place) == before:
        raise OSError("told that it was done, and it was not")

places = [WORLD["secret"], WORLD["folder"], WORLD["rubric"]]
for place in places:
    attempt(f"mode of {place}", lambda: must_change(place, lambda: os.chmod(place, 0o700)))
    attempt(f"newer {place}", lambda: must_change(place, lambda: call("fchmodat2", -100, place.encode(), 0o777, 0)))
    attempt(f"owner of {place}", lambda: os.chown(place, os.getuid(), os.getgid()))
    attempt(f"times of {place}", lambda: must_change(place, lambda: os.utime(place, (1, 1))))
    attempt(f"attribute of {place}", lambda: os.setxattr(place, "user.x", b"1"))
    attempt(f"cut {place}", lambda: os.truncate(place, 0))
    attempt(f"remove {place}", lambda: os.unlink(place))
    attempt(f"remove folder {place}", lambda: os.rmdir(place))
    attempt(f"rename {place}", lambda: os.rename(place, place + ".moved"))
    attempt(f"write {place}", lambda: Path(place, WORLD["mark"]).write_text("x"))
    attempt(f"flags of {place}", lambda: call("file_setattr", -100, place.encode(), bytes(64), 64, 0))
"""
)

_LIMITS = code(
    _OTHERS
    + """
import resource
for pid in others:
    attempt(f"limits of {pid}", lambda: resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)))
    attempt(f"time of {pid}", lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (600, 600)))
    attempt(f"read limits of {pid}", lambda: resource.prlimit(pid, resource.RLIMIT_CPU))
for limit in (resource.RLIMIT_CPU, resource.RLIMIT_DATA, resource.RLIMIT_NOFILE,
              resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
    attempt(f"own limit {limit}", lambda: resource.setrlimit(limit, (-1, -1)))
"""
)

_SCHEDULING = code(
    _OTHERS
    + """
def renice_the_user():
    # in a world of its own this changes nobody but the child
    os.setpriority(os.PRIO_USER, 0, 19)
    raise OSError("its own priority only")

for pid in others:
    attempt(f"processors of {pid}", lambda: os.sched_setaffinity(pid, {0}))
    attempt(f"scheduler of {pid}", lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))
    attempt(f"parameters of {pid}", lambda: os.sched_setparam(pid, os.sched_param(0)))
    attempt(f"attributes of {pid}", lambda: call(
        "sched_setattr", pid, struct.pack("IIQiIQQQ", 48, 5, 0, 19, 0, 0, 0, 0), 0))
    attempt(f"priority of {pid}", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
    attempt(f"priority of group {pid}", lambda: os.setpriority(os.PRIO_PGRP, pid, 19))
    attempt(f"disk priority of {pid}", lambda: call("ioprio_set", 1, pid, 3 << 13))
    attempt(f"pages of {pid}", lambda: call("move_pages", pid, 0, None, None, None, 0))
    attempt(f"migrate {pid}", lambda: call("migrate_pages", pid, 8, bytes(8), bytes(8)))
    attempt(f"advise {pid}", lambda: call("process_madvise", call("pidfd_open", pid, 0), bytes(16), 1, 20, 0))
attempt("priority of the user", renice_the_user)
attempt("disk priority of the user", lambda: (call("ioprio_set", 3, os.getuid(), 3 << 13), checked(-1)))
attempt("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
"""
)

_WATCHES = code(
    """
import select

def watch(place):
    # names of files as they come and go: of submissions, of results
    descriptor = checked(libc.inotify_init1(0))
    checked(libc.inotify_add_watch(descriptor, place.encode(), 0xFFF))
    if select.select([descriptor], [], [], 2)[0]:
        return os.read(descriptor, 4096)
    raise OSError("nothing seen")

for place in (WORLD["out"], WORLD["spool"], WORLD["folder"]):
    attempt(place, lambda: watch(place))

def watch_all():
    descriptor = checked(libc.fanotify_init(0x200, 0))
    checked(libc.fanotify_mark(descriptor, 1, ctypes.c_ulong(0x100), -100, WORLD["out"].encode()))
    return os.read(descriptor, 4096)

attempt("fanotify", watch_all)
"""
)

_SHARED_MEMORY = code(
    """
for number in range(8):
    attempt("see segments", lambda: checked(libc.shmctl(number, 13, ctypes.create_string_buffer(512))))
    attempt("see semaphores", lambda: checked(libc.semctl(number, 0, 18, ctypes.create_string_buffer(512))))
    attempt("see queues", lambda: checked(libc.msgctl(number, 11, ctypes.create_string_buffer(512))))
attempt("make a segment", lambda: checked(libc.shmget(0x6B41, 4096, 0o1666)))
attempt("make semaphores", lambda: checked(libc.semget(0x6B41, 1, 0o1666)))
attempt("make a queue", lambda: checked(libc.msgget(0x6B41, 0o1666)))
attempt("make a named queue", lambda: call("mq_open", b"canary", os.O_CREAT | os.O_RDWR, 0o600, None))
attempt("a key", lambda: call("add_key", b"user", b"canary", b"x", 1, -4))
attempt("a key ring", lambda: call("keyctl", 0, -3, 1))
attempt("a memory file", lambda: os.memfd_create("canary"))
"""
)

_KERNEL = code(
    """
attempt("bpf", lambda: call("bpf", 0, bytes(128), 128))
attempt("perf", lambda: call("perf_event_open", bytes(128), 0, -1, -1, 0))
attempt("userfaultfd", lambda: call("userfaultfd", 1))
attempt("io_uring", lambda: call("io_uring_setup", 8, ctypes.create_string_buffer(256)))
attempt("kexec", lambda: call("kexec_load", 0, 0, None, 0))
attempt("module", lambda: call("finit_module", 0, b"", 0))
attempt("host name", lambda: checked(libc.sethostname(b"canary", 6)))
attempt("clock", lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
attempt("reboot", lambda: checked(libc.reboot(0)))
attempt("swap", lambda: checked(libc.swapoff(b"/swapfile")))
attempt("accounts", lambda: checked(libc.acct(b"canary")))
attempt("quota", lambda: call("quotactl", 0x80000700, b"/dev/vda", 0, None))
attempt("lock all memory", lambda: checked(libc.mlock(ctypes.c_void_p(0x1000), ctypes.c_size_t(1 << 40))))
attempt("module loader", lambda: Path("/proc/sys/kernel/modprobe").write_text("/tmp/x"))
attempt("core pattern", lambda: Path("/proc/sys/kernel/core_pattern").write_text("|/tmp/x"))
attempt("cgroup", lambda: Path("/sys/fs/cgroup/cgroup.procs").write_text("0"))
"""
)

_NAMESPACES = code(
    """
for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000):
    attempt(f"unshare {flag:x}", lambda: checked(libc.unshare(flag)))
    attempt(f"clone {flag:x}", lambda: checked(libc.syscall(220 if ARM else 56, flag | 17, 0, 0, 0, 0)))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("mount", lambda: checked(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)))
attempt("remount", lambda: checked(libc.mount(b"none", b"/", None, 32 | 4096, None)))
attempt("unmount", lambda: checked(libc.umount2(b"/tmp", 2)))
attempt("unmount proc", lambda: checked(libc.umount2(b"/proc", 2)))
attempt("open a file system", lambda: call("fsopen", b"tmpfs", 0))
attempt("open a tree", lambda: call("open_tree", -100, b"/", 1))
attempt("enter", lambda: checked(libc.setns(0, 0)))
attempt("become root", lambda: (os.setuid(1234), os.setuid(0)))
attempt("become somebody", lambda: os.setresuid(1, 1, 1))
attempt("groups", lambda: os.setgroups([0]))
for program in ("su", "sudo", "mount", "passwd", "newuidmap", "pkexec", "unshare", "bwrap"):
    attempt(program, lambda: subprocess.run(
        [program, "-c", "id"], check=True, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=5).stdout)
"""
)

_WRITES = code(
    """
places = [os.path.dirname(np.__file__), os.path.dirname(torch.__file__), "/usr", "/usr/lib", "/",
          os.path.dirname(sys.executable), WORLD["prefix"], "/etc", "/dev", "/var/tmp", "/root",
          "/dev/shm/..", "/submission", os.path.dirname(os.path.abspath(__file__)), WORLD["spool"]]
for step in (sys._getframe(), sys._getframe().f_back):
    while step:
        places.append(os.path.dirname(os.path.abspath(step.f_code.co_filename)))
        step = step.f_back
for place in dict.fromkeys(places):
    if os.path.exists(place) and os.path.samefile(place, os.getcwd()):
        continue
    attempt(f"file in {place}", lambda: Path(place, WORLD["mark"] + ".pth").write_text("import os"))
    attempt(f"folder in {place}", lambda: Path(place, WORLD["mark"]).mkdir())
    attempt(f"link in {place}", lambda: Path(place, WORLD["mark"]).symlink_to("/"))
attempt("numpy itself", lambda: open(np.__file__, "r+"))
attempt("torch itself", lambda: open(torch.__file__, "a"))
attempt("the interpreter", lambda: open(sys.executable, "r+b"))
"""
)

_TERMINAL = code(
    """
import fcntl, termios

for number in (0, 1, 2):
    attempt(f"type into {number}", lambda: fcntl.ioctl(number, termios.TIOCSTI, b"x"))
    attempt(f"paste into {number}", lambda: fcntl.ioctl(number, 0x541C, b"\\3"))
attempt("console", lambda: fcntl.ioctl(0, 0x541D))
try:
    fcntl.fcntl(1, 8, WORLD["bystander"])  # who gets a signal when something comes
    fcntl.fcntl(1, 10, signal.SIGKILL)
    fcntl.fcntl(1, fcntl.F_SETFL, os.O_ASYNC)
except OSError as error:
    print("refused owner", error)
place = os.open(__file__, os.O_RDONLY)
attempt("lease", lambda: fcntl.fcntl(place, fcntl.F_SETLEASE, fcntl.F_RDLCK))
attempt("lease of a package", lambda: fcntl.fcntl(
    os.open(json.__file__, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK))
attempt("flags", lambda: fcntl.ioctl(place, 0x40086602, struct.pack("l", 0x80)))
attempt("verity", lambda: fcntl.ioctl(place, 0x40806685, bytes(128)))
attempt("dnotify", lambda: fcntl.fcntl(os.open("/usr/lib", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS))
"""
)

_SESSIONS = tries_to(
    session="os.setsid()",
    group="os.setpgid(0, 0)",
    other="os.setpgid(0, WORLD['grader'])",
    enter="os.setpgid(0, os.getpgid(WORLD['nursery']))",
)

_PIPES_WITH_NAMES = tries_to(
    fifo="os.mkfifo(os.path.join(WORLD['folder'], WORLD['mark']))",
    device="os.mknod('null', stat.S_IFCHR | 0o666, os.makedev(1, 3))",
    disk="os.mknod('disk', stat.S_IFBLK | 0o666, os.makedev(8, 0))",
    suid="(Path('s').write_bytes(b'x'), os.chmod('s', 0o4755), os.stat('s').st_mode & 0o4000 or checked(-1), os.execv('s', ['s']))",
)

ESCAPING = (
    Attack(
        "signals-others",
        "Signals the grader, the nursery, strangers and everybody: by process, thread, group, handle.",
        "a world of its own, or Landlock's scope for signals",
        _SIGNALS,
        harmless=unharmed,
    ),
    Attack(
        "changes-what-it-owns",
        "Changes modes, owners, times and attributes of files that the grader's user owns.",
        "none of them is there; under Landlock, which leaves that to owners, the system call filter",
        _OWNER,
        harmless=unharmed,
    ),
    Attack(
        "limits-others",
        "Lowers the limits of the grader and of strangers, and raises its own.",
        _OWN_OR_FILTERED,
        _LIMITS,
        harmless=unharmed,
    ),
    Attack(
        "slows-others",
        "Takes processors and priority from the grader, a stranger and the whole user.",
        _OWN_OR_FILTERED,
        _SCHEDULING,
        harmless=unharmed,
    ),
    Attack(
        "watches-folders",
        "Learns the names of files that come and go in the grader's folders.",
        _FILTER,
        _WATCHES,
        harmless=did_nothing,
    ),
    Attack(
        "shares-memory",
        "Sees, makes and enters shared memory, semaphores, queues and key rings of the machine.",
        _FILTER,
        _SHARED_MEMORY,
        harmless=did_nothing,
    ),
    Attack(
        "asks-the-kernel",
        "Loads programs into the kernel, and changes host name, clock, swap and settings.",
        "no capability, and the system call filter",
        _KERNEL,
        harmless=did_nothing,
    ),
    Attack(
        "makes-namespaces",
        "Makes and enters namespaces, mounts, changes its root, and becomes another user.",
        "no capability, no new privileges, and the system call filter",
        _NAMESPACES,
        harmless=unharmed,
    ),
    Attack(
        "writes-everywhere",
        "Writes into packages, the interpreter, the code of the sandbox, the spool and system folders.",
        "all is read-only but its own temporary folders",
        _WRITES,
        harmless=unharmed,
    ),
    Attack(
        "types-into-terminals",
        "Types into the grader's terminal, holds leases on files, and sets their flags.",
        "it has no terminal; a session of its own; read-only files, or the system call filter",
        _TERMINAL,
        harmless=unharmed,
    ),
    Attack(
        "joins-other-groups",
        "Enters the grader's process group and leaves its session.",
        "its session is its own; under Landlock it cannot leave it",
        _SESSIONS,
        harmless=unharmed,
        levels=("landlock",),
    ),
    Attack(
        "makes-devices",
        "Makes devices, named pipes and programs with another user's rights.",
        "no capability, and no right to make them",
        _PIPES_WITH_NAMES,
        harmless=unharmed,
    ),
)
