"""Rows that no trainer should see, whatever their text says.

Lone surrogates need no check: a record is named by the hash of its UTF-8 text, so it cannot hold
one.
"""

from collections.abc import Sequence
from itertools import pairwise

from curation.decisions import Decisions, Drop, Reason
from ingot.records import Message, Preference


def find_invalid(preferences: Sequence[Preference]) -> Decisions:
    """Drop what is empty, undecided, out of turn or broken, for the first such reason."""
    return [_inspect(preference) for preference in preferences]


def _inspect(preference: Preference) -> Drop | None:
    fault = _find_broken_text(preference) or _find_empty(preference) or _find_disorder(preference)
    return Drop(preference.id, *fault) if fault else None


def _find_broken_text(preference: Preference) -> tuple[Reason, str] | None:
    for part in ("prompt", "chosen", "rejected"):
        if any("\x00" in turn.content for turn in getattr(preference, part)):
            return Reason.NULL_BYTE, f"{part} holds a null byte"
    return None


def _find_empty(preference: Preference) -> tuple[Reason, str] | None:
    if not _says_something(preference.prompt):
        return Reason.EMPTY_PROMPT, "the last turn of the prompt is empty"
    for part in ("chosen", "rejected"):
        if not _says_something(getattr(preference, part)):
            return Reason.EMPTY_COMPLETION, f"the last turn of {part} is empty"
    if _contents(preference.chosen) == _contents(preference.rejected):
        return Reason.SAME_COMPLETIONS, "chosen and rejected are the same text"
    return None


def _find_disorder(preference: Preference) -> tuple[Reason, str] | None:
    for part in ("chosen", "rejected"):
        roles = [turn.role for turn in (*preference.prompt, *getattr(preference, part))]
        if not _alternates(roles):
            return Reason.ROLES_OUT_OF_ORDER, f"prompt and {part}: {' '.join(roles)}"
    if preference.prompt[-1].role == "assistant":
        return Reason.ROLES_OUT_OF_ORDER, "the prompt ends with the assistant's turn"
    return None


def _alternates(roles: list[str]) -> bool:
    """System first if at all; then user and assistant in turn, the assistant last.

    Tool results stand where a user's turn would, any number in a row.
    """
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if turns[:1] != ["user"] or turns[-1] != "assistant" or "system" in turns:
        return False
    return all(
        (before == "assistant") != (after == "assistant") or (before, after) == ("tool", "tool")
        for before, after in pairwise(turns)
    )


def _says_something(messages: Sequence[Message]) -> bool:
    return bool(messages) and bool(messages[-1].content.strip())


def _contents(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(turn.role, turn.content.strip()) for turn in messages]
