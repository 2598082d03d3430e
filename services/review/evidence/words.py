"""Texts as words, and as runs of four words that two texts may share.

At four, people who answer the same question share few by chance.
"""

import re
from heapq import nsmallest
from zlib import crc32

ASSESSED_CHARS = 10_000
"""Of a longer text only the beginning is looked at."""
_MASK = 2**63 - 1
# Odd numbers without a pattern: the digits of the golden ratio, of pi, e and the root of 2.
_A, _B = 0x9E3779B97F4A7C15, 0x243F6A8885A308D3
_C, _D = 0xADF85458A2BB4A9B, 0x6A09E667F3BCC909
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’][^\W_{_UNSPACED}]+)*")


def split(text: str, chars: int = ASSESSED_CHARS) -> list[str]:
    """Words of its beginning in lower case; in scripts without spaces each character is one."""
    return _WORD.findall(text[:chars].lower().replace("’", "'"))


def runs(text: str, chars: int = ASSESSED_CHARS) -> set[int]:
    """A 63-bit hash of every run of four words, the same on every machine."""
    ids = [crc32(word.encode(errors="replace")) for word in split(text, chars)]
    four = zip(ids, ids[1:], ids[2:], ids[3:], strict=False)
    return {(a * _A + b * _B + c * _C + d * _D) & _MASK for a, b, c, d in four}


def sketch(queue_id: str, own: set[int], size: int = 16) -> list[int]:
    """A few of a text's runs, the same few for similar texts; apart for each queue.

    The lowest hashes (Broder 1997): of two texts that share half their runs, half their sketches
    are the same on average.
    """
    salt = crc32(queue_id.encode()) * _A & _MASK
    return [run ^ salt for run in nsmallest(size, own)]
