import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ingot.errors import ModelError
from ingot.records import Message
from services.rewards.desk import Desk, Full
from services.rewards.judge import Judge, Stage
from services.rewards.scorer import ONE, Question, Scored
from services.rewards.window import Job, Window


@dataclass(eq=False)
class Slow:
    """A scorer that notes what it was asked, and waits for `go`."""

    name: str = "slow"
    lane: str = "lane"
    arity: frozenset[int] = ONE
    weight: int = 1
    batch: int = 1
    go: asyncio.Event = field(default_factory=asyncio.Event)
    portions: list[list[str]] = field(default_factory=list)
    cancelled: int = 0

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        self.portions.append([question.domain for question in questions])
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if any(question.domain == "poison" for question in questions):
            raise ValueError("poisoned")
        if any(question.domain == "gone" for question in questions):
            raise ModelError("the engine is gone: start it again")
        return [Scored(1.0, reason=question.domain) for question in questions]

    @property
    def asked(self) -> list[str]:
        return [name for portion in self.portions for name in portion]


def question(name: str) -> Question:
    return Question((Message(role="user", content=name),), ((),), domain=name)


def put(window: Window, scorer: Slow, tenant: str, *names: str) -> list[asyncio.Future[Scored]]:
    loop = asyncio.get_running_loop()
    futures: list[asyncio.Future[Scored]] = [loop.create_future() for _ in names]
    for name, future in zip(names, futures, strict=True):
        window.put(Job(scorer, question(name), tenant, future))
    return futures


