"""Which style of verdict an engine can do, found by asking it."""

from ingot.engine import Engine, Generated, Request
from ingot.errors import ModelError
from ingot.records import Message, Sampling
from judging.judges.forms import Form, Style, describe_closing, make_form

TOLD: tuple[Style, ...] = ("spaced", "bare", "turn")
"""Styles that tell probabilities."""
HELD: tuple[Style, ...] = ("choice", "json")
"""Styles that hold the answer to the labels."""
QUESTION = f"Which letter comes first? {describe_closing(2, 0)}"


async def find_style(engine: Engine) -> Style:
    """The first style that a started engine can do; asks at most five short questions.

    A server may take a prefilled turn and yet not go on from it: a style in which the labels have
    little mass is therefore the choice only where no other one does better. Raises ModelError where
    the engine cannot be asked at all; one that can do none of them fails item by item. A batch API,
    which may take a day for each question, is not asked: it is taken for a hosted one.
    """
    if engine.kind == "openai_batch":
        return "turn"
    weak: list[Style] = []
    for style in TOLD:
        form = make_form(2, style, 0)
        answer = await _probe(engine, form)
        reading = form.read(answer)
        if reading and reading.usable and answer.label_logprobs:
            return style
        weak += [style] if answer.label_logprobs else []
    if weak:
        return weak[0]
    for style in HELD:
        form = make_form(2, style, 0)
        if form.read(await _probe(engine, form)):
            return style
    return "choice"


async def _probe(engine: Engine, form: Form) -> Generated:
    answer = await engine.generate(
        Request(
            messages=form.turns((Message(role="user", content=QUESTION),), ""),
            sampling=Sampling(temperature=0, max_tokens=form.verdict_tokens),
            prefill=form.prefix if form.way == "prefill" else "",
            labels=form.asked_labels(engine.kind),
            structured=form.structured,
        )
    )
    if answer.failure_kind in ("timeout", "unavailable"):
        raise ModelError(f"the judge's engine does not answer: {answer.failure}")
    return answer
