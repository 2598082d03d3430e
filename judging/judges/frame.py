"""A judge's prompt with places for texts: ours as they are, other people's disarmed.

What many prompts share stands first in every template (instructions, rubric, examples, then the
request, then the answers), so that engines with a prefix cache read it once.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files

from ingot.records import Message
from judging.judges.disarm import disarm, marks_pattern

VERDICT = "Verdict:"
"""What stands before the label in every shipped prompt."""
_PLACE = re.compile(r"\{([a-z]+)\}")


class Frame:
    """A template; its places are written {name}."""

    def __init__(self, template: str, hostile: Iterable[str], *, verdict_prefix: str = "") -> None:
        """`hostile` names the places of texts that nobody vouches for."""
        self.template, self.hostile = template, frozenset(hostile)
        self.verdict_prefix = verdict_prefix

    @property
    def places(self) -> set[str]:
        """The names of all places."""
        return set(_PLACE.findall(self.template))

    def fill(self, **texts: str) -> str:
        """The prompt; what looks like a place inside a text is left alone."""
        safe = {
            name: self.disarm(text) if name in self.hostile else text
            for name, text in texts.items()
        }
        return _PLACE.sub(lambda match: safe.get(match[1], match[0]), self.template)

    def ask(self, **texts: str) -> tuple[Message, ...]:
        """The prompt as the user's one message."""
        return (Message(role="user", content=self.fill(**texts)),)

    def disarm(self, text: str) -> str:
        """A hostile text that can forge no part of this frame."""
        return disarm(text, self._marks)

    @cached_property
    def _marks(self) -> re.Pattern[str] | None:
        """What may not come from a text: the verdict's mark and the lines that hold the texts."""
        parts = _PLACE.split(self.template)
        marks = [self.verdict_prefix] if self.verdict_prefix else []
        for place in range(1, len(parts), 2):
            if parts[place] in self.hostile:
                marks += _lines(parts[place - 1])[-1:] + _lines(parts[place + 1])[:1]
        return marks_pattern(marks) if marks else None


def load_frame(name: str, hostile: Iterable[str]) -> Frame:
    """A shipped template by the name of its file in `prompts/`."""
    return Frame(read_prompt(name), hostile, verdict_prefix=VERDICT)


def read_prompt(name: str) -> str:
    """The text of a shipped prompt."""
    return files("judging.judges").joinpath("prompts", f"{name}.txt").read_text("utf-8").strip()


def _lines(text: str) -> list[str]:
    return [line for line in re.findall(r"[^\n]+", text) if line.strip()]
