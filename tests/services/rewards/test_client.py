import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rewarding import ScriptedEngine, Service

from ingot.errors import IngotError, OrderError
from ingot.rewards import RewardClient, async_reward_func, reward_func
from ingot.rewards import client as client_module

SUM = "What is 2 + 2?"


@pytest.fixture
def client(service: Service) -> Iterator[RewardClient]:
    with RewardClient(service.url, service.keys["lab"], timeout_s=30, patience_s=30) as made:
        yield made


async def test_the_trainers_lists_become_scores_in_order(client: RewardClient) -> None:
    score = reward_func(client, judge="answer", columns={"reference": "solution"})
    logged: dict[str, Any] = {}
    found = score(
        prompts=[SUM, SUM, "1 + 1?"],
        completions=["#### 4", "dunno", "#### 3"],
        completion_ids=[[1], [2], [3]],
        solution=["4", "4", 2],
        trainer_state=object(),
        log_metric=logged.__setitem__,
        log_extra=logged.__setitem__,
    )
    assert found == [1.0, None, 0.0]
    assert logged["ingot_answer/unscored"] == pytest.approx(1 / 3)
    assert logged["ingot_answer_verdict"] == ["right", "unsure", "wrong"]
    assert score.__name__ == "ingot_answer"


async def test_conversations_are_read_whatever_their_turns_carry(client: RewardClient) -> None:
    prompt = [{"role": "user", "content": [{"type": "text", "text": SUM}]}]
    turns = [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "4", "name": "sum"},
        {"role": "assistant", "content": "The answer is 4."},
    ]
    score = async_reward_func(client, judge="answer")
    assert await score(prompts=[prompt], completions=[turns], reference=["4"]) == [1.0]


async def test_judges_that_compare_see_the_whole_group(new_service: Any) -> None:
    engine = ScriptedEngine(taste=lambda p: 0.9 if p.index("good") < p.index("other") else 0.1)
    service = await new_service(engine=engine)
    with RewardClient(service.url, service.keys["lab"]) as client:
        score = reward_func(client, judge="pairs")
        found = score(prompts=["p"] * 2 + ["q"] * 2, completions=["good", "other"] * 2)
    assert found == [pytest.approx(value) for value in (0.9, 0.1, 0.9, 0.1)]


async def test_long_lists_go_in_portions_and_keep_their_order(
    client: RewardClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PORTION", 7)
    items = [{"completions": [f"#### {n % 2}"], "reference": "1"} for n in range(50)]
    results = client.rewards("answer", items)
    assert [result["index"] for result in results] == list(range(50))
    assert [result["completions"][0]["score"] for result in results] == [0.0, 1.0] * 25


async def test_results_are_streamed_with_their_places(client: RewardClient) -> None:
    items = [{"completions": ["#### 4"], "reference": "4", "id": f"i{n}"} for n in range(5)]
    lines = list(client.stream("answer", items))
    assert sorted(line["index"] for line in lines) == [0, 1, 2, 3, 4]
    with pytest.raises(OrderError, match="no judge 'x'"):
        list(client.stream("x", items))


async def test_a_busy_service_is_waited_for(
    client: RewardClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    limiter = service.app.state.limiter
    key = service.keys["lab"].split("_")[2]
    limiter.begin(key, 61_000)  # a debt of a second

    def sleep(pause_s: float) -> None:
        pauses.append(pause_s)
        limiter.undo(key, 61_000)

    clock = SimpleNamespace(monotonic=time.monotonic, sleep=sleep)
    monkeypatch.setattr(client_module, "time", clock)

    (result,) = client.rewards("answer", [{"completions": ["#### 4"], "reference": "4"}])
    assert result["completions"][0]["score"] == 1.0
    assert len(pauses) == 1
    assert pauses[0] >= 1  # as long as Retry-After said


async def test_what_asking_again_cannot_mend_is_raised_at_once(
    client: RewardClient, service: Service
) -> None:
    with pytest.raises(OrderError, match="no judge 'x'"):
        client.rewards("x", [{"completions": ["a"]}])
    with (
        RewardClient(service.url, "ing_wrong_key") as stranger,
        pytest.raises(IngotError, match="no valid API key"),
    ):
        stranger.rewards("answer", [{"completions": ["a"]}])


def test_a_service_that_is_not_there_is_an_error_in_the_end() -> None:
    with (
        RewardClient("http://127.0.0.1:9", "ing_x", patience_s=0.6) as client,
        pytest.raises(IngotError, match=r"did not answer within 1 s and \d attempts"),
    ):
        client.rewards("answer", [{"completions": ["a"]}])


def test_nothing_heavy_is_loaded_by_the_client_or_the_service() -> None:
    program = (
        "import sys, {}; print(*sorted({{'torch', 'vllm', 'transformers'}} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    for module in ("ingot.rewards", "services.rewards.app", "judging.verifiers.choose"):
        done = subprocess.run(
            [sys.executable, "-c", program.format(module)],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
        )
        assert done.stdout.strip() == "", module
