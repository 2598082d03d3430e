import asyncio
import resource

import pytest
from fixtures_endpoints import Reply, Script, completion, refusal

from benchmarks.mock.raw import generation, measure_raw
from benchmarks.mock.server import MockServer
from benchmarks.mock.settings import MockSettings
from generation.engines.openai import OpenAIEngine
from generation.engines.openai.gate import Gate
from generation.engines.openai.open_files import SPARED, most_connections
from generation.engines.openai.window import LEAST_PAUSE_STEPS, SETTLED_STEPS, Window
from ingot.engine import Request, stream
from ingot.records import Message, Sampling

TOKENS = 100


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def play_step(window: Window, clock: Clock, tokens_per_s: float, *, full: bool = True) -> int:
    """One step at this speed; the size after it."""
    answers = max(window.size // 2, 8)
    in_flight = window.size if full else window.size // 2
    clock.now_s += answers * TOKENS / tokens_per_s
    for _ in range(answers):
        window.answered(TOKENS, in_flight)
    return window.size


def started(size: int = 100) -> tuple[Window, Clock]:
    clock = Clock()
    return Window(start=size, most=1000, clock=clock), clock


def test_it_grows_while_that_brings_more_and_takes_the_last_growth_back() -> None:
    window, clock = started()
    sizes = [play_step(window, clock, speed) for speed in (1000, 1500, 2000, 2059)]
    assert sizes == [151, 227, 341, 227]


def test_a_gain_just_over_the_threshold_is_a_gain() -> None:
    window, clock = started()
    assert [play_step(window, clock, speed) for speed in (1000, 1031)] == [151, 227]


def test_a_settled_window_tries_again_after_a_while() -> None:
    window, clock = started()
    for _ in range(1 + 1 + SETTLED_STEPS - 1):
        play_step(window, clock, 1000)
    assert window.size == 100
    assert play_step(window, clock, 1000) == 151


def test_it_never_exceeds_the_most() -> None:
    window, clock = started(900)
    assert play_step(window, clock, 1000) == 1000
    assert play_step(window, clock, 2000) == 1000


def test_a_window_that_is_not_used_up_says_nothing() -> None:
    window, clock = started()
    for _ in range(5):
        assert play_step(window, clock, 1000, full=False) == 100


def test_it_shrinks_once_for_all_that_was_sent_before() -> None:
    window, clock = started()
    sent = [window.send() for _ in range(3)]
    clock.now_s += 1
    window.answered(TOKENS, 100)
    for each in sent:
        window.refused(each)
    assert window.size == 70
    window.answered(TOKENS, 70)
    clock.now_s += 1
    window.refused(window.send())
    assert window.size == 49


def test_an_endpoint_that_refuses_everything_does_not_shrink_it_to_nothing() -> None:
    window, clock = started()
    for _ in range(60):
        clock.now_s += 1
        window.refused(window.send())
    assert window.size == 70


def test_it_grows_again_after_a_pause_that_doubles_when_growing_fails() -> None:
    window, clock = started()
    pauses = []
    for _ in range(3):
        clock.now_s += 1
        window.refused(window.send())
        shrunk, steps = window.size, 0
        while window.size == shrunk:
            play_step(window, clock, 1000)
            steps += 1
        pauses.append(steps)
    assert pauses == [LEAST_PAUSE_STEPS, 2 * LEAST_PAUSE_STEPS, 4 * LEAST_PAUSE_STEPS]


def test_a_time_out_leaves_as_many_as_were_answered_in_the_time() -> None:
    window, clock = started()
    sent = window.send()
    clock.now_s += 300
    for _ in range(30):
        window.answered(TOKENS, 100)
    window.timed_out(sent)
    assert window.size == 30


def test_a_time_out_amid_many_answers_shrinks_it_as_a_refusal_does() -> None:
    window, clock = started()
    sent = window.send()
    play_step(window, clock, 1000, full=False)
    play_step(window, clock, 1000, full=False)
    window.timed_out(sent)
    assert window.size == 70


@pytest.mark.parametrize(("waiting", "size"), [(50, 100), (51, 70)])
def test_a_queue_over_half_the_window_shrinks_it(waiting: int, size: int) -> None:
    window, _ = started()
    window.told_waiting(waiting, in_flight=100)
    assert window.size == size


def test_a_queue_counts_again_only_once_the_last_shrinking_shows() -> None:
    window, _ = started()
    for in_flight in (100, 100, 71):
        window.told_waiting(90, in_flight)
        assert window.size == 70
    window.told_waiting(90, 70)
    assert window.size == 49


def test_the_queue_of_others_leaves_a_part() -> None:
    window, _ = started(40)
    for _ in range(5):
        window.told_waiting(900, in_flight=0)
    assert window.size == 32


def test_it_does_not_grow_while_anything_waits() -> None:
    window, clock = started()
    window.told_waiting(1, in_flight=100)
    assert play_step(window, clock, 1000) == 100
    window.told_waiting(0, in_flight=100)
    assert play_step(window, clock, 1000) == 151


async def test_the_gate_holds_back_and_lets_retries_go_first() -> None:
    gate, order = Gate(Window(start=1, most=1)), []
    await gate.enter(again=False)

    async def come(name: str, *, again: bool) -> None:
        await gate.enter(again=again)
        order.append(name)
        gate.leave()

    coming = [asyncio.create_task(come(n, again=n == "again")) for n in ("one", "two", "again")]
    await asyncio.sleep(0)
    coming[0].cancel()
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.gather(*coming, return_exceptions=True)
    assert (order, gate.in_flight) == (["again", "two"], 0)


async def test_a_place_given_to_one_who_leaves_is_given_on() -> None:
    gate = Gate(Window(start=1, most=1))
    await gate.enter(again=False)
    first, second = (asyncio.create_task(gate.enter(again=False)) for _ in range(2))
    await asyncio.sleep(0)
    gate.leave()
    first.cancel()
    await second
    assert gate.in_flight == 1


@pytest.mark.usefixtures("hurried")
async def test_what_rests_makes_room_for_others(script: Script) -> None:
    endpoint = await script(refusal(429, "later", "Retry-After: 30"), completion())
    async with OpenAIEngine("m", endpoint.url, window_start=10, window_max=10) as engine:
        request = Request((Message(role="user", content="Hm?"),), Sampling())
        resting = asyncio.create_task(engine.generate(request))
        while not engine._gate.resting:
            await asyncio.sleep(0.01)
        assert (engine.capacity, engine._gate.in_flight) == (engine._window.size + 1, 0)
        assert (await engine.generate(request)).text == "44"
        resting.cancel()


def test_the_window_fits_into_the_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: asked.append(limits))
    for limits, fits in (((256, 512), 512 - SPARED), ((256, 9999), 1000), ((9999, 9999), 1000)):
        monkeypatch.setattr(resource, "getrlimit", lambda kind, given=limits: given)
        assert most_connections(1000) == fits
    assert asked == [(512, 512), (1000 + SPARED, 9999)]


