"""What recipes borrow of other stages: verifiers from judging, the encoder from curation."""

from generation.flow.surroundings import Aids, Verify
from generation.recipes.registry import find_recipe
from ingot.orders import OrderSpec
from ingot.settings import Settings
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import check


def make_aids(spec: OrderSpec, settings: Settings) -> Aids:
    """The aids that the order's recipes ask for; the encoder is loaded only for who needs it."""
    verify = _verifier()
    needs = {need for part in spec.source.parts for need in find_recipe(part.recipe).needs}
    if "encoder" not in needs:
        return Aids(verify=verify)
    from curation.encoder import SentenceEncoder

    return Aids(verify=verify, encoder=SentenceEncoder(settings.encoder, settings.device))


def _verifier() -> Verify:
    sandbox = Sandbox()

    async def verify(verifier: str, text: str, reference: str) -> bool | None:
        """Right, wrong, or None where the program cannot tell."""
        checked = await check(verifier, text, reference, sandbox)
        return {"right": True, "wrong": False}.get(checked.outcome)

    return verify
