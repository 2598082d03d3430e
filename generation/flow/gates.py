"""Gates: what an item must pass beside those accepted before it. Asked in the items' order."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from ingot.records import Evaluation, Instruction, Preference, Record, Trajectory


class Gate(Protocol):
    """Sees the items one after the other, in their order, whatever the order of arrival."""

    def refuse(self, records: Sequence[Record]) -> str:
        """The reason why these records are not wanted, or '' and they count from now on."""
        ...


class DistinctPrompts:
    """Refuses a prompt that was asked before, up to spacing and case."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        """64 bits of each prompt's SHA-256; a false alarm among 10 million is 1 in 370,000."""

    def refuse(self, records: Sequence[Record]) -> str:
        """'duplicate' where one of the item's prompts has been seen."""
        prompts = {_fingerprint(text) for text in prompt_texts(records)}
        if not prompts.isdisjoint(self._seen):
            return "duplicate"
        self._seen |= prompts
        return ""


def _fingerprint(text: str) -> int:
    plain = " ".join(text.casefold().split())
    return int.from_bytes(hashlib.sha256(plain.encode()).digest()[:8], "big")


def prompt_texts(records: Sequence[Record]) -> list[str]:
    """What is asked in each of these records; completions ask nothing."""
    texts = []
    for record in records:
        if isinstance(record, Instruction):
            texts.append(record.text)
        elif isinstance(record, Preference | Evaluation):
            texts.append(record.prompt[-1].content)
        elif isinstance(record, Trajectory):
            texts.append(next((m.content for m in record.messages if m.role == "user"), ""))
    return texts
