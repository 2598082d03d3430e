"""The item: what a recipe's function sees of the world while it makes one item's records."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from generation.flow.lane import Lane
from generation.flow.surroundings import Aids, Draw, Drop, Encoder, Failed, Row, Surroundings
from ingot.engine import Generated, Request, Structured
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, Message, Provenance, Record, Sampling

Prompt = str | Sequence[Message]


@dataclass(slots=True)
class Item:
    """One item on its way through a recipe."""

    recipe: str
    index: int
    """Its number in its recipe's part of the run, from 0."""
    key: str
    """Its name in seeds: the content of its row, or its index."""
    row: Row
    """The row that it is made from; empty for recipes that read none."""
    run: Surroundings
    provenance: Provenance
    """Order, batch, recipe and seed; the draws are added when the records are stored."""
    draws: list[Draw] = field(default_factory=list)
    _asks: int = 0

    @property
    def rng(self) -> Random:
        """A new generator, the same in every run of this item."""
        return Random(draw_seed(self.run.seed, self.recipe, self.key, "rng", 0))

    async def ask(
        self,
        prompt: Prompt,
        /,
        *,
        role: str = "writer",
        step: str = "",
        sample: int = 0,
        sampling: Sampling | None = None,
        **options: Any,
    ) -> Generated:
        """One completion; raises Failed where there is none.

        `role` names the model ('writer', 'judge', 'user'; 'committee:2' for the third member);
        `step` names the request in seeds and lengths, else its number in the item does;
        `options` are further fields of `Request` (structured, tools, labels, prefill, turn, ...).
        """
        number = self._next_ask()
        return await self._draw(prompt, role, step, (number, sample), sampling, options)

    async def ask_many(
        self,
        prompt: Prompt,
        samples: int,
        /,
        *,
        role: str = "writer",
        step: str = "",
        sampling: Sampling | None = None,
        **options: Any,
    ) -> list[Generated]:
        """`samples` completions of one prompt at once, without those that failed.

        Raises Failed where all did.
        """
        number = self._next_ask()
        draws = (
            self._draw(prompt, role, step, (number, sample), sampling, options)
            for sample in range(samples)
        )
        answers = await asyncio.gather(*draws, return_exceptions=True)
        usable = []
        for answer in answers:
            if isinstance(answer, Generated):
                usable.append(answer)
            elif not isinstance(answer, Failed):
                raise answer
        if not usable and isinstance(answers[0], Failed):
            raise answers[0]
        return usable

    def _next_ask(self) -> int:
        self._asks += 1
        return self._asks

    async def _draw(
        self,
        prompt: Prompt,
        role: str,
        step: str,
        order: tuple[int, int],
        sampling: Sampling | None,
        options: dict[str, Any],
    ) -> Generated:
        lane, step = self._lane(role), step or str(order[0])
        seed = draw_seed(self.run.seed, self.recipe, self.key, f"{role}/{step}", order[1])
        drawn = sampling or self.run.sampling
        request = Request(_messages(prompt), drawn, **({"seed": seed} | options))
        key = request.key(lane.engine.model)
        depth = len(self.draws)
        answer = await lane.ask(key, request, depth=depth, step=f"{self.recipe}/{step}")
        engine = lane.engine
        self.draws.append(
            Draw(key, role, engine.kind, engine.identity, step, order, request, answer)
        )
        if answer.failure:
            kind = answer.failure_kind or "failed"
            raise Failed(f"step {step}: {answer.failure}", kind, not answer.lasting)
        return answer

    @property
    def pool(self) -> Sequence[Row]:
        """The rows that every item may draw from; empty where the order gave none."""
        return self.run.pool

    def _lane(self, role: str) -> Lane:
        """The lane of a role: of the member that is named ('committee:2'), else the first."""
        name, _, member = role.partition(":")
        lanes = self.run.lanes.get(name)
        if not lanes:
            known = ", ".join(self.run.lanes)
            raise OrderError(
                f"recipe '{self.recipe}' asks role '{name}', which no model plays "
                f"(there are: {known}): name a model for it",
                "generation.roles",
            )
        return lanes[int(member) % len(lanes)] if member else lanes[0]

    def members(self, role: str = "committee") -> list[str]:
        """The names by which each model of a role can be asked."""
        return [f"{role}:{number}" for number in range(len(self.run.lanes.get(role, ())))]

    def model_of(self, role: str) -> str:
        """The name of the model that plays a role."""
        return self._lane(role).engine.identity.name

    async def verify(self, verifier: str, text: str, reference: str) -> bool | None:
        """Whether a program finds the answer right; None where it cannot tell.

        What came out is journalled, so that a resumed run decides the same.
        """
        if self.run.aids.verify is None:
            raise OrderError(f"recipe '{self.recipe}' needs verifiers, and this run has none")
        check = self.run.aids.verify
        return bool_or_none(
            await self.recall(
                ("verify", verifier, text, reference), lambda: check(verifier, text, reference)
            )
        )

    async def recall(self, content: object, act: Callable[[], Awaitable[object]]) -> Any:
        """The result of an act (JSON-like), done once and journalled under its content.

        For what may come out differently the next time: programs that are run, the network.
        """
        journal = self.run.journal
        digest = hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
        key = f"act-{digest}"
        known = journal.get(key)
        if known is None:
            known = orjson.dumps(await act())
            journal.append(key, known)
        return orjson.loads(known)

    async def accepted(self, lag: int) -> Sequence[Sequence[Record]]:
        """The records of every item accepted before this one, but for the last `lag` items.

        Waits until those are decided. With a lag of a window or more nobody waits for long.
        """
        return await self.run.accepted_before(self.index - lag)

    def text(self, column: str) -> str:
        """A text of the row; a missing or empty one fails the item with the column's name."""
        value = self.row.get(column)
        if isinstance(value, str) and value.strip():
            return value
        shown = f"{type(value).__name__} {value!r}"[:60]
        raise Failed(
            f"the row has no text in column '{column}' (got {shown}): correct column or row",
            "bad_row",
            retryable=False,
        )

    def instruction(self, prompt: Prompt, **fields: Any) -> Instruction:
        """An instruction of this item; the prompt is checked to say something."""
        messages = tuple(_messages(prompt))
        if not messages or not messages[-1].content.strip():
            raise Drop("empty")
        return Instruction(messages=messages, provenance=self.provenance, **fields)

    def completion(
        self,
        instruction: Instruction,
        answer: Generated | str,
        sample: int = 0,
        *,
        may_be_empty: bool = False,
    ) -> Completion:
        """A completion of an instruction, from an answer or from a text made of several.

        An empty one drops the item, unless it may be.
        """
        said = Generated(answer, "stop") if isinstance(answer, str) else answer
        if not (may_be_empty or said.text.strip()):
            raise Drop("empty_completion")
        return Completion(
            instruction_id=instruction.id,
            messages=(Message(role="assistant", content=said.text.strip()),),
            sample=sample,
            prompt_tokens=said.prompt_tokens,
            completion_tokens=said.completion_tokens,
            mean_logprob=said.mean_logprob,
            finish_reason=said.finish_reason,
            provenance=self.provenance.model_copy(update={"parents": (instruction.id,)}),
        )