async def test_no_queue_is_looked_for_where_none_is_told(script: Script) -> None:
    endpoint = await script(completion(), route=_slow)
    async with OpenAIEngine("m", endpoint.url) as engine:
        request = Request((Message(role="user", content="Hm?"),), Sampling())
        asking = asyncio.create_task(engine.generate(request))
        await asyncio.sleep(0.01)
        for _ in range(3):
            await engine._look()
        await asking
    assert [asked.path for asked in endpoint.asked].count("/metrics") == 1


def _slow(asked: object) -> Reply | None:
    path = getattr(asked, "path", "")
    return Reply(200, completion().body, after_s=0.1) if "completions" in path else None


async def test_against_slots_it_settles_and_keeps_them_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("generation.engines.openai.engine.LOOK_INTERVAL_S", 0.1)
    settings = MockSettings(slots=32, base_ms=10, token_ms=0.5)
    requests = [
        Request((Message(role="user", content=f"{n}"),), Sampling(max_tokens=2048), seed=n)
        for n in range(800)
    ]
    with MockServer(settings) as server:
        bodies = [generation(f"{n}", seed=n) for n in range(800)]
        raw = await asyncio.to_thread(measure_raw, server, bodies)
        server.reset()
        async with OpenAIEngine("mock", server.endpoint, window_start=256) as engine:
            async for _ in stream(engine, requests):
                pass
            assert 32 <= engine._window.size <= 3 * 32
            assert engine.slots == 32
        ours = server.stats()
    assert (ours.completed, ours.repeated) == (800, 0)
    busy = [each.busy_slot_seconds / each.seconds / 32 for each in (ours, raw)]
    assert busy[0] > 0.9 * busy[1]
