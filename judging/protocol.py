"""How a judge is asked: its prompt, its labels and the line on which it gives its verdict.

A judge that was trained for it brings its own protocol in its folder (`judge.json` and the prompt
file named there); any other model gets the general one in `judging/prompts/`.

What stands in a prompt or an answer is hostile until shown otherwise. Texts are put into the
template in one pass, and whatever in them looks like a part of the template, like the verdict line
or like a chat model's control token loses its punctuation, so that it cannot be mistaken for one.
"""

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from ingot.errors import ModelError, boundary
from ingot.records import Message, Model, Pair
from judging.verifiers.finals import extract_final

_PLACEHOLDER = re.compile(r"\{(prompt|a|b)\}")
_CONTROL_TOKEN = re.compile(r"<\|[^<>|\n]{0,64}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>")
_PUNCTUATION = re.compile(r"[^\w\s]")


class JudgeProtocol(Model):
    """How to ask for a verdict, and where to read it. Keys of the trainer alone are passed over."""

    model_config = ConfigDict(extra="ignore")

    template: str
    """The prompt, with {prompt}, {a} and {b}."""
    labels: tuple[str, str]
    """What stands for the first and for the second answer: one token each after the prefix."""
    verdict_prefix: str
    """Text after which the label comes."""
    max_tokens: int = Field(ge=0)
    """Limit of what the judge writes before its verdict; 0 asks for the verdict at once."""
    answer_part: Literal["full", "final"]
    """Whether the judge sees whole answers or their final answers alone."""
    missing_final: str = "none"
    """What stands for an answer that marks no final."""

    @model_validator(mode="after")
    def _refuse_unusable(self) -> "JudgeProtocol":
        missing = {"prompt", "a", "b"} - set(_PLACEHOLDER.findall(self.template))
        if missing:
            raise ValueError(f"the prompt lacks {{{'}, {'.join(sorted(missing))}}}")
        if not _PUNCTUATION.search(self.verdict_prefix):
            raise ValueError("verdict_prefix needs a mark such as ':', or answers could forge it")
        if self.labels[0] == self.labels[1]:
            raise ValueError("labels must differ")
        return self

    @property
    def digest(self) -> str:
        """Name of this protocol; a certificate holds for one protocol only."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def ask(self, pair: Pair, *, swapped: bool) -> tuple[Message, ...]:
        """The judge's prompt for a pair, in canonical or in swapped order."""
        first, second = (pair.b, pair.a) if swapped else (pair.a, pair.b)
        texts = {
            "prompt": _conversation(pair.prompt),
            "a": self._shown(first),
            "b": self._shown(second),
        }
        harmless = {name: self._disarm(text) for name, text in texts.items()}
        content = _PLACEHOLDER.sub(lambda match: harmless[match[1]], self.template)
        return (Message(role="user", content=content),)

    def _shown(self, answer: tuple[Message, ...]) -> str:
        if self.answer_part == "full":
            return _conversation(answer)
        final = extract_final(answer[-1].content)
        return " ".join(final.text.split()) if final else self.missing_final

    def _disarm(self, text: str) -> str:
        """Replace the punctuation of whatever could pass for a part of the frame."""
        for pattern in (_CONTROL_TOKEN, _frame_pattern(self.template, self.verdict_prefix)):
            text = pattern.sub(lambda match: _PUNCTUATION.sub("-", match[0]), text)
        return text


def load_protocol(model: str) -> JudgeProtocol:
    """The protocol in the model's folder, else the general one.

    Raises ModelError where the folder's protocol is unreadable or incomplete.
    """
    folder = Path(model)
    if not (folder / "judge.json").is_file():
        return general_protocol()
    with boundary(ModelError, f"{folder / 'judge.json'} is no judge protocol; mend or remove it"):
        settings = json.loads((folder / "judge.json").read_text("utf-8"))
        prompt_file = folder / Path(settings["prompt_file"]).name
        return JudgeProtocol(template=prompt_file.read_text("utf-8").strip(), **settings)


def general_protocol() -> JudgeProtocol:
    """The protocol for chat models at large.

    The label carries its space: after a colon, " A" is one token in byte-level and in SentencePiece
    vocabularies alike, while a prefix that ends in a space is not a prefix of their tokens.
    """
    return JudgeProtocol(
        template=files("judging").joinpath("prompts", "pairwise.txt").read_text("utf-8").strip(),
        labels=(" A", " B"),
        verdict_prefix="Verdict:",
        max_tokens=512,
        answer_part="full",
    )


def _conversation(messages: tuple[Message, ...]) -> str:
    """One message as it is, several with their roles."""
    if len(messages) == 1:
        return messages[0].content
    return "\n\n".join(f"{message.role}: {message.content}" for message in messages)


@cache
def _frame_pattern(template: str, verdict_prefix: str) -> re.Pattern[str]:
    """What may not come from a text: the verdict's mark and the lines that hold the texts."""
    pieces = [re.findall(r"[^\n]+", piece) for piece in _PLACEHOLDER.split(template)[::2]]
    before = [lines[-1] for lines in pieces[:-1] if lines]
    after = [lines[0] for lines in pieces[1:] if lines]
    marks = {_spaced(mark) for mark in (verdict_prefix, *before, *after)} - {""}
    return re.compile("|".join(sorted(marks, key=len, reverse=True)), re.IGNORECASE)


def _spaced(mark: str) -> str:
    """A pattern for the mark with any white space between its words and signs."""
    return r"\s*".join(re.escape(token) for token in re.findall(r"\w+|[^\w\s]", mark))
