"""What a reviewer reads about a flag on their own answer: nothing is held against them unseen."""

from collections.abc import Mapping
from typing import Any

PROMISE = (
    "This is a question, not a verdict. A person looks at it before anything follows, and your pay "
    "does not depend on it. If it was otherwise than it looks, tell your QA lead."
)
"""Stands below every sentence."""
SENTENCES: Mapping[str, str] = {
    "pasted_outside": "{share:.0%} of the text ({chars} characters) was pasted or dragged in from "
    "outside this page.",
    "silent_insertion": "{share:.0%} of the text ({chars} characters) came without a key, a paste "
    "or a drop; dictation and writing aids do that too.",
    "typing_speed": "Over {chars} characters you typed {chars_per_s} a second, faster than people "
    "usually compose.",
    "retyped": "The text came in long stretches ({chars_per_burst} characters between two pauses, "
    "{edits_per_char} edits for each), as when a finished text is copied by hand.",
    "like_own_models": "{share:.0%} of the runs of four words also stand in answers that our "
    "models gave to this prompt.",
    "near_duplicate": "{share:.0%} of the runs of four words also stand in another person's answer "
    "in this queue.",
}


def explain(rule: str, measured: Mapping[str, Any]) -> str:
    """What a rule saw, for the person whose answer it is; '' for a flag that a person raised."""
    return SENTENCES[rule].format(**measured) if rule in SENTENCES else ""
