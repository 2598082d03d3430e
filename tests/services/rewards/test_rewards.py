import asyncio
from typing import Any

import orjson
import pytest
from rewarding import ScriptedEngine, Service

SUM = {"prompt": "What is 2 + 2?", "reference": "4"}


def scores(answer: dict[str, Any]) -> list[list[float | None]]:
    return [[reward["score"] for reward in item["completions"]] for item in answer["items"]]


async def test_a_verifier_scores_right_1_and_wrong_0_in_order(service: Service) -> None:
    items = [
        SUM | {"completions": ["#### 4", "#### 5"], "id": "first"},
        SUM | {"completions": [[{"role": "assistant", "content": "The answer is 4."}]]},
    ]
    answer = await service.rewards("answer", items)
    assert scores(answer) == [[1.0, 0.0], [1.0]]
    assert [item["id"] for item in answer["items"]] == ["first", ""]
    first = answer["items"][0]["completions"][0]
    assert (first["verdict"], first["probability"], first["failure"]) == ("right", 1.0, None)
    assert answer["usage"] == {"questions": 3, "tokens": 0}


async def test_what_a_verifier_cannot_tell_is_null_and_says_why(service: Service) -> None:
    answer = await service.rewards("answer", [SUM | {"completions": ["I do not know"]}])
    only = answer["items"][0]["completions"][0]
    assert (only["score"], only["probability"]) == (None, None)
    assert (only["abstained"], only["abstained_because"]) == (True, "unsure")
    assert only["reason"] == "no final answer found"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"prompt": 5, "completions": ["x"]}, "prompt"),
        ({"completions": []}, "completions"),
        ({"completions": ["x"], "colour": "red"}, "colour"),
        ({"completions": ["x" * 250_000]}, "completions"),
        ({"completions": ["x" * 150_000] * 2}, "300000 characters"),
        ("not an object", "item"),
    ],
)
async def test_a_bad_item_costs_itself_alone(service: Service, bad: Any, said: str) -> None:
    answer = await service.rewards("answer", [bad, SUM | {"completions": ["#### 4"]}])
    assert said in answer["items"][0]["failure"]
    assert answer["items"][0]["completions"] == []
    assert scores(answer) == [[], [1.0]]


async def test_half_a_surrogate_pair_is_its_items_fault(service: Service) -> None:
    body = (
        b'{"judge": "answer", "items": [{"completions": ["\\ud800"], "reference": "4"},'
        b'{"completions": ["#### 4\\u0000"], "reference": "4"}]}'
    )
    response = await service.lab.post("/v1/rewards", content=body)
    first, second = response.json()["items"]
    assert first["failure"] is not None
    assert len(second["completions"]) == 1


async def test_each_item_may_name_its_verifier(service: Service) -> None:
    items = [
        {"completions": ["no, never"], "reference": '[{"name": "no_comma"}]', "verifier": "nope"},
        SUM | {"completions": ["#### 4"], "verifier": "answer"},
    ]
    first, second = (await service.rewards("verifier", items))["items"]
    assert "no verifier 'nope'" in first["completions"][0]["failure"]
    assert second["completions"][0]["score"] == 1.0


async def test_code_runs_in_the_sandbox(service: Service) -> None:
    tests = orjson.dumps({"entry_point": "f", "cases": [{"args": [2], "expected": 4}]}).decode()
    item = {
        "completions": ["def f(x):\n    return 2 * x", "def f(x):\n    return 5"],
        "reference": tests,
    }
    assert scores(await service.rewards("code", [item])) == [[1.0, 0.0]]


async def test_a_judge_of_pairs_scores_by_the_mean_probability_to_win(
    new_service: Any,
) -> None:
    def likes_longer(prompt: str) -> float:
        return 0.8 if prompt.index("long long") < prompt.index("brief") else 0.2

    service = await new_service(engine=ScriptedEngine(taste=likes_longer))
    answer = await service.rewards(
        "pairs", [{"prompt": "p", "completions": ["brief", "long long"]}]
    )
    assert scores(answer) == [[pytest.approx(0.2), pytest.approx(0.8)]]
    tokens = [reward["tokens"] for reward in answer["items"][0]["completions"]]
    assert sum(tokens) == answer["usage"]["tokens"] == 2 * (15 + 11)