def draw_seed(seed: int, recipe: str, key: str, step: str, sample: int) -> int:
    """A seed of its own for each draw (31 bits), the same in every run."""
    digest = hashlib.sha256(f"{seed}\0{recipe}\0{key}\0{step}\0{sample}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def bool_or_none(value: object) -> bool | None:
    """A verdict as the journal gives it back."""
    return value if isinstance(value, bool) else None


def system(text: str) -> Message:
    """A system turn."""
    return Message(role="system", content=text)


def user(text: str) -> Message:
    """A user turn."""
    return Message(role="user", content=text)


def assistant(text: str) -> Message:
    """An assistant turn."""
    return Message(role="assistant", content=text)


def json_schema(schema: Mapping[str, object]) -> Structured:
    """The completion must be JSON of this schema."""
    return Structured("json_schema", orjson.dumps(schema).decode())


def choice(*options: str) -> Structured:
    """The completion must be one of these texts."""
    return Structured("choice", orjson.dumps(options).decode())


def _messages(prompt: Prompt) -> tuple[Message, ...]:
    if isinstance(prompt, str):
        return (user(prompt),) if prompt else ()
    return tuple(prompt)


__all__ = [
    "Aids",
    "Draw",
    "Drop",
    "Encoder",
    "Failed",
    "Item",
    "Prompt",
    "Row",
    "assistant",
    "choice",
    "draw_seed",
    "json_schema",
    "system",
    "user",
]
