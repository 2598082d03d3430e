from collections.abc import Callable

import pytest

from services.rewards.desk import Full
from services.rewards.limits import Bucket, Limiter, Quota


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def limiter(clock: Callable[[], float], **fields: int) -> Limiter:
    quota = {"items_per_minute": 60, "tokens_per_minute": 600, "requests": 2, **fields}
    return Limiter(Quota(**quota), clock=clock)


def test_a_bucket_fills_by_the_minute_and_no_further() -> None:
    bucket = Bucket(60, 0.0)
    bucket.take(60, 0.0)
    assert [bucket.remaining(t) for t in (0.0, 0.5, 1.0, 30.0, 600.0)] == [0, 0, 1, 30, 60]


def test_the_wait_is_the_time_until_it_is_there() -> None:
    bucket = Bucket(60, 0.0)
    bucket.take(55, 0.0)
    assert (bucket.wait_s(5, 0.0), bucket.wait_s(6, 0.0), bucket.wait_s(25, 0.0)) == (0, 1, 20)


def test_more_than_a_minutes_worth_is_taken_when_the_bucket_is_full() -> None:
    bucket = Bucket(60, 0.0)
    assert bucket.wait_s(500, 0.0) == 0
    bucket.take(500, 0.0)
    assert bucket.remaining(0.0) == -440
    assert bucket.wait_s(1, 0.0) == 441


def test_items_over_the_limit_are_refused_with_what_was_used() -> None:
    clock = Clock()
    limits = limiter(clock)
    limits.begin("k", 50)
    limits.end("k")
    with pytest.raises(
        Full, match="50 of 60 items a minute are used, and this asks for 20"
    ) as full:
        limits.begin("k", 20)
    assert full.value.retry_after_s == 10
    clock.now_s += 10
    limits.begin("k", 20)


def test_tokens_are_paid_afterwards_and_the_debt_is_waited_for() -> None:
    clock = Clock()
    limits = limiter(clock)
    limits.begin("k", 1)
    limits.spend("k", 1_000)
    limits.end("k")
    with pytest.raises(Full, match="1000 of 600 tokens a minute are used") as full:
        limits.begin("k", 1)
    assert full.value.retry_after_s == 41
    clock.now_s += 41
    limits.begin("k", 1)


def test_requests_at_once_are_counted() -> None:
    limits = limiter(Clock())
    limits.begin("k", 1)
    limits.begin("k", 1)
    with pytest.raises(Full, match="2 requests of this key are open"):
        limits.begin("k", 1)
    limits.end("k")
    limits.begin("k", 1)


def test_a_refused_request_costs_nothing() -> None:
    limits = limiter(Clock())
    limits.begin("k", 40)
    limits.undo("k", 40)
    limits.begin("k", 60)


def test_keys_do_not_share() -> None:
    limits = limiter(Clock())
    limits.begin("mine", 60)
    limits.begin("yours", 60)


def test_headers_say_the_policy_and_what_is_left() -> None:
    limits = limiter(Clock())
    limits.begin("k", 20)
    limits.spend("k", 700)
    assert limits.headers("k") == {
        "RateLimit-Policy": '"items";q=60;w=60, "tokens";q=600;w=60',
        "RateLimit": '"items";r=40;t=20, "tokens";r=0;t=70',
    }


def test_idle_keys_are_forgotten_but_not_those_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.rewards.limits._KEYS", 2)
    limits = limiter(Clock())
    limits.begin("busy", 10)
    for key in ("a", "b", "c"):
        limits.begin(key, 60)
        limits.end(key)
    limits.begin("a", 60)  # forgotten, so full again
    assert '"items";r=50' in limits.headers("busy")["RateLimit"]
