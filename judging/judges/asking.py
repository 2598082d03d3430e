"""How a judge is asked: it reasons first, then one label right after the verdict's mark is read.

    Question --pass 1--> reasoning, up to the mark                     (none if max_tokens is 0)
             --pass 2--> Reading of the labels, or a failure           = Reply

Both passes of a question follow each other at once, while an engine with a prefix cache still holds
the prompt and the reasoning. Questions are drawn one by one as the engine takes them, in the given
order, so those of one item stand beside each other. An engine that answers in fixed batches has no
such cache, and a batch takes as long as its longest answer: there all first passes come first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ingot.engine import Engine, Generated, Request
from ingot.records import Message, Sampling
from judging.judges.base import Progress
from judging.judges.forms import Form
from judging.judges.labels import Reading

T = TypeVar("T")
R = TypeVar("R")
STATIC = ("transformers",)
"""Kinds of engines that answer in fixed batches."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a judge."""

    messages: tuple[Message, ...]
    form: Form
    seed: int = 0
    sampled: bool = False
    """Whether it is one of several draws at temperature 1; else it is greedy."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question."""

    reading: Reading | None = None
    reasoning: str = ""
    failure: str = ""
    """Why there is no reading; '' where there is one."""
    too_long: bool = False
    """Whether the question does not fit into the model."""
    tokens: int = 0
    """Of prompts and completions of both passes."""


class Counter:
    """Counts requests as they are done and tells whoever listens."""

    def __init__(self, total: int, listener: Progress | None) -> None:
        self.done, self.total, self.listener = 0, total, listener

    def add(self, count: int) -> None:
        """So many more are done, or need no asking any more."""
        self.done += count
        if self.listener:
            self.listener(self.done, self.total)


@dataclass(frozen=True, slots=True)
class _Reasoned:
    """A question after its first pass."""

    question: Question
    reasoning: str = ""
    tokens: int = 0
    failed: Reply | None = None


async def ask_all(
    engine: Engine, questions: Iterable[Question], counter: Counter | None = None
) -> list[Reply]:
    """A reply to each question, in their order; raises ModelError if the engine dies."""
    told = counter or Counter(0, None)

    async def reason(question: Question) -> _Reasoned:
        return await _reason(engine, question, told)

    async def decide(reasoned: _Reasoned) -> Reply:
        return await _decide(engine, reasoned, told)

    async def answer(question: Question) -> Reply:
        return await decide(await reason(question))

    if engine.kind in STATIC:
        return await _Crew(engine, await _Crew(engine, questions, reason).run(), decide).run()
    return await _Crew(engine, questions, answer).run()


class _Crew(Generic[T, R]):
    """As many entries at work as the engine takes; both may change on the way."""

    def __init__(
        self, engine: Engine, entries: Iterable[T], work: Callable[[T], Awaitable[R]]
    ) -> None:
        self.engine, self.work = engine, work
        self.source = enumerate(entries)
        self.results: dict[int, R] = {}
        self.working = 0

    async def run(self) -> list[R]:
        """What came of each entry, in their order."""
        try:
            async with asyncio.TaskGroup() as self.group:
                self._hire()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # one is enough: they share the engine
        return [self.results[index] for index in sorted(self.results)]

    def _hire(self) -> None:
        """One task for each entry that there is room for, and none for those that are not."""
        room = max(1, self.engine.capacity)
        while self.working < room and (entry := next(self.source, None)) is not None:
            self.working += 1
            self.group.create_task(self._do(*entry))

    async def _do(self, index: int, entry: T) -> None:
        self.results[index] = await self.work(entry)
        self.working -= 1
        self._hire()


async def _reason(engine: Engine, question: Question, counter: Counter) -> _Reasoned:
    if not question.form.max_tokens:
        return _Reasoned(question)
    said = await engine.generate(_reasoning_request(question))
    reasoning, tokens = said.text.partition(question.form.prefix)[0], _tokens(said)
    failure = said.failure or _cut_off(said, question)
    counter.add(2 if failure else 1)
    failed = _failed(said, failure, reasoning, tokens) if failure else None
    return _Reasoned(question, reasoning, tokens, failed)


async def _decide(engine: Engine, reasoned: _Reasoned, counter: Counter) -> Reply:
    if reasoned.failed:
        return reasoned.failed
    form, reasoning = reasoned.question.form, reasoned.reasoning
    said = await engine.generate(_verdict_request(engine, reasoned.question, reasoning))
    counter.add(1)
    tokens = reasoned.tokens + _tokens(said)
    if said.failure:
        return _failed(said, said.failure, reasoning, tokens)
    reading = form.read(said)
    failure = "" if reading else f"the answer {said.text[:40]!r} is none of the labels"
    return Reply(reading, reasoning, failure, tokens=tokens)


def requests_of(form: Form) -> int:
    """How many requests one question takes."""
    return 2 if form.max_tokens else 1


def _reasoning_request(question: Question) -> Request:
    return Request(
        messages=question.messages,
        sampling=Sampling(
            temperature=1 if question.sampled else 0,
            max_tokens=question.form.max_tokens,
            stop=(question.form.prefix,),
        ),
        seed=question.seed,
    )


def _verdict_request(engine: Engine, question: Question, reasoning: str) -> Request:
    form = question.form
    drawn = form.held and question.sampled
    return Request(
        messages=form.turns(question.messages, reasoning),
        sampling=Sampling(temperature=1 if drawn else 0, max_tokens=form.verdict_tokens),
        seed=question.seed if drawn else 0,
        prefill=reasoning + form.prefix if form.way == "prefill" else "",
        labels=form.asked_labels(engine.kind),
        structured=form.structured,
    )


def _cut_off(said: Generated, question: Question) -> str:
    cut = said.finish_reason == "length"
    return f"cut off after {question.form.max_tokens} tokens" if cut else ""


def _failed(said: Generated, failure: str, reasoning: str, tokens: int) -> Reply:
    too_long = said.failure_kind == "too_long"
    return Reply(None, reasoning, failure, too_long=too_long, tokens=tokens)


def _tokens(said: Generated) -> int:
    return said.prompt_tokens + said.completion_tokens
