from collections.abc import Callable
from typing import Any

from generation.recipes.complete import Completed, complete, sample_seed
from ingot.engine import Engine, Generated, Request
from ingot.records import Instruction, Message, Provenance, Sampling

Scripted = Callable[[Callable[[int, Any], str | Generated]], Engine]
ASKED = [Instruction(messages=(Message(role="user", content=f"ask {n}"),)) for n in range(12)]


def echo(number: int, request: Request) -> str:
    return f" {request.messages[-1].content} {request.seed}\n"


async def draw(engine: Engine, samples: int = 3, **options: Any) -> Completed:
    fields: dict[str, Any] = {
        "sampling": Sampling(max_tokens=7),
        "logprobs": False,
        "seed": 5,
        "provenance": Provenance(order_id="ord_1"),
        "on_progress": lambda done, total: None,
        **options,
    }
    return await complete(engine, ASKED, samples, **fields)


async def test_completions_stand_in_the_order_of_instruction_and_draw(scripted: Scripted) -> None:
    completed = await draw(scripted(echo))
    expected = [
        (asked.id, sample, f"{asked.text} {sample_seed(5, asked.id, sample)}")
        for asked in ASKED
        for sample in range(3)
    ]
    assert [(c.instruction_id, c.sample, c.text) for c in completed.completions] == expected
    assert not completed.failures


async def test_a_completion_carries_what_the_engine_counted(scripted: Scripted) -> None:
    said = Generated("x", "length", prompt_tokens=4, completion_tokens=7, mean_logprob=-0.5)
    first = (await draw(scripted(lambda n, _: said))).completions[0]
    assert (first.finish_reason, first.prompt_tokens, first.completion_tokens) == ("length", 4, 7)
    assert first.mean_logprob == -0.5
    assert first.provenance == Provenance(order_id="ord_1", parents=(ASKED[0].id,))


async def test_failures_are_listed_and_hurt_nobody_else(scripted: Scripted) -> None:
    bad = Generated(finish_reason="error", failure="too long")
    completed = await draw(scripted(lambda n, request: bad if n in (4, 9) else echo(n, request)))
    assert completed.failures == [(ASKED[1].id, 1, "too long"), (ASKED[3].id, 0, "too long")]
    assert len(completed.completions) == 34


async def test_an_empty_answer_is_an_answer(scripted: Scripted) -> None:
    completed = await draw(scripted(lambda n, _: ""))
    assert (len(completed.completions), completed.failures) == (36, [])


async def test_sampling_and_logprobs_reach_the_engine(scripted: Scripted) -> None:
    engine: Any = scripted(echo)
    await draw(engine, logprobs=True)
    assert {(r.sampling.max_tokens, r.logprobs) for r in engine.asked} == {(7, True)}


async def test_progress_counts_every_draw_once(scripted: Scripted) -> None:
    seen: list[tuple[int, int]] = []
    await draw(scripted(echo), on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 36) for done in range(1, 37)]


def test_seeds_are_distinct_and_the_same_in_every_run() -> None:
    seeds = {sample_seed(s, f"ins_{n}", k) for s in range(4) for n in range(50) for k in range(8)}
    assert len(seeds) == 4 * 50 * 8
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert sample_seed(1, "ins_a", 0) == 332_162_300  # another rule would orphan every journal
