"""A turn of a simulated dialogue as a model wrote it: what is said, or why it is unfit."""

import re
from collections.abc import Sequence

from generation.diversity.rouge import rouge_l
from generation.flow.item import Drop
from ingot.engine import Generated
from ingot.records import Message

END = "[END]"
"""What the user writes when they have what they came for."""
_USER = r"user|human|customer|you"
_ASSISTANT = r"assistant|ai|chatbot|bot"
_MARK = r"<\|[^<>|\n]{1,40}\|>"


def _label(names: str) -> str:
    return rf"^[ \t*_#>\[]*(?:{names})[ \t*_\]]*:[*_ \t]*"


_PREFIX = {
    "user": re.compile(r"\s*" + _label(_USER), re.IGNORECASE),
    "assistant": re.compile(r"\s*" + _label(_ASSISTANT), re.IGNORECASE),
}
_OTHER = {
    "user": re.compile(f"{_label(_ASSISTANT + '|' + _USER)}|{_MARK}", re.IGNORECASE | re.MULTILINE),
    "assistant": re.compile(f"{_label('user|human')}|{_MARK}", re.IGNORECASE | re.MULTILINE),
}
_SERVING = re.compile(
    r"\bas an ai\b|\b(?:how|what) (?:can|may) i (?:help|assist|do for) you|"
    r"\bi(?:['’]m| am) here to (?:help|assist)|\b(?:glad|happy) (?:i could|to) (?:help|assist)|"
    r"\banything else i can (?:help|assist|do)\b|\byour (?:ai )?assistant\b",
    re.IGNORECASE,
)
"""What assistants say and users do not."""


def read_turn(said: Generated, before: Sequence[Message], max_similarity: float) -> str:
    """What the speaker whose turn it is says; '' where the user ends the dialogue.

    Drops as 'empty', 'cut_off', 'role_confusion' (speaks for the other side as well, or is a user
    who talks like an assistant) or 'repeated' (above the similarity to an earlier turn).
    """
    role = "user" if not before or before[-1].role == "assistant" else "assistant"
    if said.finish_reason == "length":
        raise Drop("cut_off")
    text = _PREFIX[role].sub("", said.text, count=1).strip()
    if role == "user" and END in text.upper():
        return ""
    if not text:
        raise Drop("empty")
    if _OTHER[role].search(text) or (role == "user" and _SERVING.search(text)):
        raise Drop("role_confusion")
    if any(rouge_l(text, turn.content) > max_similarity for turn in before):
        raise Drop("repeated")
    return text
