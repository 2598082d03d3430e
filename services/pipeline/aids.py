"""What recipes borrow of other stages: verifiers from judging, the encoder from curation."""

from typing import Any

from generation.flow.surroundings import Aids, Encoder, Verify
from generation.recipes.registry import find_recipe
from ingot.orders import OrderSpec
from ingot.settings import Settings
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import check


def make_aids(spec: OrderSpec, settings: Settings) -> Aids:
    """The aids that the order's recipes ask for."""
    needs = {need for part in spec.source.parts for need in find_recipe(part.recipe).needs}
    encoder = LateEncoder(settings) if "encoder" in needs else None
    return Aids(verify=_verifier(), encoder=encoder)


class LateEncoder:
    """A sentence encoder that is loaded when it is first asked: small orders never ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: Encoder | None = None

    def encode(self, texts: list[str]) -> Any:
        """One row of unit length per text; call it from a thread."""
        if self._loaded is None:
            from curation.encoder import SentenceEncoder

            self._loaded = SentenceEncoder(self._settings.encoder, self._settings.device)
        return self._loaded.encode(texts)


def _verifier() -> Verify:
    sandbox = Sandbox()

    async def verify(verifier: str, text: str, reference: str) -> bool | None:
        """Right, wrong, or None where the program cannot tell."""
        checked = await check(verifier, text, reference, sandbox)
        return {"right": True, "wrong": False}.get(checked.outcome)

    return verify
