import asyncio
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from ingot.engine import Generated, Request
from ingot.errors import ModelError
from ingot.records import Evaluation, Message, Sampling
from training.evaluation import Scores, evaluate


class ScriptedEngine:
    """Answers by a script, in random order."""

    kind, model, capacity = "scripted", "scripted", 8

    def __init__(self, script: Callable[[Request], Generated]) -> None:
        self.script, self.requests = script, list[Request]()

    async def generate(self, request: Request) -> Generated:
        self.requests.append(request)
        await asyncio.sleep(Random(request.seed).random() / 1000)
        return self.script(request)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def make_evaluation(number: int, domain: str = "") -> Evaluation:
    prompt = (Message(role="user", content=f"Say {number}."),)
    return Evaluation(prompt=prompt, reference=str(number), domain=domain)


async def run(
    script: Callable[[Request], Generated],
    items: list[Evaluation],
    *,
    samples: int = 2,
    engine: ScriptedEngine | None = None,
) -> Scores:
    return await evaluate(
        engine or ScriptedEngine(script),
        items,
        samples=samples,
        sampling=Sampling(max_tokens=8),
        seed=0,
        is_right=lambda text, reference: text == reference,
    )


def echo(request: Request) -> Generated:
    return Generated(text=request.messages[-1].content.removeprefix("Say ").rstrip("."))


async def test_each_prompt_gets_the_mean_of_its_own_draws() -> None:
    def right_up_to_two(request: Request) -> Generated:
        answer = echo(request)
        return answer if int(answer.text) < 3 else Generated(text="no idea")

    items = [make_evaluation(number, "low" if number < 4 else "high") for number in range(6)]
    scores = await run(right_up_to_two, items, samples=3)
    np.testing.assert_array_equal(scores.per_prompt, [1, 1, 1, 0, 0, 0])
    assert scores.pass_at_1 == 0.5
    assert scores.per_domain == {"high": 0.0, "low": 0.75}


async def test_draws_of_a_prompt_differ_by_seed_and_return_in_the_next_run() -> None:
    engine, items = ScriptedEngine(echo), [make_evaluation(0), make_evaluation(1)]
    await run(echo, items, samples=4, engine=engine)
    await run(echo, items, samples=4, engine=engine)
    first, second = engine.requests[:8], engine.requests[8:]
    assert len({request.seed for request in first}) == 8
    assert [r.seed for r in first] == [r.seed for r in second]
    assert all(0 <= request.seed < 2**31 for request in first)


async def test_failed_draws_are_counted_but_not_as_wrong() -> None:
    seeds = set[int]()

    def fails_on_first_draw_and_on_nine(request: Request) -> Generated:
        answer = echo(request)
        first = answer.text not in seeds and not seeds.add(answer.text)  # type: ignore[arg-type, func-returns-value]
        return Generated(failure="refused") if first or answer.text == "9" else answer

    items = [make_evaluation(1), make_evaluation(9, "nine")]
    scores = await run(fails_on_first_draw_and_on_nine, items)
    np.testing.assert_array_equal(scores.per_prompt, [1.0, np.nan])
    assert (scores.failures, scores.pass_at_1, scores.per_domain) == (3, 1.0, {"": 1.0})


async def test_no_draw_at_all_is_an_error_with_the_cause() -> None:
    with pytest.raises(ModelError, match="none of 4 evaluation draws came back; last: gone"):
        await run(lambda _: Generated(failure="gone"), [make_evaluation(1), make_evaluation(2)])


async def test_progress_reaches_the_total() -> None:
    seen = list[tuple[int, int]]()
    await evaluate(
        ScriptedEngine(echo),
        [make_evaluation(1), make_evaluation(2)],
        samples=3,
        sampling=Sampling(),
        seed=0,
        is_right=str.__eq__,
        on_progress=lambda done, total, facts: seen.append((done, total)),
    )
    assert seen == [(done, 6) for done in range(1, 7)]
