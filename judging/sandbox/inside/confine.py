"""The walls around one run, put up by the process that will be the first inside them.

    zygote (first of its process namespace, may mount)
      └─ enter_namespaces() ─► first process of the run ─ confine() ─► the program, its child

Each run has process, mount and IPC namespaces of its own: when its first process ends, the kernel
ends all others in it, and nothing of theirs is left to see. The network namespace is the zygote's,
where even the loopback device is down, so no connection outlives a program in it.
"""

import ctypes
import os
import resource
import signal
from collections.abc import Mapping
from typing import Any

NEW_MOUNTS, NEW_IPC, NEW_PIDS, NEW_NETWORK = 0x20000, 0x08000000, 0x20000000, 0x40000000
"""CLONE_NEW* of <linux/sched.h>."""
MAX_INODES = 20_000
"""Of the private /tmp: empty files take memory of the kernel that no size limit counts."""
SHARED_MEMORY_BYTES = 4 * 2**20

_READ_ONLY, _NO_SUID, _NO_DEVICES, _REMOUNT, _RECURSIVE, _PRIVATE = 1, 2, 4, 32, 0x4000, 0x40000
_SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 4, 38, 22, 2
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
# Looked up and laid out before the first fork: in a child, each would cost new pages.
_capset, _mount, _prctl = _libc.capset, _libc.mount, _libc.prctl
_setns, _unshare = _libc.setns, _libc.unshare
_CAPABILITY_HEADER = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()


class Filter(ctypes.Structure):
    """The struct sock_fprog of <linux/filter.h>, with the steps that it points to."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    def __init__(self, seccomp: bytes) -> None:
        self.kept = ctypes.create_string_buffer(seccomp, len(seccomp))
        super().__init__(len(seccomp) // 8, ctypes.addressof(self.kept))


def hide() -> None:
    """Be neither read nor traced nor interrupted by others of the same user; children inherit that.

    It also keeps pidfd_getfd(2) away from what this process has open. The kernel keeps signals from
    a first process, but not those that it handles itself, as Python does SIGINT.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _check(_prctl(_SET_DUMPABLE, 0, 0, 0, 0))


def settle() -> None:
    """Give the zygote namespaces that it owns, so that it may return to them.

    The calling process stays outside and waits for its child, which goes on in its place.
    """
    _check(_unshare(NEW_PIDS | NEW_MOUNTS | NEW_NETWORK))
    _check(_mount(None, b"/", None, _RECURSIVE | _PRIVATE, None))
    if zygote := os.fork():
        os.waitpid(zygote, 0)
        os._exit(0)


def fork_first() -> int:
    """Fork into a new process namespace; 0 in the child, its id in the parent, as fork does."""
    own = os.pidfd_open(os.getpid())
    try:
        _check(_unshare(NEW_PIDS))
        if (child := os.fork()) == 0:
            return 0
        _check(_setns(own, NEW_PIDS))
        return child
    finally:
        os.close(own)


def furnish(files: Mapping[str, bytes], limits: Mapping[str, Any]) -> None:
    """Enter mounts and IPC of one's own: an empty /tmp and /dev/shm, and /program with the files.

    Raises:
        OSError: where the kernel refuses; then no program may be started.
    """
    _check(_unshare(NEW_MOUNTS | NEW_IPC))
    _mount_memory("/tmp", f"mode=1777,size={limits['folder_bytes']},nr_inodes={MAX_INODES}")
    _mount_memory("/dev/shm", f"mode=1777,size={SHARED_MEMORY_BYTES},nr_inodes={MAX_INODES}")
    if files:
        _mount_memory("/program", "mode=0755")
        for name, text in files.items():
            _write(f"/program/{name}", text)
        flags = _READ_ONLY | _NO_SUID | _NO_DEVICES | _REMOUNT
        _check(_mount(None, b"/program", None, flags, None))


def confine(limits: Mapping[str, Any], seccomp: Filter) -> None:
    """Give away what the zygote may do, for good, and set the limits."""
    os.setsid()
    os.chdir("/tmp")
    for name, most in _rlimits(limits).items():
        resource.setrlimit(name, most)
    _check(_capset(_CAPABILITY_HEADER, _NO_CAPABILITIES))
    _check(_prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _check(_prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(seccomp), 0, 0))


def _rlimits(limits: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """A second after SIGXCPU comes SIGKILL."""
    equal = {
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CORE: 0,
    }
    cpu = {resource.RLIMIT_CPU: (limits["cpu_s"], limits["cpu_s"] + 1)}
    return {name: (most, most) for name, most in equal.items()} | cpu


def _write(path: str, text: bytes) -> None:
    """Without a file object: a child that needs fewer pages of its own is there sooner."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    try:
        while text:
            text = text[os.write(file, text) :]
    finally:
        os.close(file)


def _mount_memory(path: str, options: str) -> None:
    flags = _NO_SUID | _NO_DEVICES
    _check(_mount(b"tmpfs", path.encode(), b"tmpfs", flags, options.encode()))


def _check(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
