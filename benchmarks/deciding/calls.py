"""System calls by name, for attempts that no library makes."""

import platform

_COLUMN = 1 if platform.machine() == "aarch64" else 0
# fmt: off
NUMBERS = {
    "keyctl": (250, 219), "add_key": (248, 217), "unshare": (272, 97), "clone": (56, 220),
    "clone3": (435, 435), "mount": (165, 40), "bpf": (321, 280), "io_uring_setup": (425, 425),
    "ptrace": (101, 117), "pidfd_getfd": (438, 438), "shmget": (29, 194),
}
# fmt: on
"""Numbers of system calls on x86_64 and aarch64."""


def write_call(name: str, arguments: str, after: str = "print('ESCAPED')") -> str:
    """A program that makes a system call; it dies of the error where there is one."""
    return (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"if libc.syscall({NUMBERS[name][_COLUMN]}, {arguments}) < 0:\n"
        f"    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))\n{after}"
    )
