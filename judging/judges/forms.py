"""The form in which a verdict is asked for and read, by what the engine can do.

    spaced   the assistant's turn begins with "... Verdict:", and " A" is the next token. In most
             byte-level and SentencePiece vocabularies a letter with its space is one token
    bare     "... Verdict: " and "A", for vocabularies that keep the space apart
    turn     the verdict alone in a turn of its own, for APIs that do not continue a prefilled turn
    choice   likewise, held to one of the labels by a grammar: there are no probabilities then, and
             the share of several draws that agree stands for them
    json     likewise, by a JSON schema, for APIs that know no other grammar

`find_style` (styles.py) asks an engine once which of them it can do. A judge has one form:
confidences of two kinds in one set could not be compared.
"""

import json
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Literal

from ingot.engine import Generated, Structured
from ingot.records import Message
from judging.judges.frame import VERDICT
from judging.judges.labels import Reading, read_choice, read_labels

Style = Literal["spaced", "bare", "turn", "choice", "json"]
Way = Literal["prefill", "turn", "choice", "json"]
MAX_LABELS = len(ascii_uppercase)


@dataclass(frozen=True, slots=True)
class Form:
    """How one question's verdict is asked for and read."""

    labels: tuple[str, ...]
    """What follows the prefix: one token each, except in a choice."""
    prefix: str
    max_tokens: int
    """Limit of what the judge writes before its verdict; 0 asks for the verdict at once."""
    way: Way = "prefill"

    @property
    def held(self) -> bool:
        """Whether a grammar holds the answer to the labels, so that no probability is told."""
        return self.way in ("choice", "json")

    @property
    def names(self) -> list[str]:
        """The labels as a reader sees them."""
        return [label.strip() for label in self.labels]

    @property
    def structured(self) -> Structured | None:
        """The grammar that holds the answer."""
        if self.way == "choice":
            return Structured("choice", json.dumps(self.names))
        verdict = {"type": "string", "enum": self.names}
        schema = {
            "type": "object",
            "properties": {"verdict": verdict},
            "required": ["verdict"],
            "additionalProperties": False,
        }
        return Structured("json_schema", json.dumps(schema)) if self.way == "json" else None

    @property
    def verdict_tokens(self) -> int:
        """A label is one token; held to a grammar it may be more, with an end."""
        return {"choice": 4, "json": 32}.get(self.way, 1)

    def asked_labels(self, engine_kind: str) -> tuple[str, ...]:
        """The tokens whose probability is wanted.

        An endpoint names tokens as it likes, so both variants are looked for there; a local engine
        would refuse one that is not a single token.
        """
        if self.held:
            return ()
        if not engine_kind.startswith("openai"):
            return self.labels
        spaced = [f" {name}" for name in self.names]
        return tuple(dict.fromkeys((*self.labels, *self.names, *spaced)))

    def read(self, answer: Generated) -> Reading | None:
        """What an answer says; None where it is none of the labels."""
        if not self.held:
            return read_labels(answer, self.labels)
        if self.way == "choice":
            return read_choice(answer.text, self.labels)
        try:
            return read_choice(str(json.loads(answer.text)["verdict"]), self.labels)
        except (ValueError, TypeError, KeyError):
            return None

    def turns(self, messages: tuple[Message, ...], reasoning: str) -> tuple[Message, ...]:
        """The conversation in which the verdict is asked for."""
        if self.way == "prefill":
            return messages
        names = ", ".join(self.names)
        ask = f"Now give the verdict alone: one of {names}, and nothing else."
        if self.way == "json":
            ask = (
                f'Now give the verdict alone as JSON: {{"verdict": X}}, where X is one of {names}.'
            )
        if not self.max_tokens:
            last = messages[-1]
            return (*messages[:-1], Message(role=last.role, content=f"{last.content}\n\n{ask}"))
        said = Message(role="assistant", content=reasoning.strip() or "I am ready.")
        return (*messages, said, Message(role="user", content=ask))


def make_form(count: int, style: Style, max_tokens: int) -> Form:
    """The form for `count` labels A, B, C, ... in the shipped prompts."""
    letters = tuple(ascii_uppercase[:count])
    if style == "spaced":
        return Form(tuple(f" {letter}" for letter in letters), VERDICT, max_tokens)
    if style == "bare":
        return Form(letters, f"{VERDICT} ", max_tokens)
    return Form(letters, VERDICT, max_tokens, style)


def describe_closing(count: int, max_tokens: int) -> str:
    """The last lines of a shipped prompt: how to answer."""
    letters = ascii_uppercase[:count]
    line = f'one line that is exactly "{VERDICT} X"'
    where = f"where X is one of {', '.join(letters)}"
    if max_tokens:
        return f"First give your reasons in a few sentences. Then end with {line}, {where}."
    return f"Answer with {line}, {where}."
