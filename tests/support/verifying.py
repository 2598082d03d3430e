"""The real verifiers as a recipe borrows them."""

from generation.flow.item import Aids
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import check

VERDICTS = {"right": True, "wrong": False}


def real_verifiers() -> Aids:
    """For one event loop."""
    sandbox = Sandbox(max_parallel=2)

    async def verify(verifier: str, text: str, reference: str) -> bool | None:
        return VERDICTS.get((await check(verifier, text, reference, sandbox)).outcome)

    return Aids(verify=verify)
