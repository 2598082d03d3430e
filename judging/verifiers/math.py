"""The mathematics verifier: two independent ways have to agree.

    final, reference --exact comparison of our own--+--> right, wrong: both say so
                     --Math-Verify (SymPy)----------+--> unsure: anything else, with the reason

Each way has been seen to be wrong alone (Math-Verify takes 1/2^99 for 1/2^98). That both are
wrong in the same way about one answer is what a verdict here stands against. Words, where there is
no mathematics, are compared by the two text rules of this package. Time-outs are unsure.
"""

from judging.verifiers.answer import Check, check_answer
from judging.verifiers.finals import MAX_FINAL_CHARS, extract_final
from judging.verifiers.math_exact.tidy import tidy
from judging.verifiers.math_exact.words import read_words
from judging.verifiers.workers.pool import Reply, WorkerPool, shared_pool


async def check_math(text: str, reference: str, pool: WorkerPool | None = None) -> Check:
    r"""Compare the final answer of a completion with the reference, which may be LaTeX.

    The reference is the answer itself, or a solution that marks it by `####` or `\boxed`.

    Raises:
        ModelError: where the extra 'judging' is not installed.
    """
    expected = _read_reference(reference)
    if not expected:
        return Check("unsure", "no usable reference")
    final = extract_final(text)
    if final is None:
        return Check("unsure", "no final answer found")
    pool = pool or shared_pool()
    exact = _finding(await pool.run("math_exact", final.text, expected))
    if exact[0] == "unsure":
        return Check("unsure", f"exact comparison: {exact[1]}"[:300], final.text)
    if read_words(tidy(expected)):
        return _agree(exact, _by_words(final.text, expected), "text rule", final.text)
    peer = _finding(await pool.run("math_peer", final.text, expected))
    return _agree(exact, peer, "Math-Verify", final.text)


def _read_reference(reference: str) -> str:
    """The answer that a reference gives; '' where it gives none."""
    marked = "####" in reference or "\\boxed{" in reference
    found = extract_final(reference) if marked else None
    expected = found.text if found else ("" if marked else reference.strip())
    return expected if len(expected) <= MAX_FINAL_CHARS else ""


def _finding(reply: Reply) -> tuple[str, str]:
    """Verdict and reason of one way; what did not end well is unsure."""
    if reply.status == "done":
        return reply.value[0], reply.value[1]
    return "unsure", f"{reply.status}: {reply.value}"


def _by_words(found: str, expected: str) -> tuple[str, str]:
    """What the answer verifier says of the same words."""
    check = check_answer(f"#### {read_words(tidy(found))}", read_words(tidy(expected)))
    verdict = {"right": "same", "wrong": "different"}.get(check.outcome, "unsure")
    return verdict, check.reason


def _agree(exact: tuple[str, str], other: tuple[str, str], name: str, final: str) -> Check:
    if exact[0] != other[0]:
        reason = f"exact comparison says {exact[0]}, {name} {other[0]}: {exact[1] or other[1]}"
        return Check("unsure", reason[:300], final)
    if exact[0] == "same":
        return Check("right", f"equal by exact comparison and {name}", final)
    return Check("wrong", f"{exact[1]}, by exact comparison and {name}"[:300], final)
