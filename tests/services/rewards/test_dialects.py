from typing import Any

import httpx
import pytest
from rewarding import Service

from services.rewards.dialects.openrlhf import completion_in

PROMPT = "<|im_start|>user\nWhat is 2 + 2?<|im_end|>\n<|im_start|>assistant\n"


def by_url(service: Service, path: str) -> str:
    """The address as a trainer gets it: the key inside, no header."""
    return service.url.replace("http://", f"http://x:{service.keys['lab']}@") + path


async def post(url: str, body: Any) -> Any:
    async with httpx.AsyncClient(verify=False, timeout=30) as client:
        response = await client.post(url, json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_openrlhf_gets_its_form_with_the_key_in_the_url(service: Service) -> None:
    body = {
        "query": [f"{PROMPT}#### 4<|im_end|>\n", f"<s>{PROMPT}#### 5<|im_end|><|endoftext|>"],
        "prompts": [PROMPT, PROMPT],
        "labels": ["4", 4],
    }
    answer = await post(by_url(service, "/v1/rewards/openrlhf?judge=answer"), body)
    assert answer["rewards"] == answer["scores"] == [1.0, 0.0]
    assert answer["extra_logs"] == {"unscored": [0.0, 0.0], "judge_tokens": [0.0, 0.0]}


async def test_openrlhf_gets_null_or_the_number_it_named_where_nothing_is_known(
    service: Service,
) -> None:
    body = {
        "query": [f"{PROMPT}no idea", "another text"],
        "prompts": [PROMPT, PROMPT],
        "labels": ["4", "4"],
    }
    url = by_url(service, "/v1/rewards/openrlhf?judge=answer")
    answer = await post(url, body)
    assert answer["rewards"] == answer["scores"] == [None, None]
    assert answer["extra_logs"]["unscored"] == [1.0, 1.0]
    answer = await post(f"{url}&unscored=-1.5", body)
    assert answer["rewards"] == answer["scores"] == [-1.5, -1.5]


async def test_an_old_openrlhf_sends_the_queries_alone(service: Service) -> None:
    url = by_url(service, "/v1/rewards/openrlhf?judge=answer")
    answer = await post(url, {"query": ["#### 4"], "labels": ["4"], "prompts": None})
    assert answer["rewards"] == [1.0]


@pytest.mark.parametrize(
    "body",
    [
        {"query": ["a", "b"], "prompts": ["a"]},
        {"query": []},
        {"query": "a"},
        [],
    ],
)
async def test_openrlhf_lists_must_fit(service: Service, body: Any) -> None:
    response = await service.lab.post("/v1/rewards/openrlhf?judge=answer", json=body)
    assert response.status_code == 422


@pytest.mark.parametrize("unscored", ["nan", "inf", "none"])
async def test_what_stands_for_nothing_is_a_number(service: Service, unscored: str) -> None:
    url = f"/v1/rewards/openrlhf?judge=answer&unscored={unscored}"
    assert (await service.lab.post(url, json={"query": ["a"]})).status_code == 422


async def test_a_judge_that_compares_is_refused(service: Service) -> None:
    for path in ("openrlhf", "verl"):
        response = await service.lab.post(f"/v1/rewards/{path}?judge=pairs", json={"query": ["a"]})
        assert "compares" in response.json()["detail"]


@pytest.mark.parametrize(
    ("query", "prompt", "completion"),
    [
        ("pq", "p", "q"),
        ("p a <|im_end|>\n<|endoftext|>", "p", " a"),
        ("p a </s></s>", "p", " a"),
        ("p a <|im_end|> b", "p", " a <|im_end|> b"),
        ("p", "p", ""),
        ("q", "p", None),
        ("all of it", "", "all of it"),
    ],
)
def test_the_completion_is_what_follows_the_prompt(
    query: str, prompt: str, completion: str | None
) -> None:
    assert completion_in(query, prompt) == completion


async def test_verl_gets_one_object_for_one_and_a_list_for_a_list(service: Service) -> None:
    sample = {
        "data_source": "openai/gsm8k",
        "solution_str": "#### 4",
        "ground_truth": "4",
        "extra_info": {"index": 7, "question": "2 + 2", "num_turns": None},
    }
    url = by_url(service, "/v1/rewards/verl?judge=answer")
    right = {"score": 1.0, "unscored": 0, "verdict": "right", "reason": "equal numbers"}
    assert await post(url, sample) == right
    lost = sample | {"solution_str": "?", "extra_info": None}
    found = await post(url, [sample, lost, {"solution_str": 5}, 7])
    assert [each["score"] for each in found] == [1.0, None, None, None]
    assert [each["unscored"] for each in found] == [0, 1, 1, 1]
    assert "solution_str" in found[2]["reason"]
    assert {frozenset(each) for each in found} == {frozenset(right)}  # verl logs by name
    assert (await post(f"{url}&unscored=0", lost))["score"] == 0.0


async def test_verl_may_bring_a_prompt_in_turns_and_any_truth(service: Service) -> None:
    sample = {
        "solution_str": "[1, 2]",
        "ground_truth": [1, 2],
        "extra_info": {"prompt": [{"role": "user", "content": "list them"}]},
    }
    assert (await post(by_url(service, "/v1/rewards/verl?judge=answer"), sample))["unscored"] in (
        0,
        1,
    )
