from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, cook
from counting import CountingEngine

from ingot.engine import Generated, Request
from ingot.records import Completion, Instruction, Message

ROWS = [{"prompt": f"ask {n}", "reference": str(n), "verifier": "answer"} for n in range(12)]


def seeded(request: Request) -> str:
    return f" {request.messages[-1].content} {request.seed}\n"


async def complete(
    tmp_path: Path,
    engine: CountingEngine | None = None,
    rows: list[dict[str, Any]] | None = None,
    **parameters: Any,
) -> Cooked:
    engine = engine or CountingEngine(seeded, jitter=20)
    given = ROWS if rows is None else rows
    options: Mapping[str, object] = {"samples": 3, **parameters}
    return await cook(
        "complete", engine, tmp_path, quantity=99, rows=given, parameters=options, seed=5
    )


async def test_completions_stand_in_the_order_of_prompt_and_draw(tmp_path: Path) -> None:
    cooked = await complete(tmp_path)
    prompts = cooked.records(Instruction)
    assert [(i.text, i.reference, i.verifier) for i in prompts] == [
        (f"ask {n}", str(n), "answer") for n in range(12)
    ]
    made = cooked.records(Completion)
    assert [(c.instruction_id, c.sample) for c in made] == [
        (prompt.id, sample) for prompt in prompts for sample in range(3)
    ]
    assert len({c.text for c in made}) == 36  # every draw has a seed of its own


async def test_a_completion_carries_what_the_engine_counted(tmp_path: Path) -> None:
    said = Generated("x", "length", prompt_tokens=4, completion_tokens=7, mean_logprob=-0.5)
    cooked = await complete(tmp_path, CountingEngine(lambda _: said), samples=1)
    first = cooked.records(Completion)[0]
    assert (first.finish_reason, first.prompt_tokens, first.completion_tokens) == ("length", 4, 7)
    assert first.mean_logprob == -0.5
    assert first.provenance.parents == (first.instruction_id,)


async def test_a_draw_that_fails_costs_no_other(tmp_path: Path) -> None:
    bad = Generated("", "error", failure="too long")
    failing = iter([True, *[False] * 99])
    engine = CountingEngine(lambda r: bad if next(failing) else seeded(r))
    cooked = await complete(tmp_path, engine)
    assert len(cooked.records(Completion)) == 35
    assert [draw["failure"] for draw in cooked.draws if draw["failure"]] == ["too long"]


async def test_a_prompt_whose_draws_all_fail_is_listed(tmp_path: Path) -> None:
    bad = Generated("", "error", failure="too long", failure_kind="too_long")
    engine = CountingEngine(lambda r: bad if r.messages[-1].content == "ask 4" else seeded(r))
    cooked = await complete(tmp_path, engine)
    assert [(line["item"], line["reason"]) for line in cooked.failed] == [(4, "too_long")]
    assert len(cooked.records(Completion)) == 33


async def test_an_empty_answer_is_an_answer(tmp_path: Path) -> None:
    cooked = await complete(tmp_path, CountingEngine(lambda _: ""))
    assert len(cooked.records(Completion)) == 36


async def test_logprobs_reach_the_engine(tmp_path: Path) -> None:
    engine = CountingEngine(seeded)
    await complete(tmp_path, engine, logprobs=True)
    assert {request.logprobs for request in engine.asked} == {True}


async def test_records_of_instructions_are_not_repeated(tmp_path: Path) -> None:
    known = Instruction(messages=(Message(role="user", content="hello"),))
    cooked = await complete(tmp_path, rows=[known.model_dump(mode="json")])
    assert cooked.records(Instruction) == []
    assert {c.instruction_id for c in cooked.records(Completion)} == {known.id}


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ({"prompt": "  "}, "no text in column 'prompt'"),
        ({"prompt": 7}, "got int 7"),
        ({"question": "x"}, "got NoneType"),
        ({"messages": [{"role": "boss", "content": "x"}]}, "messages.0.role"),
        ({"messages": []}, "messages"),
        ({"id": "ins_0", "messages": [{"role": "user", "content": "x"}]}, "does not match"),
    ],
)
async def test_a_broken_row_fails_alone_with_its_cause(
    tmp_path: Path, row: dict[str, Any], cause: str
) -> None:
    cooked = await complete(tmp_path, rows=[row, *ROWS[:2]])
    assert len(cooked.records(Completion)) == 6
    [line] = cooked.failed
    assert (line["item"], line["reason"], line["retryable"]) == (0, "bad_row", False)
    assert cause in line["cause"]
