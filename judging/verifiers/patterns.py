"""The regex verifier: does the text match the pattern of the reference?

A pattern can take exponential time on a text made for it. It runs in a worker that is stopped,
and then nothing is said.
"""

import re

from judging.verifiers.answer import Check
from judging.verifiers.references import UnusableReferenceError, choose_part, read_options
from judging.verifiers.workers.pool import WorkerPool, shared_pool

MAX_PATTERN_CHARS = 10_000
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "a": re.ASCII}


async def check_regex(text: str, reference: str, pool: WorkerPool | None = None) -> Check:
    """Match a text, or its final answer.

    The reference is the pattern, or JSON: `{"pattern": "...", "full": false, "flags": "ims",
    "of": "text" or "final"}`. By default the pattern may match anywhere.
    """
    try:
        options = read_options(reference, "pattern", {"full", "flags"})
    except UnusableReferenceError as error:
        return Check("unsure", f"no usable reference: {error}")
    pattern, flags = options["pattern"], options.get("flags", "")
    if not _is_usable(pattern, flags):
        return Check("unsure", "no usable reference: pattern or flags")
    part = choose_part(text, options.get("of", "text"))
    if part is None:
        return Check("unsure", "no final answer found, or too long a text")
    pool = pool or shared_pool()
    reply = await pool.run("regex", pattern, part, flags, bool(options.get("full", False)))
    if reply.status != "done":
        return Check("unsure", f"the pattern was not decided: {reply.status} {reply.value}"[:300])
    return Check("right" if reply.value else "wrong", "match" if reply.value else "no match")


def match(pattern: str, text: str, flags: str, full: bool) -> bool:
    """The work itself; to be done in a worker."""
    compiled = re.compile(pattern, sum(_FLAGS[flag] for flag in flags))
    return (compiled.fullmatch(text) if full else compiled.search(text)) is not None


def _is_usable(pattern: object, flags: object) -> bool:
    if not isinstance(pattern, str) or not 0 < len(pattern) <= MAX_PATTERN_CHARS:
        return False
    return isinstance(flags, str) and set(flags) <= _FLAGS.keys() and len(set(flags)) == len(flags)
