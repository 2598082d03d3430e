"""A verifier by the name that an instruction gives it."""

from ingot.errors import OrderError
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.answer import Check, check_answer
from judging.verifiers.code import check_code
from judging.verifiers.constraints import check_constraints

VERIFIERS = ("answer", "code", "constraints")


async def check(verifier: str, text: str, reference: str, sandbox: Sandbox) -> Check:
    """Check a completion against its reference.

    Raises:
        OrderError: for a verifier that does not exist.
        ModelError: where a program has to be run and this machine cannot do so safely.
    """
    match verifier:
        case "answer":
            return check_answer(text, reference)
        case "code":
            return await check_code(text, reference, sandbox)
        case "constraints":
            return check_constraints(text, reference)
    raise OrderError(f"no verifier {verifier!r}: use one of {', '.join(VERIFIERS)}", "verifier")
