"""Hostile texts: what could pass for a part of a judge's prompt loses its punctuation.

A prompt or an answer is hostile until shown otherwise. It may forge the tags and lines that hold
the texts, the verdict's line, a chat model's control tokens, or the turns of a conversation; and it
may carry orders in characters that no reader sees. What it says in plain words stays: that is for
the judge to see through.
"""

import re
from collections.abc import Iterable
from functools import cache

from ingot.records import Message
from judging.judges.disguise import blunt

CONTROL_TOKEN = re.compile(
    r"<[|｜][^<>|｜\n]{0,64}[|｜]>"  # DeepSeek writes full-width bars
    r"|</?s>|<</?SYS>>|<(?:start|end)_of_\w{1,16}>|</?(?:bos|eos|pad|unk|sop|eop|mask)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|gMASK)\]"
    r"|\[(?:CLS|SEP|MASK|PAD|UNK)\]"
    r"|<(?:extra_id|SPECIAL|reserved)_\d{1,4}>|</?(?:think|tool_call|tool_response)>",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"<\s*/?\s*(?:request|answers?|answer_\w{1,8}|reference|examples?|transcript|turn|call|step)"
    r"\b[^<>]{0,64}>",
    re.IGNORECASE,
)
"""The tags of the prompts in `prompts/`."""
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Characters without a shape, and those that turn the reading direction; joiners are left, since
scripts and emojis need them."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no engine can be sent."""
_ROLE_LINE = re.compile(r"^\s*(?:system|user|assistant|tool)\s*:", re.IGNORECASE | re.MULTILINE)
_PUNCTUATION = re.compile(r"[^\w\s]")


def disarm(text: str, marks: re.Pattern[str] | None = None) -> str:
    """The text without forgeries; `marks` are those of the template at hand."""
    text = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))
    return blunt(_all_of(marks), text)


@cache
def _all_of(marks: re.Pattern[str] | None) -> re.Pattern[str]:
    """One pattern for all, since what one leaves could be put together by another."""
    patterns = [CONTROL_TOKEN, _TAG, *([marks] if marks else [])]
    return re.compile("|".join(pattern.pattern for pattern in patterns), re.IGNORECASE)


def marks_pattern(marks: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these texts in any case, with any white space between their words and signs."""
    spaced = {_spaced(mark) for mark in marks} - {""}
    if not spaced:
        return None
    return re.compile("|".join(sorted(spaced, key=len, reverse=True)), re.IGNORECASE)


def conversation(messages: Iterable[Message]) -> str:
    """One message as it is, several with their roles, which no text of theirs can forge."""
    turns = list(messages)
    if len(turns) == 1:
        return turns[0].content
    return "\n\n".join(f"{turn.role}: {blunt(_ROLE_LINE, turn.content)}" for turn in turns)


def has_punctuation(text: str) -> bool:
    """Whether disarming can change a text at all."""
    return bool(_PUNCTUATION.search(text))


def _spaced(mark: str) -> str:
    return r"\s*".join(re.escape(token) for token in re.findall(r"\w+|[^\w\s]", mark))
