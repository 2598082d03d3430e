"""The filter, read by an interpreter of classic BPF that knows its five instructions."""

import errno
import struct

import pytest

from judging.sandbox.filter import build_filter

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "x86_64": {"read": 0, "clone": 56, "fork": 57, "socket": 41, "prlimit": 302, "keyctl": 250},
    "aarch64": {
        "read": 63,
        "clone": 220,
        "fork": 1079,
        "socket": 198,
        "prlimit": 261,
        "keyctl": 219,
    },
}


def decide(machine, number, argument=0, architecture=None):
    steps = list(struct.iter_unpack("=HBBI", build_filter(machine)))
    data = {0: number, 4: architecture or ARCHITECTURES[machine], 16: argument}
    at = loaded = 0
    while True:
        code, if_true, if_false, value = steps[at]
        if code == 0x06:
            return value
        if code == 0x20:
            loaded, at = data[value], at + 1
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
            at += 1 + (if_true if holds else if_false)


def refused(error):
    return 0x00050000 | error


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_common_calls_pass(machine):
    calls = CALLS[machine]
    for name, argument in (("read", 0), ("fork", 0), ("clone", 17), ("socket", 1), ("prlimit", 0)):
        assert decide(machine, calls[name], argument) == ALLOW, name


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize(
    ("call", "argument", "error"),
    [
        ("keyctl", 0, errno.EPERM),
        ("clone", 0x10000011, errno.EPERM),
        ("clone", 0x00020000, errno.EPERM),
        ("socket", 40, errno.EAFNOSUPPORT),
        ("socket", 16, errno.EAFNOSUPPORT),
        ("prlimit", 1, errno.EPERM),
    ],
)
def test_other_calls_are_refused_by_their_argument(machine, call, argument, error):
    assert decide(machine, CALLS[machine][call], argument) == refused(error)


def test_foreign_calls_are_refused():
    assert decide("x86_64", 435) == refused(errno.ENOSYS)
    assert decide("x86_64", 0x40000000) == refused(errno.ENOSYS)
    assert decide("x86_64", 0, architecture=0x40000003) == KILL


def test_an_unknown_machine_has_no_filter():
    assert build_filter("vax") is None
