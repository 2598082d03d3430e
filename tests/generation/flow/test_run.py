import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, cook
from counting import CountingEngine

from generation.flow import portion as portions
from generation.flow.feed import Feed
from generation.flow.generate import generate
from generation.flow.item import Drop, Item
from generation.flow.recipe import Recipe, Terms, recipe
from generation.flow.run import Wanted
from ingot.datasets import DatasetStore
from ingot.engine import Generated, Request
from ingot.errors import ModelError, OrderError
from ingot.records import Completion, Instruction, Record, Sampling


@recipe(source="-", makes=(Instruction,), requests="1")
async def write(item: Item) -> list[Record]:
    """One instruction for each item."""
    said = await item.ask(f"write {item.index} {item.rng.randrange(10**6)}")
    return [item.instruction(said.text)]


@recipe(source="-", makes=(Instruction, Completion), requests="2", needs=("prompts",))
async def answer_and_check(item: Item) -> list[Record]:
    """An answer to each row, and a second request that looks at it."""
    asked = item.instruction(item.text("prompt"))
    said = await item.ask(asked.messages)
    checked = await item.ask(f"check: {said.text}", role="judge")
    return [asked, item.completion(asked, f"{said.text} / {checked.text}")]


class Twice(Terms):
    """How often."""

    times: int = 2


@recipe(source="-", makes=(Completion,), requests="`times`", needs=("prompts",))
async def again(item: Item, terms: Twice) -> list[Record]:
    """The same prompt several times."""
    asked = Instruction.model_validate(item.row)
    drawn = await item.ask_many(asked.messages, terms.times)
    return [item.completion(asked, said, n) for n, said in enumerate(drawn)]


ROWS = [{"prompt": f"question {n}"} for n in range(40)]


def texts(cooked: Cooked) -> list[str]:
    return [completion.text for completion in cooked.records(Completion)]


async def test_records_stand_in_the_items_order_whatever_the_order_of_arrival(
    tmp_path: Path,
) -> None:
    orders = []
    for jitter in (0, 30):
        engine = CountingEngine(jitter=jitter, capacity=16)
        roles = {"writer": [engine], "judge": [engine]}
        cooked = await cook(
            answer_and_check, roles, tmp_path / str(jitter), rows=ROWS, quantity=100
        )
        orders.append([r.model_dump() for r in cooked.records(Completion)])
    assert orders[0] == orders[1]
    assert [row["messages"][0]["content"][:11] for row in orders[0]][:3] == [
        "question 0 ", "question 1 ", "question 2 ",
    ]  # fmt: skip


async def test_a_step_of_one_item_never_waits_for_another_item(tmp_path: Path) -> None:
    judge_saw: list[int] = []
    writer = CountingEngine(jitter=20, capacity=4)
    judge = CountingEngine(lambda r: str(judge_saw.append(len(writer.asked))), name="j")
    await cook(
        answer_and_check, {"writer": [writer], "judge": [judge]}, tmp_path, rows=ROWS, quantity=40
    )
    assert judge_saw[0] < 20  # judging has begun long before the last answer was asked for


async def test_poisoned_rows_are_missing_alone_each_with_its_cause(tmp_path: Path) -> None:
    def poisoned(request: Request) -> Generated | str:
        number = int(request.messages[-1].content.split()[1])
        if number % 13 == 0:
            return Generated("", "error", failure="HTTP 400: no", failure_kind="refused")
        return f"a {number}"

    engine = CountingEngine(poisoned, jitter=9)
    judge = CountingEngine(name="j")
    cooked = await cook(
        answer_and_check, {"writer": [engine], "judge": [judge]}, tmp_path, rows=ROWS, quantity=40
    )
    assert len(texts(cooked)) == 36
    assert [(line["item"], line["reason"]) for line in cooked.failed] == [
        (n, "refused") for n in (0, 13, 26, 39)
    ]
    assert {line["cause"] for line in cooked.failed} == {"step 1: HTTP 400: no"}
    assert not any(line["retryable"] for line in cooked.failed)


async def test_nothing_is_asked_for_twice_by_a_rerun(tmp_path: Path) -> None:
    said = []
    for expected in (80, 0):
        engine = CountingEngine(jitter=5)
        roles = {"writer": [engine], "judge": [engine]}
        cooked = await cook(answer_and_check, roles, tmp_path, rows=ROWS, quantity=40)
        assert len(engine.asked) == expected
        said.append([path.read_bytes() for path in sorted(cooked.folder.rglob("*.parquet"))])
    assert said[0] == said[1]


