"""Preferences for tests of curation and delivery."""

from ingot.records import JudgeKind, Message, Preference


def preference(prompt: str, chosen: str = "yes", rejected: str = "no", **fields) -> Preference:
    """One turn of the user, one of the assistant on either side."""
    return Preference(
        prompt=(Message(role="user", content=prompt),),
        chosen=(Message(role="assistant", content=chosen),),
        rejected=(Message(role="assistant", content=rejected),),
        **{"source": JudgeKind.JUDGE, "confidence": 0.9, **fields},
    )


def turns(*pairs: tuple[str, str]) -> tuple[Message, ...]:
    """Messages from (role, content)."""
    return tuple(Message(role=role, content=content) for role, content in pairs)
