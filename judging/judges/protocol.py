"""How a judge is asked: its prompt, its labels and the line on which it gives its verdict.

A judge that was trained for it brings its own protocol in its folder (`judge.json` and the prompt
file named there); any other model gets the general one in `judging/judges/prompts/`.

What stands in a prompt or an answer is hostile until shown otherwise. Texts are put into the
template in one pass, and whatever in them looks like a part of the frame is made harmless before
(`disarm`).
"""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from ingot.errors import ModelError, boundary
from ingot.records import Message, Model, Pair
from judging.judges.disarm import conversation, has_punctuation
from judging.judges.forms import Form, Style, make_form
from judging.judges.frame import Frame, read_prompt
from judging.verifiers.finals import extract_final

NO_REFERENCE = "none is known"
"""Stands in a template with a reference where a pair has none."""


class JudgeProtocol(Model):
    """How to ask for a verdict, and where to read it. Keys of the trainer alone are passed over."""

    model_config = ConfigDict(extra="ignore")

    template: str
    """The prompt, with {prompt}, {a} and {b}, and {reference} where the judge is guided by one."""
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
    tie_label: str = ""
    """What stands for two answers that are equally good; '' where one must be named."""

    @model_validator(mode="after")
    def _refuse_unusable(self) -> "JudgeProtocol":
        missing = {"prompt", "a", "b"} - self._frame.places
        if missing:
            raise ValueError(f"the prompt lacks {{{'}, {'.join(sorted(missing))}}}")
        if not has_punctuation(self.verdict_prefix):
            raise ValueError("verdict_prefix needs a mark such as ':', or answers could forge it")
        if len({*self.labels, self.tie_label}) < 3:
            raise ValueError("labels must differ")
        return self

    @property
    def digest(self) -> str:
        """Name of this protocol; a certificate holds for one protocol only."""
        unset = set() if self.tie_label else {"tie_label"}
        return hashlib.sha256(self.model_dump_json(exclude=unset).encode()).hexdigest()[:12]

    @property
    def form(self) -> Form:
        """How the verdict is asked for and read."""
        labels = (*self.labels, self.tie_label) if self.tie_label else self.labels
        return Form(labels, self.verdict_prefix, self.max_tokens)

    def ask(self, pair: Pair, *, swapped: bool, reference: str = "") -> tuple[Message, ...]:
        """The judge's prompt for a pair, in canonical or in swapped order."""
        first, second = (pair.b, pair.a) if swapped else (pair.a, pair.b)
        return self._frame.ask(
            prompt=conversation(pair.prompt),
            reference=reference or NO_REFERENCE,
            a=self._shown(first),
            b=self._shown(second),
        )

    @cached_property
    def _frame(self) -> Frame:
        hostile = ("prompt", "reference", "a", "b")
        return Frame(self.template, hostile, verdict_prefix=self.verdict_prefix)

    def _shown(self, answer: tuple[Message, ...]) -> str:
        if self.answer_part == "full":
            return conversation(answer)
        final = extract_final(answer[-1].content)
        return " ".join(final.text.split()) if final else self.missing_final


def has_protocol(model: str) -> bool:
    """Whether a model's folder brings a protocol of its own."""
    return (Path(model) / "judge.json").is_file()


def load_protocol(model: str) -> JudgeProtocol:
    """The protocol in the model's folder, else the general one.

    Raises ModelError where the folder's protocol is unreadable or incomplete.
    """
    folder = Path(model)
    if not has_protocol(model):
        return general_protocol()
    with boundary(ModelError, f"{folder / 'judge.json'} is no judge protocol; mend or remove it"):
        settings = json.loads((folder / "judge.json").read_text("utf-8"))
        prompt_file = folder / Path(settings["prompt_file"]).name
        return JudgeProtocol(template=prompt_file.read_text("utf-8").strip(), **settings)


def general_protocol(
    *, reference: bool = False, ties: bool = False, max_tokens: int = 512, style: Style = "spaced"
) -> JudgeProtocol:
    """The protocol for chat models at large; with a reference answer, or with a third verdict.

    The judge asks by `style`'s way (see `forms`).
    """
    template = read_prompt("pairwise_reference" if reference else "pairwise")
    form = make_form(3, style, max_tokens)
    return JudgeProtocol(
        template=f"{template}\n{read_prompt('pairwise_tie')}" if ties else template,
        labels=form.labels[:2],
        verdict_prefix=form.prefix,
        max_tokens=max_tokens,
        answer_part="full",
        tie_label=form.labels[2] if ties else "",
    )