async def test_only_what_changed_is_asked_again(tmp_path: Path) -> None:
    engine = CountingEngine()
    roles = {"writer": [engine], "judge": [engine]}
    await cook(answer_and_check, roles, tmp_path, rows=ROWS, quantity=99)
    more = [{"prompt": "a new first row"}, *ROWS]
    engine = CountingEngine()
    roles = {"writer": [engine], "judge": [engine]}
    await cook(answer_and_check, roles, tmp_path, rows=more, quantity=99)
    assert len(engine.asked) == 2

    @recipe(source="-", makes=(Completion,), requests="2", needs=("prompts",))
    async def answer_and_check_better(item: Item) -> list[Record]:
        """A later step that changed."""
        asked = item.instruction(item.text("prompt"))
        said = await item.ask(asked.messages)
        return [item.completion(asked, await item.ask(f"look: {said.text}", role="judge"))]

    changed = _named(answer_and_check_better, "answer_and_check")
    await cook(changed, roles, tmp_path, rows=more, quantity=99)
    assert len(engine.asked) == 2 + 41


def _named(made: Recipe, name: str) -> Recipe:
    fields = {field: getattr(made, field) for field in made.__slots__} | {"name": name}
    return Recipe(**fields)


async def test_another_model_or_seed_is_asked_anew(tmp_path: Path) -> None:
    for name, seed in (("m", 1), ("m2", 1), ("m", 2)):
        engine = CountingEngine(name=name)
        await cook(write, engine, tmp_path, quantity=5, seed=seed)
        assert len(engine.asked) >= 5


async def test_what_is_dropped_is_made_up_for_and_counted(tmp_path: Path) -> None:
    @recipe(source="-", makes=(Instruction,), requests="1")
    async def picky(item: Item) -> list[Record]:
        """Every third item only."""
        said = await item.ask(f"p {item.index}")
        if item.index % 3:
            raise Drop("not_third")
        return [item.instruction(said.text)]

    cooked = await cook(picky, CountingEngine(jitter=9), tmp_path, quantity=5)
    assert [i.text for i in cooked.records(Instruction)] == ["p 0", "p 3", "p 6", "p 9", "p 12"]
    assert cooked.facts["dropped"] == {"not_third": 8}
    assert len(cooked.dropped) == 8


async def test_a_prompt_that_was_asked_before_is_dropped(tmp_path: Path) -> None:
    cooked = await cook(
        write, CountingEngine(lambda r: f"Say {len(r.messages[0].content) % 2}."), tmp_path,
        quantity=3,
    )  # fmt: skip
    assert cooked.facts["accepted"] <= 2
    assert cooked.facts["dropped"]["duplicate"] > 20


async def test_the_first_items_all_failing_ends_the_run_with_the_cause(tmp_path: Path) -> None:
    @recipe(source="-", makes=(Instruction,), requests="0")
    async def broken(item: Item) -> list[Record]:
        """A recipe with a bug."""
        raise KeyError("topic")

    with pytest.raises(ModelError, match=r"first 32 items of recipe 'broken'.*KeyError: 'topic'"):
        await cook(broken, CountingEngine(), tmp_path, quantity=1000)
    listed = (tmp_path / "run" / "failed.jsonl").read_text().splitlines()
    assert len(listed) >= 32


async def test_one_bug_in_a_recipe_costs_its_item_alone(tmp_path: Path) -> None:
    @recipe(source="-", makes=(Instruction,), requests="1")
    async def fragile(item: Item) -> list[Record]:
        """A recipe that stumbles once."""
        said = await item.ask(f"f {item.index}")
        return [item.instruction(f"{said.text} {1 / (item.index - 2):.3f}")]

    cooked = await cook(fragile, CountingEngine(), tmp_path, quantity=5)
    assert len(cooked.records(Instruction)) == 5
    assert [(line["item"], line["reason"]) for line in cooked.failed] == [(2, "recipe_error")]


async def test_a_dead_engine_ends_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    alive = itertools.count()

    def dies(request: Request) -> str:
        if next(alive) == 25:
            raise ModelError("the engine is gone")
        return request.messages[-1].content

    with pytest.raises(ModelError, match="the engine is gone"):
        await cook(write, CountingEngine(dies), tmp_path, quantity=60)
    engine = CountingEngine()
    cooked = await cook(write, engine, tmp_path, quantity=60)
    assert len(cooked.records(Instruction)) == 60
    assert len(engine.asked) <= 60 - 25 + engine.capacity


async def test_a_role_that_nobody_plays_is_named(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match=r"asks role 'judge', which no model plays.*writer"):
        await cook(answer_and_check, CountingEngine(), tmp_path, rows=ROWS, quantity=3)