def desk_over(window: Window, *, cache: int = 0, places: int = 100) -> Desk:
    return Desk({"lane": window}, places=places, places_per_tenant=places // 2, cache=cache)


def judge_of(scorer: Slow) -> Judge:
    return Judge("slow", "test", (Stage(lambda asked: scorer, ONE),))


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_small_request_does_not_wait_for_a_large_one() -> None:
    scorer, window = Slow(), Window(lambda: 2)
    scorer.go.set()
    large = put(window, scorer, "large", *(f"l{n}" for n in range(50)))
    small = put(window, scorer, "small", "s0", "s1", "s2")
    await asyncio.gather(*large, *small)
    assert scorer.asked[:6] == ["l0", "s0", "l1", "s1", "l2", "s2"]


async def test_the_window_is_full_and_never_overfull() -> None:
    scorer, window = Slow(weight=2), Window(lambda: 5)
    futures = put(window, scorer, "t", *"abcd")
    await turns()
    assert (window.in_flight, window.waiting, scorer.asked) == (4, 2, ["a", "b"])
    scorer.go.set()
    await asyncio.gather(*futures)
    await turns()
    assert window.in_flight == 0


async def test_a_question_heavier_than_the_window_goes_alone() -> None:
    scorer, window = Slow(weight=9), Window(lambda: 4)
    futures = put(window, scorer, "t", "a", "b")
    await turns()
    assert scorer.asked == ["a"]
    scorer.go.set()
    await asyncio.gather(*futures)
    assert scorer.asked == ["a", "b"]


async def test_what_arrives_together_is_one_portion() -> None:
    scorer, window = Slow(batch=3), Window(lambda: 10)
    scorer.go.set()
    mine, yours = put(window, scorer, "a", *"abc"), put(window, scorer, "b", "x")
    await asyncio.gather(*mine, *yours)
    assert scorer.portions == [["a", "x", "b"], ["c"]]


async def test_a_portion_that_fails_is_asked_one_by_one() -> None:
    scorer, window = Slow(batch=3), Window(lambda: 10)
    scorer.go.set()
    good, bad = await asyncio.gather(*put(window, scorer, "t", "good", "poison"))
    assert (good.score, good.failure) == (1.0, "")
    assert (bad.score, bad.failure) == (
        None,
        "the judge failed (ValueError): report it to its operator",
    )


async def test_a_lost_engine_is_a_failure_and_is_told_until_it_answers_again() -> None:
    scorer, window = Slow(), Window(lambda: 10)
    scorer.go.set()
    (lost,) = await asyncio.gather(*put(window, scorer, "t", "gone"))
    assert lost.failure == "a part that this judge needs is not there now: try again later"
    assert window.broken == "the engine is gone: start it again"
    await asyncio.gather(*put(window, scorer, "t", "fine"))
    assert window.broken == ""


async def test_a_lost_engine_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer, window = Slow(), Window(lambda: 10)
    scorer.go.set()
    await asyncio.gather(*put(window, scorer, "t", "gone"))
    monkeypatch.setattr("services.rewards.window.BROKEN_S", 0.0)
    assert window.broken == ""


async def test_what_nobody_waits_for_is_neither_asked_nor_left_in_flight() -> None:
    scorer, window = Slow(), Window(lambda: 1)
    flying, waiting = put(window, scorer, "t", "flying", "waiting")
    await turns()
    flying.cancel()
    waiting.cancel()
    await turns()
    assert (scorer.asked, scorer.cancelled, window.in_flight) == (["flying"], 1, 0)


async def test_equal_questions_of_one_tenant_are_asked_once() -> None:
    scorer, window = Slow(), Window(lambda: 10)
    desk, judge = desk_over(window), judge_of(scorer)
    asked = [
        asyncio.create_task(desk.judge(judge, question("same"), tenant))
        for tenant in ("a", "a", "a", "b")
    ]
    await turns()
    scorer.go.set()
    results = await asyncio.gather(*asked)
    assert scorer.asked == ["same", "same"]  # once for each tenant
    assert [result.score for result in results] == [1.0] * 4
    assert desk.coalesced == 2


async def test_one_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    scorer, window = Slow(), Window(lambda: 10)
    desk, judge = desk_over(window), judge_of(scorer)
    leaves, stays = (asyncio.create_task(desk.judge(judge, question("q"), "t")) for _ in range(2))
    await turns()
    leaves.cancel()
    await turns()
    scorer.go.set()
    assert (await stays).score == 1.0
    assert scorer.cancelled == 0


async def test_the_last_who_leaves_stops_the_question() -> None:
    scorer, window = Slow(), Window(lambda: 10)
    desk, judge = desk_over(window), judge_of(scorer)
    asked = [asyncio.create_task(desk.judge(judge, question("q"), "t")) for _ in range(2)]
    await turns()
    for task in asked:
        task.cancel()
    await turns()
    assert (scorer.cancelled, window.in_flight) == (1, 0)


@pytest.mark.parametrize(("name", "times"), [("fine", 1), ("poison", 2)])
async def test_results_are_kept_for_a_while_but_failures_are_not(name: str, times: int) -> None:
    scorer, window = Slow(), Window(lambda: 10)
    scorer.go.set()
    desk, judge = desk_over(window, cache=10), judge_of(scorer)
    for _ in range(2):
        await desk.judge(judge, question(name), "t")
    assert len(scorer.asked) == times


async def test_the_cache_forgets_what_was_not_asked_for_longest() -> None:
    scorer, window = Slow(), Window(lambda: 10)
    scorer.go.set()
    desk, judge = desk_over(window, cache=2), judge_of(scorer)
    for name in ("a", "b", "a", "c", "a", "b"):
        await desk.judge(judge, question(name), "t")
    assert scorer.asked == ["a", "b", "c", "b"]


async def test_a_full_desk_takes_nothing_in() -> None:
    desk = desk_over(Window(lambda: 1), places=10)
    desk.take_in("a", 5)
    with pytest.raises(Full, match="5 of yours are open, of at most 5"):
        desk.take_in("a", 1)
    desk.take_in("b", 5)
    with pytest.raises(Full, match="10 in all, of at most 10"):
        desk.take_in("c", 1)
    desk.let_go("a", 5)
    desk.take_in("c", 5)
    assert desk.open == {"b": 5, "c": 5}