async def test_a_judge_of_pairs_needs_two_completions(service: Service) -> None:
    answer = await service.rewards("pairs", [{"prompt": "p", "completions": ["alone"]}])
    assert "compares" in answer["items"][0]["failure"]


async def test_the_engines_failure_is_no_score(new_service: Any) -> None:
    engine = ScriptedEngine(failure=lambda prompt: "too long" if "poison" in prompt else "")
    service = await new_service(engine=engine)
    items = [
        {"prompt": "p", "completions": ["poison", "b"]},
        {"prompt": "p", "completions": ["a", "b"]},
    ]
    first, second = (await service.rewards("pairs", items))["items"]
    assert [reward["score"] for reward in first["completions"]] == [None, None]
    assert first["completions"][0]["failure"] == "too long"
    assert second["completions"][0]["score"] is not None


async def test_lines_come_as_soon_as_an_item_is_done(new_service: Any) -> None:
    engine = ScriptedEngine(capacity=64, held=True)
    service = await new_service(
        {
            "engines": {"local": {"engine": "openai", "model": "m", "endpoint": "http://x/v1"}},
            "judges": {
                "pairs": {"kind": "pairwise", "engine": "local"},
                "both": {"kind": "cascade", "judges": ["answer", "pairs"]},
            },
        },
        engine,
    )
    hard = {"prompt": "p", "completions": ["unclear", "vague"], "reference": "4"}
    body = {"judge": "both", "items": [hard, SUM | {"completions": ["#### 4", "#### 5"]}]}
    headers = {"Accept": "application/x-ndjson"}
    async with service.lab.stream("POST", "/v1/rewards", json=body, headers=headers) as response:
        lines = response.aiter_lines()
        first = orjson.loads(await asyncio.wait_for(anext(lines), 10))
        engine.release()
        second = orjson.loads(await asyncio.wait_for(anext(lines), 10))
    assert (first["index"], second["index"]) == (1, 0)
    assert [reward["score"] for reward in first["completions"]] == [1.0, 0.0]


async def test_an_unknown_judge_is_named_with_the_known_ones(service: Service) -> None:
    response = await service.lab.post("/v1/rewards", json={"judge": "x", "items": [{}]})
    assert response.status_code == 422
    assert "choose one of answer, code" in response.json()["detail"]
    assert response.json()["errors"][0]["pointer"] == "/judge"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'{"judge": "answer", "items": []}', 422),
        (b'{"judge": "answer", "items": [1], "more": 1}', 422),
    ],
)
async def test_a_bad_frame_is_a_problem_document(
    service: Service, body: bytes, status: int
) -> None:
    response = await service.lab.post("/v1/rewards", content=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_too_many_questions_are_refused(service: Service) -> None:
    items = [{"completions": ["x"] * 64}] * 200
    response = await service.lab.post("/v1/rewards", json={"judge": "answer", "items": items})
    assert response.status_code == 413


async def test_keys_and_roles_as_in_ordering(service: Service) -> None:
    body = {"judge": "answer", "items": [SUM | {"completions": ["#### 4"]}]}
    assert (await service.anonymous.post("/v1/rewards", json=body)).status_code == 401
    assert (await service.reviewer.post("/v1/rewards", json=body)).status_code == 403
    assert (await service.other_lab.post("/v1/rewards", json=body)).status_code == 200


async def test_the_service_describes_itself(service: Service) -> None:
    document = (await service.anonymous.get("/openapi.json")).json()
    assert {"/v1/rewards", "/v1/preferences"} <= set(document["paths"])
    schema = document["paths"]["/v1/rewards"]["post"]["requestBody"]["content"]
    assert "items" in schema["application/json"]["schema"]["properties"]
    judges = (await service.lab.get("/v1/rewards/judges")).json()["judges"]
    assert {"answer": [1, 2], "pairs": [2]}.items() <= {
        judge["name"]: judge["answers"] for judge in judges
    }.items()
