"""The table of attempts to get out of the sandbox, to use it up, or to outlive a run."""

from benchmarks.deciding.attempts import Attempt
from benchmarks.deciding.calls import write_call
from benchmarks.deciding.exhaustion import EXHAUSTION
from benchmarks.deciding.outliving import OUTLIVING

_ALIVE = "exit code 1: alive|No such process"
_REFUSED = "Operation not permitted|Permission denied"

READING = (
    Attempt(
        "the host's users",
        "print('ESCAPED', open('/etc/passwd').read())",
        "error",
        "FileNotFoundError",
        works_outside=True,
    ),
    Attempt("root's home", "import os\nprint('ESCAPED', os.listdir('/root'))", "error", "NotFound"),
    Attempt(
        "this project's files",
        "print('ESCAPED', open('{project}').read())",
        "error",
        "FileNotFoundError",
        works_outside=True,
    ),
    Attempt(
        "the host's processes",
        "print('ESCAPED', open('/proc/{host_pid}/environ').read())",
        "error",
        "FileNotFoundError",
        works_outside=True,
    ),
    Attempt(
        "secrets of the environment",
        "import os\nassert '{secret}' in os.environ.values(), 'no secret'\nprint('ESCAPED')",
        "error",
        "AssertionError: no secret",
        works_outside=True,
    ),
    Attempt(
        "a link to the host's users",
        "import os\nos.symlink('/etc/passwd', '/tmp/x')\nprint('ESCAPED', open('/tmp/x').read())",
        "error",
        "FileNotFoundError",
    ),
    Attempt(
        "a link upwards",
        "import os\nos.symlink('../../../../../../etc', '/tmp/x')\n"
        "print('ESCAPED', os.listdir('/tmp/x'))",
        "error",
        "FileNotFoundError",
    ),
    Attempt(
        "inherited files",
        "import os\ndef is_open(n):\n    try: return os.fstat(n)\n    except OSError: return None\n"
        "assert any(map(is_open, range(3, 5000))), 'no other files'\nprint('ESCAPED')",
        "error",
        "AssertionError: no other files",
    ),
    Attempt("keys of the kernel", write_call("keyctl", "0, -3, 1"), "error", _REFUSED),
    Attempt(
        "a key for the next program",
        write_call("add_key", "b'user', b'x', b'y', 1, -4"),
        "error",
        _REFUSED,
    ),
)

NETWORK = (
    Attempt(
        "a server of the host",
        "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\nprint('ESCAPED')",
        "error",
        "Network is unreachable|Connection refused",
        works_outside=True,
    ),
    Attempt(
        "the internet",
        "import socket\nsocket.create_connection(('1.1.1.1', 443), 2)\nprint('ESCAPED')",
        "error",
        "Network is unreachable",
    ),
    Attempt(
        "the cloud's metadata",
        "import socket\nsocket.create_connection(('169.254.169.254', 80), 2)\nprint('ESCAPED')",
        "error",
        "Network is unreachable",
    ),
    Attempt(
        "a name server",
        "import socket\nprint('ESCAPED', socket.getaddrinfo('example.com', 80))",
        "error",
        "gaierror",
    ),
    Attempt(
        "a datagram",
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('8.8.8.8', 53))\nprint('ESCAPED')",
        "error",
        "Network is unreachable",
    ),
    Attempt(
        "an abstract socket of the host",
        "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0{abstract}')\nprint('ESCAPED')",
        "error",
        "Connection refused",
        works_outside=True,
    ),
    Attempt(
        "a container engine's socket",
        "import socket\nsocket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')\n"
        "print('ESCAPED')",
        "error",
        "FileNotFoundError",
    ),
    Attempt(
        "a virtual machine's host",
        "import socket\ns = socket.socket(40, socket.SOCK_STREAM)\nprint('ESCAPED')",
        "error",
        "Address family not supported",
    ),
    Attempt(
        "the kernel's routing table",
        "import socket\ns = socket.socket(16, socket.SOCK_RAW, 0)\nprint('ESCAPED')",
        "error",
        "Address family not supported",
        works_outside=True,
    ),
    Attempt(
        "raw packets",
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\nprint('ESCAPED')",
        "error",
        _REFUSED,
    ),
)

POWERS = (
    Attempt("a user namespace", write_call("unshare", "0x10000000"), "error", _REFUSED),
    Attempt("a cloned user namespace", write_call("clone", "0x10000011, 0"), "error", _REFUSED),
    Attempt(
        "a namespace by clone3",
        write_call("clone3", "(ctypes.c_uint64 * 11)(0x10000000, *[0] * 3, 17), 88"),
        "error",
        "Function not implemented",
    ),
    Attempt("a mount", write_call("mount", "b'x', b'/tmp', b'tmpfs', 0, 0"), "error", _REFUSED),
    Attempt(
        "the powers of the zygote",
        "import ctypes\nheader = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
        "found = (ctypes.c_uint32 * 6)()\nassert ctypes.CDLL(None).capget(header, found) == 0\n"
        "assert any(found), 'no powers'\nprint('ESCAPED')",
        "error",
        "AssertionError: no powers",
    ),
    Attempt("another root", "import os\nos.chroot('/tmp')\nprint('ESCAPED')", "error", _REFUSED),
    Attempt("being root", "import os\nos.setuid(0)\nprint('ESCAPED')", "error", "Invalid arg"),
    Attempt(
        "a device",
        "import os, stat\nos.mknod('/tmp/x', 0o600 | stat.S_IFBLK, os.makedev(254, 0))\n"
        "print('ESCAPED')",
        "error",
        _REFUSED,
    ),
    Attempt("a program for the kernel", write_call("bpf", "0, 0, 0"), "error", _REFUSED),
    Attempt("calls by a ring", write_call("io_uring_setup", "8, b'0' * 120"), "error", _REFUSED),
    Attempt(
        "tracing its parent", write_call("ptrace", "16, os.getppid(), 0, 0"), "error", _REFUSED
    ),
    Attempt(
        "its parent's files",
        write_call("pidfd_getfd", "os.pidfd_open(os.getppid()), 1, 0"),
        "error",
        _REFUSED,
    ),
    Attempt(
        "its parent's limits",
        "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0))\n"
        "print('ESCAPED')",
        "error",
        _REFUSED,
    ),
    Attempt(
        "higher limits",
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))\nprint('ESCAPED')",
        "error",
        "not allowed to raise maximum limit",
    ),
)

KILLING = tuple(
    Attempt(
        name, f"import os\n{program}\nos.kill(1, 0)\nraise SystemExit('alive')", "error", _ALIVE
    )
    for name, program in (
        ("its parent's life", "os.kill(os.getppid(), 9)"),
        ("its parent's rest", "os.kill(os.getppid(), 19)"),
        ("its parent's interruption", "for n in range(999): os.kill(os.getppid(), 2)"),
        ("everybody's life", "os.kill(-1, 9)"),
        ("its group's life", "os.setpgid(0, 0); os.killpg(1, 9)"),
    )
)

WRITING = tuple(
    Attempt(
        f"writing {path}",
        f"open({path!r}, 'w').write('x')\nprint('ESCAPED')",
        "error",
        "Read-only file system|Permission denied",
    )
    for path in ("/x", "/usr/x", "/dev/x", "/program/main.py", "/zygote/main.py", "/usr/bin/env")
)

ESCAPES = (*EXHAUSTION, *READING, *NETWORK, *POWERS, *KILLING, *WRITING, *OUTLIVING)
