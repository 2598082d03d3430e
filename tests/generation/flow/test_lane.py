import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from counting import CountingEngine

from generation.flow import lane as lanes
from generation.flow.lane import Lane
from ingot.engine import Generated, Request
from ingot.errors import ModelError
from ingot.journal import Answers, Journal
from ingot.records import Message, Sampling


class Gated(CountingEngine):
    """Holds every answer back until the test lets it go."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity=capacity)
        self.gates: dict[str, asyncio.Event] = {}

    async def generate(self, request: Request) -> Generated:
        name = request.messages[0].content
        self.asked.append(request)
        await self.gates.setdefault(name, asyncio.Event()).wait()
        return Generated(name, "stop", 1, len(name))

    def release(self, name: str) -> None:
        self.gates.setdefault(name, asyncio.Event()).set()

    @property
    def names(self) -> list[str]:
        return [request.messages[0].content for request in self.asked]


def request(name: str, max_tokens: int = 9) -> Request:
    return Request((Message(role="user", content=name),), Sampling(max_tokens=max_tokens))


@pytest.fixture
async def answers(tmp_path: Path) -> AsyncIterator[Answers]:
    journal = Journal(tmp_path / "j")
    yield Answers(journal)
    journal.close()


def start(lane: Lane, name: str, depth: int = 0, step: str = "s", max_tokens: int = 9):  # type: ignore[no-untyped-def]
    asked = request(name, max_tokens)
    return asyncio.create_task(lane.ask(asked.key("m"), asked, depth=depth, step=step))


async def turn_over() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_window_is_full_and_never_more(answers: Answers) -> None:
    engine = CountingEngine(capacity=5, jitter=7)
    lane = Lane(engine, answers)
    await asyncio.gather(*(start(lane, str(n)) for n in range(60)))
    assert (engine.most_flying, len(engine.asked), lane.flying, lane.waiting) == (5, 60, 0, 0)


async def test_who_has_come_furthest_goes_first_then_who_takes_longest(answers: Answers) -> None:
    engine = Gated(capacity=1)
    lane = Lane(engine, answers)
    first = start(lane, "first")
    await turn_over()
    rest = [
        start(lane, "short", 0, "short", 5),
        start(lane, "long", 0, "long", 500),
        start(lane, "deep", 2, "short", 5),
    ]
    await turn_over()
    for name in ("first", "deep", "long", "short"):
        engine.release(name)
        await turn_over()
    await asyncio.gather(first, *rest)
    assert engine.names == ["first", "deep", "long", "short"]


async def test_a_step_is_as_long_as_it_has_lately_been(answers: Answers) -> None:
    engine = CountingEngine(lambda r: Generated("x", "stop", 1, int(r.messages[0].content)))
    lane = Lane(engine, answers)
    for length in ("100", "50"):
        await start(lane, length, step="s", max_tokens=4000)
    assert lane._lengths["s"] == 100 + lanes.LEARNING_RATE * (50 - 100)


async def test_one_who_gives_up_in_line_leaves_no_hole(answers: Answers) -> None:
    engine = Gated(capacity=1)
    lane = Lane(engine, answers)
    first, quitter, last = (start(lane, name) for name in ("first", "quitter", "last"))
    await turn_over()
    quitter.cancel()
    for name in ("first", "last"):
        engine.release(name)
    await asyncio.gather(first, last)
    assert (engine.names, lane.flying) == (["first", "last"], 0)


async def test_one_who_gives_up_the_moment_it_is_called_passes_the_place_on(
    answers: Answers,
) -> None:
    engine = Gated(capacity=1)
    lane = Lane(engine, answers)
    first, called, last = (start(lane, name) for name in ("first", "called", "last"))
    await turn_over()
    first.cancel()
    await asyncio.sleep(0)
    called.cancel()
    engine.release("last")
    assert (await last).text == "last"
    assert lane.flying == 0


async def test_the_journal_answers_without_taking_a_place(answers: Answers) -> None:
    engine = CountingEngine(capacity=1)
    lane = Lane(engine, answers)
    for _ in range(3):
        await start(lane, "same")
    assert (len(engine.asked), lane.account.asked, lane.account.replayed) == (1, 1, 2)


async def test_a_dead_engine_is_told_to_who_asked_and_frees_the_place(answers: Answers) -> None:
    def die(_: Request) -> str:
        raise ModelError("gone")

    lane = Lane(CountingEngine(die, capacity=1), answers)
    for _ in range(2):
        with pytest.raises(ModelError, match="gone"):
            await start(lane, "x")
    assert lane.flying == 0


async def test_time_is_booked_from_when_an_engine_knows_its_slots(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 100.0
    monkeypatch.setattr(lanes.time, "monotonic", lambda: now_s)
    engine = CountingEngine()
    engine.slots = 0  # type: ignore[attr-defined]  # found out later
    lane = Lane(engine, answers)
    lane._change(1)
    now_s = 110.0
    lane._change(1)
    engine.slots = 2  # type: ignore[attr-defined]
    lane._change(-1)
    now_s = 115.0
    lane._change(-1)
    assert (lane.account.busy_slot_s, lane.account.slot_s) == (5, 10)


async def test_slot_time_belongs_to_work_tail_others_or_nobody(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 100.0
    monkeypatch.setattr(lanes.time, "monotonic", lambda: now_s)
    engine = CountingEngine(capacity=8)
    engine.slots = 4  # type: ignore[attr-defined]  # most engines of tests know of none
    lane = Lane(engine, answers)
    full = False
    lane.others_full = lambda: full
    lane._change(3)
    now_s = 110.0
    lane._change(-1)  # 10 s with 3 of 4 at work
    full, now_s = True, 115.0
    lane._change(-1)  # 5 s with 2 of 4, another lane crowded
    lane.draining, now_s = True, 117.0
    lane._change(-1)  # 2 s with 1 of 4, the last ones
    account = lane.account
    assert (account.busy_slot_s, account.starved_slot_s) == (30 + 10 + 2, 10)
    assert (account.waiting_slot_s, account.tail_slot_s, account.slot_s) == (10, 6, 68)
