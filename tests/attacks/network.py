"""Calling out, being called, and sockets of every kind."""

from .attack import Attack, code, did_nothing, tries_to

_NO_NETWORK = "an empty network of its own; under Landlock no socket at all"

_CALLS = tries_to(
    tcp="socket.create_connection(('127.0.0.1', WORLD['tcp']), timeout=2)",
    tcp6="socket.create_connection(('::1', WORLD['tcp']), timeout=2)",
    gateway="socket.create_connection(('10.0.2.2', WORLD['tcp']), timeout=2)",
    unix="socket.socket(socket.AF_UNIX).connect(WORLD['unix'])",
    abstract="socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(WORLD['abstract'])",
    name="socket.getaddrinfo('example.org', 80)",
    metadata="socket.create_connection(('169.254.169.254', 80), timeout=2)",
    url="__import__('urllib.request').request.urlopen(f'http://127.0.0.1:{WORLD[\"tcp\"]}/')",
    program="subprocess.run(['/bin/bash', '-c', f': > /dev/tcp/127.0.0.1/{WORLD[\"tcp\"]}'], check=True)",
)

_SENDS = code(
    """
def send(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.sendto(b"hello", address)

def reach(family, address):
    # a datagram into an empty network may be sent; nobody hears it
    send(family, address)
    raise OSError("sent to nobody")

attempt("udp", lambda: reach(socket.AF_INET, ("127.0.0.1", WORLD["udp"])))
attempt("broadcast", lambda: send(socket.AF_INET, ("255.255.255.255", WORLD["udp"])))
attempt("abstract", lambda: send(socket.AF_UNIX, WORLD["abstract"]))
attempt("unix", lambda: send(socket.AF_UNIX, WORLD["unix"]))
"""
)

_KINDS = code(
    """
for name in ("VSOCK", "NETLINK", "PACKET", "ALG", "CAN", "BLUETOOTH", "TIPC", "XDP", "RDS", "KEY"):
    family = getattr(socket, f"AF_{name}", None)
    if family is not None:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            attempt(name, lambda: socket.socket(family, kind).close())
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("raw6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58))
attempt("io_uring", lambda: call("io_uring_setup", 8, ctypes.create_string_buffer(256)))
"""
)

_LISTENS = code(
    """
def listen(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen()
    server.settimeout(1)
    server.accept()

attempt("tcp", lambda: listen(socket.AF_INET, ("0.0.0.0", 0)))
attempt("same port", lambda: listen(socket.AF_INET, ("127.0.0.1", WORLD["tcp"])))
attempt("abstract", lambda: listen(socket.AF_UNIX, "\\0" + WORLD["mark"] + "-server"))
"""
)

NETWORK = (
    Attack(
        "calls-out",
        "Connects to the grader by TCP, Unix and abstract sockets, resolves names, asks for a cloud's metadata.",
        _NO_NETWORK,
        _CALLS,
        harmless=did_nothing,
    ),
    Attack(
        "sends-datagrams",
        "Sends datagrams that need no connection.",
        _NO_NETWORK,
        _SENDS,
        harmless=did_nothing,
    ),
    Attack(
        "opens-odd-sockets",
        "Opens sockets to the machine's host, to the kernel and to the wire, and io_uring.",
        "the system call filter",
        _KINDS,
        harmless=did_nothing,
    ),
    Attack(
        "listens",
        "Waits to be called, on the grader's own port too.",
        _NO_NETWORK,
        _LISTENS,
        harmless=did_nothing,
    ),
)
