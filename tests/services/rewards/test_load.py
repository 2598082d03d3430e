import asyncio
import time
from typing import Any

import pytest
from rewarding import PAIRS, ScriptedEngine, Service, leave, until

from ingot.engine import Generated, Request
from ingot.errors import ModelError

PAIR = {"prompt": "p", "completions": ["a", "b"]}


class GoneEngine(ScriptedEngine):
    """An engine whose process has died."""

    async def generate(self, request: Request) -> Generated:
        raise ModelError("secret detail")


def pairs(count: int, name: str = "") -> dict[str, Any]:
    """A body with so many different pairs."""
    items = [{"prompt": f"{name}{n}", "completions": ["a", "b"]} for n in range(count)]
    return {"judge": "pairs", "items": items}


async def test_all_requests_share_one_full_window(new_service: Any) -> None:
    engine = ScriptedEngine(capacity=8, delay_s=0.02)
    service = await new_service(engine=engine)
    await asyncio.gather(
        *(service.lab.post("/v1/preferences", json=pairs(1, f"{n}-")) for n in range(12)),
        service.other_lab.post("/v1/preferences", json=pairs(12, "other")),
    )
    assert engine.most == 8
    assert len(engine.asked) == 48


async def test_a_large_batch_does_not_starve_a_small_one(new_service: Any) -> None:
    engine = ScriptedEngine(capacity=4, delay_s=0.01)
    service = await new_service(engine=engine)
    large = asyncio.create_task(service.lab.post("/v1/preferences", json=pairs(200)))
    await until(lambda: len(engine.asked) > 8)
    await service.other_lab.post("/v1/preferences", json=pairs(3, "small"))
    assert not large.done()
    assert len(engine.asked) < 100
    await leave(large)


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
async def test_a_client_that_leaves_takes_its_work_along(new_service: Any, accept: str) -> None:
    engine = ScriptedEngine(capacity=4, held=True)
    service: Service = await new_service(engine=engine)
    desk = service.app.state.bench.desk
    request = asyncio.create_task(
        service.lab.post("/v1/preferences", json=pairs(50), headers={"Accept": accept})
    )
    await until(lambda: engine.in_flight == 4)
    assert desk.open == {"acme": 50}
    await leave(request)
    await until(lambda: desk.open.total() == 0)
    await until(lambda: engine.cancelled == 4)
    assert len(engine.asked) == 4
    assert service.app.state.limiter._keys.popitem()[1].requests == 0


async def test_a_full_queue_says_when_to_come_again(new_service: Any) -> None:
    limits = {"open_per_tenant": 8_192, "open": 8_192}
    engine = ScriptedEngine(held=True)
    service = await new_service({**PAIRS, "limits": limits}, engine)
    item = {"prompt": "p", "completions": list("abcdefgh")}  # 28 pairs
    bodies = [
        {"judge": "pairs", "items": [item | {"prompt": f"{n} {m}"} for m in range(292)]}
        for n in range(2)
    ]
    first = asyncio.create_task(service.lab.post("/v1/preferences", json=bodies[0]))
    await until(lambda: engine.in_flight > 0)
    refused = await service.lab.post("/v1/preferences", json=bodies[1])
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert "8176 of yours are open, of at most 8192" in refused.json()["detail"]
    assert refused.headers["Content-Type"] == "application/problem+json"
    await leave(first)


async def test_items_a_minute_are_limited_by_key(new_service: Any) -> None:
    service = await new_service({**PAIRS, "limits": {"items_per_minute": 10}})
    served = await service.lab.post("/v1/preferences", json=pairs(8))
    assert served.headers["RateLimit-Policy"].startswith('"items";q=10;w=60')
    assert served.headers["RateLimit"].startswith('"items";r=2;t=')
    refused = await service.lab.post("/v1/preferences", json=pairs(8))
    assert refused.status_code == 429
    assert "8 of 10 items a minute are used" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert '"items";r=2' in refused.headers["RateLimit"]
    assert (await service.other_lab.post("/v1/preferences", json=pairs(8))).status_code == 200


