"""The system calls that no program inside may make, as a classic BPF filter for seccomp.

What namespaces do not hold back is refused here: keys of the kernel, which outlive a process;
sockets that reach past the network namespace, such as those to a virtual machine's host; new
namespaces and mounts; looking into another process; the calls that flaws of kernels hide in.
Numbers are those of <asm/unistd.h>, offsets those of struct seccomp_data in <linux/seccomp.h>.
"""

import errno
import platform
import struct
from dataclasses import dataclass

# fmt: off
_DENIED = (
    ("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271),
    ("kcmp", 312, 272), ("pidfd_getfd", 438, 438),
    ("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219),
    ("unshare", 272, 97), ("setns", 308, 268), ("chroot", 161, 51), ("pivot_root", 155, 41),
    ("mount", 165, 40), ("umount2", 166, 39), ("move_mount", 429, 429), ("open_tree", 428, 428),
    ("fsopen", 430, 430), ("fsconfig", 431, 431), ("fsmount", 432, 432), ("fspick", 433, 433),
    ("mount_setattr", 442, 442), ("name_to_handle_at", 303, 264), ("open_by_handle_at", 304, 265),
    ("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282),
    ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427),
    ("fanotify_init", 300, 262), ("quotactl", 179, 60), ("quotactl_fd", 443, 443),
    ("acct", 163, 89), ("swapon", 167, 224), ("swapoff", 168, 225), ("reboot", 169, 142),
    ("syslog", 103, 116), ("init_module", 175, 105), ("finit_module", 313, 273),
    ("delete_module", 176, 106), ("kexec_load", 246, 104), ("kexec_file_load", 320, 294),
    ("lookup_dcookie", 212, 18), ("personality", 135, 92),
    ("settimeofday", 164, 170), ("clock_settime", 227, 112),
)
# fmt: on
"""Name, number on x86_64, number on aarch64."""
_NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID and -NET of <linux/sched.h>."""
_FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET and AF_INET6, which stay within the network namespace."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    """How a kind of machine numbers what the filter looks at."""

    audit: int
    """AUDIT_ARCH_* of <linux/audit.h>."""
    column: int
    clone: int
    socket: int
    prlimit: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 1, 56, 41, 302),
    "aarch64": _Machine(0xC00000B7, 2, 220, 198, 261),
}
_CLONE3 = 435


def build_filter(machine: str = platform.machine()) -> bytes | None:
    """An array of struct sock_filter; None for a machine whose system calls are not listed."""
    known = _MACHINES.get(machine)
    if known is None:
        return None
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        *_when(_EQUAL, known.audit, otherwise=_KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _X32, 0, 1),
        _refuse(errno.ENOSYS),
        # No filter can read the flags of clone3, and a C library without it falls back to clone.
        *_refuse_call(_CLONE3, errno.ENOSYS),
    ]
    for call in _DENIED:
        steps += _refuse_call(int(call[known.column]), errno.EPERM)
    steps += _look_into(known.clone, [_step(_ANY_BIT, _NEW_NAMESPACES, 0, 1)], errno.EPERM)
    families = [_step(_EQUAL, family, 3 - place, 0) for place, family in enumerate(_FAMILIES)]
    steps += _look_into(known.socket, families, errno.EAFNOSUPPORT)
    # Limits of another process need its user's id only, and the first process inside has it too.
    steps += _look_into(known.prlimit, [_step(_EQUAL, 0, 1, 0)], errno.EPERM)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction; the jumps count the instructions that are skipped."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(error: int) -> bytes:
    return _step(_RETURN, 0x00050000 | error)


def _when(code: int, value: int, *, otherwise: int) -> list[bytes]:
    return [_step(code, value, 1, 0), _step(_RETURN, otherwise)]


def _refuse_call(number: int, error: int) -> list[bytes]:
    return [_step(_EQUAL, number, 0, 1), _refuse(error)]


def _look_into(number: int, tests: list[bytes], error: int) -> list[bytes]:
    """Decide one call by its first argument: `tests` jump past the refusal, or fall into it."""
    decision = [_step(_LOAD, _FIRST_ARGUMENT), *tests, _refuse(error), _step(_RETURN, _ALLOW)]
    return [_step(_EQUAL, number, 0, len(decision)), *decision]