async def test_recipes_share_one_run_in_their_shares(tmp_path: Path) -> None:
    engine = CountingEngine(jitter=9)
    wanted = [
        Wanted(write, Terms(), 30),
        Wanted(answer_and_check, Terms(), 10, iter(ROWS)),
    ]
    store = DatasetStore(tmp_path.as_uri())
    summary = await generate(
        wanted,
        {"writer": [engine], "judge": [engine]},
        store, "run", tmp_path / "j",
        seed=1, sampling=Sampling(),
    )  # fmt: skip
    assert [facts["accepted"] for facts in _recipes(summary)] == [30, 10]
    made = Cooked(tmp_path / "run", summary)
    assert len(made.records(Instruction)) == 40
    kinds = [r.messages[0].content.split()[0] for r in engine.asked[:16]]
    assert set(kinds) >= {"write", "question"}  # both from the start


def _recipes(summary: dict[str, Any]) -> Sequence[dict[str, Any]]:
    recipes: Sequence[dict[str, Any]] = summary["recipes"]
    return recipes


async def test_one_recipe_works_on_what_another_is_still_making(tmp_path: Path) -> None:
    engine, feed = CountingEngine(capacity=4, jitter=5), Feed()
    wanted = [
        Wanted(write, Terms(), 20, feeds=feed),
        Wanted(again, Twice(times=3), 20, feed),
    ]
    store = DatasetStore(tmp_path.as_uri())
    summary = await generate(
        wanted, {"writer": [engine]}, store, "run", tmp_path / "j", seed=1, sampling=Sampling()
    )
    made = Cooked(tmp_path / "run", summary)
    assert len(made.records(Completion)) == 60
    assert {c.instruction_id for c in made.records(Completion)} == {
        i.id for i in made.records(Instruction)
    }
    assert len(made.draws) == 80


async def test_the_gap_between_newest_and_oldest_item_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "HORIZON", 10)
    release = asyncio.Event()
    seen: list[int] = []

    @recipe(source="-", makes=(Instruction,), requests="1")
    async def slow_head(item: Item) -> list[Record]:
        """The first item takes long."""
        seen.append(item.index)
        if item.index == 0:
            await asyncio.wait_for(release.wait(), 5)
        if item.index == 9:
            release.set()
        return [item.instruction(f"text {item.index}")]

    cooked = await cook(slow_head, CountingEngine(capacity=50), tmp_path, quantity=40)
    assert len(cooked.records(Instruction)) == 40
    assert max(seen[:10]) == 9


async def test_an_item_sees_what_was_accepted_before_it_and_never_by_chance(
    tmp_path: Path,
) -> None:
    @recipe(source="-", makes=(Instruction,), requests="1", looks_back=True)
    async def chain(item: Item) -> list[Record]:
        """Each item counts those it can see."""
        seen = await item.accepted(lag=4)
        if item.index % 2:
            raise Drop("odd")
        said = await item.ask(f"{item.index} sees {len(seen)}")
        return [item.instruction(said.text)]

    cooked = await cook(chain, CountingEngine(jitter=30), tmp_path, quantity=8)
    assert [i.text for i in cooked.records(Instruction)] == [
        f"{n} sees {max(0, (n - 4 + 1) // 2)}" for n in range(0, 16, 2)
    ]


async def test_provenance_names_recipe_model_and_every_draw(tmp_path: Path) -> None:
    engine = CountingEngine()
    roles = {"writer": [engine], "judge": [engine]}
    cooked = await cook(answer_and_check, roles, tmp_path, rows=ROWS[:3], quantity=3)
    made = cooked.records(Completion)[0]
    assert (made.provenance.recipe, made.provenance.model) == ("answer_and_check", "m")
    draws = {draw["key"]: draw for draw in cooked.draws}
    mine = [draws[key] for key in made.provenance.requests]
    assert [(draw["role"], draw["step"]) for draw in mine] == [("writer", "1"), ("judge", "2")]
    assert made.id in mine[0]["record_ids"]
    again = Request(
        messages=engine.asked[0].messages,
        sampling=Sampling.model_validate_json(mine[0]["sampling"]),
        seed=mine[0]["seed"],
    )
    assert again.key("m") in draws


async def test_an_act_is_done_once_and_remembered(tmp_path: Path) -> None:
    acts: list[int] = []

    @recipe(source="-", makes=(Instruction,), requests="0")
    async def acting(item: Item) -> list[Record]:
        """Does something that may come out differently the next time."""

        async def act() -> object:
            acts.append(item.index)
            return {"said": f"result {len(acts)}"}

        result = await item.recall(("act", item.index), act)
        return [item.instruction(str(result["said"]))]

    first = await cook(acting, CountingEngine(), tmp_path, quantity=5)
    before = [i.text for i in first.records(Instruction)]
    second = await cook(acting, CountingEngine(), tmp_path, quantity=5)
    assert [i.text for i in second.records(Instruction)] == before
