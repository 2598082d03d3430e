"""Agentic trajectories: a model, or an expert, solves tasks with tools that fail now and then.

A run counts as successful where the final state of the world and the answer are the ones wanted
(Yao et al. 2024, tau-bench, section 3, arXiv 2406.12045). With `thoughts` a sentence of reasoning
comes before each call (Yao et al. 2023, ReAct, section 2, arXiv 2210.03629). The worlds are small
ones of ours, and the failures are injected into their tools, so both are known for each step.
"""

from collections.abc import Sequence
from contextlib import closing
from random import Random
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from generation.environments.choose import ENVIRONMENTS, make_environment
from generation.environments.faults import Faulty
from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.agent_protocols import Native, Prompted, Speech
from generation.ingredients.agent_run import AgentRun
from generation.ingredients.demonstrations import demonstrate
from ingot.records import Record, Trajectory


class Trajectories(Terms):
    """Which worlds, how they fail, and who acts in them."""

    environments: tuple[str, ...] = Field(default=tuple(ENVIRONMENTS), min_length=1)
    """In turn over the items."""
    protocol: Literal["prompted", "native"] = "prompted"
    """prompted: one JSON object for each turn, works with any model; native: the model's own tool
    calls, as its server offers them."""
    max_steps: int = Field(default=15, ge=1, le=100)
    """Most tool calls of the model; a solution takes 3 to 6."""
    thoughts: bool = False
    """Whether a sentence of reasoning comes before each call; native models decide themselves."""
    demonstrations: float = Field(default=0.0, ge=0, le=1)
    """Share of the items in which an expert program acts instead of the model."""
    keep_failures: bool = True
    """Whether runs that did not succeed are delivered too: the rejected side of pairs."""
    error_rate: float = Field(default=0.08, ge=0, le=1)
    """Share of the calls that fail although they are right."""
    timeout_rate: float = Field(default=0.04, ge=0, le=1)
    wrong_result_rate: float = Field(default=0.04, ge=0, le=1)
    """Share of the calls whose result is falsified, where they only read."""

    @field_validator("environments")
    @classmethod
    def _known(cls, names: Sequence[str]) -> Sequence[str]:
        for name in names:
            if name not in ENVIRONMENTS:
                raise ValueError(f"unknown environment {name!r}: choose from {_listed()}")
        return names

    @model_validator(mode="after")
    def _rates_of_one_call(self) -> Self:
        if self.error_rate + self.timeout_rate + self.wrong_result_rate > 1:
            raise ValueError("the rates of faults sum to more than 1: lower them")
        return self


class DistinctWorlds:
    """Refuses a second run of one world."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def refuse(self, records: Sequence[Record]) -> str:
        """'duplicate' where system turn, which names the world, and task have been seen."""
        for record in records:
            assert isinstance(record, Trajectory)
            name = hash(tuple(turn.content for turn in record.messages[:2]))
            if name in self._seen:
                return "duplicate"
            self._seen.add(name)
        return ""


@recipe(
    source="success: Yao et al. 2024, tau-bench, section 3 (arXiv 2406.12045); thoughts: Yao et "
    "al. 2023, ReAct, section 2 (arXiv 2210.03629); the worlds of `generation/environments`",
    makes=(Trajectory,),
    requests="1 for each call and 1 for the last reply, at most `max_steps`; a demonstration none, "
    "or with `thoughts` 1 for each call",
    gate=lambda terms: DistinctWorlds(),
)
async def trajectories(item: Item, terms: Trajectories) -> list[Record]:
    """Runs of an agent in small worlds with tools that fail, each graded step by step."""
    rng = item.rng
    with closing(make_world(item.index, rng, terms)) as world:
        run = AgentRun(world)
        if rng.random() < terms.demonstrations:
            await demonstrate(item, run, thoughts=terms.thoughts)
        else:
            await _play(item, run, terms)
        record = run.record(item.provenance)
    if not (record.success or terms.keep_failures):
        raise Drop("failed_task")
    return [record]


def make_world(index: int, rng: Random, terms: Trajectories) -> Faulty:
    """The world of an item, drawn from its generator; close it after use."""
    inner = make_environment(
        terms.environments[index % len(terms.environments)], Random(rng.getrandbits(64))
    )
    rates = {
        "error": terms.error_rate,
        "timeout": terms.timeout_rate,
        "wrong_result": terms.wrong_result_rate,
    }
    return Faulty(inner, Random(rng.getrandbits(64)), rates)


async def _play(item: Item, run: AgentRun, terms: Trajectories) -> None:
    """Have the model act until it gives its last reply or has no more steps."""
    tools = run.world.tools
    native = terms.protocol == "native"
    speech: Speech = Native(tools) if native else Prompted(tools, thoughts=terms.thoughts)
    asked = 0
    while run.calls < terms.max_steps:
        said = await item.ask(speech.view(run.turns), step="act", sample=asked, **speech.options)
        turn = speech.read(said, run.calls)
        room = terms.max_steps - run.calls
        await run.act(turn.model_copy(update={"tool_calls": turn.tool_calls[:room]}))
        if not turn.tool_calls:
            return
        asked += 1


def _listed() -> str:
    return ", ".join(ENVIRONMENTS)