async def test_tokens_a_minute_are_limited_by_key(new_service: Any) -> None:
    service = await new_service({**PAIRS, "limits": {"tokens_per_minute": 100}})
    assert (await service.lab.post("/v1/preferences", json=pairs(4))).status_code == 200
    refused = await service.lab.post("/v1/preferences", json=pairs(1))
    assert refused.status_code == 429
    assert "of 100 tokens a minute are used" in refused.json()["detail"]


async def test_requests_at_once_are_limited_by_key(new_service: Any) -> None:
    engine = ScriptedEngine(held=True)
    service = await new_service({**PAIRS, "limits": {"requests": 1}}, engine)
    first = asyncio.create_task(service.lab.post("/v1/preferences", json=pairs(1)))
    await until(lambda: engine.in_flight > 0)
    assert (await service.lab.post("/v1/preferences", json=pairs(1))).status_code == 429
    engine.release()
    assert (await first).status_code == 200
    assert (await service.lab.post("/v1/preferences", json=pairs(1))).status_code == 200


async def test_equal_completions_are_asked_once(new_service: Any) -> None:
    engine = ScriptedEngine(delay_s=0.01)
    service = await new_service(engine=engine)
    items = [PAIR] * 20
    answer = await service.preferences("pairs", items)
    assert len(engine.asked) == 2  # both orders
    assert len({each["comparisons"][0]["score"] for each in answer["items"]}) == 1
    assert answer["usage"]["tokens"] == 2 * 26


async def test_slow_code_does_not_hold_up_quick_answers(service: Service) -> None:
    endless = {
        "completions": ["def f(x):\n    while True: pass"],
        "reference": '{"entry_point": "f", "cases": [{"args": [1], "expected": 1}]}',
    }
    body = {"judge": "code", "items": [endless]}
    slow = asyncio.create_task(service.lab.post("/v1/rewards", json=body))
    await until(lambda: service.app.state.bench.desk.windows["programs"].in_flight == 1)
    started_s = time.monotonic()
    await service.rewards("answer", [{"completions": ["#### 4"], "reference": "4"}] * 100)
    assert not slow.done()
    assert time.monotonic() - started_s < 9  # the sandbox gives up after ten
    await leave(slow)


async def test_metrics_count_what_happened(service: Service) -> None:
    items = [{"completions": ["#### 4", "dunno"], "reference": "4"}]
    await service.rewards("answer", items)
    await service.anonymous.get("/v1/rewards/judges/made-up")
    text = (await service.anonymous.get("/metrics")).text
    assert 'ingot_rewards_questions_total{judge="answer",outcome="scored"} 1' in text
    assert 'ingot_rewards_questions_total{judge="answer",outcome="unsure"} 1' in text
    assert 'ingot_rewards_requests_total{route="/v1/rewards",status="200"} 1' in text
    assert 'ingot_rewards_requests_total{route="other",status="404"} 1' in text
    assert 'ingot_rewards_request_seconds_count{route="/v1/rewards"} 1' in text
    assert 'ingot_rewards_waiting_questions{window="engine local"} 0' in text
    assert service.keys["lab"] not in text


async def test_it_is_ready_while_its_engine_lives(new_service: Any) -> None:
    service = await new_service(engine=GoneEngine())
    assert (await service.anonymous.get("/healthz")).json() == {"status": "ok"}
    assert (await service.anonymous.get("/readyz")).json() == {"status": "ready"}
    answer = await service.preferences("pairs", [PAIR])
    assert "is not there now" in answer["items"][0]["comparisons"][0]["failure"]
    response = await service.anonymous.get("/readyz")
    assert response.status_code == 503
    assert "engine local" in response.json()["detail"]
    assert "secret" not in response.text


async def test_no_body_is_endless(service: Service) -> None:
    async def endless() -> Any:
        for _ in range(80):
            yield b" " * 2**20

    response = await service.lab.post("/v1/rewards", content=endless())
    assert response.status_code == 413
