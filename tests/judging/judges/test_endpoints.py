"""Judges over HTTP: a real vLLM server, and APIs that can do less, as scripted endpoints."""

from math import log
from typing import Any

import pytest
from fixtures_endpoints import Asked, Reply, Scripted, completion, refusal

from generation.engines.openai import OpenAIEngine
from judging.judges.pairwise import PairJudge
from judging.judges.pointwise import RubricJudge
from judging.judges.protocol import general_protocol
from judging.judges.rubric import load_rubric
from judging.judges.settled import Asker
from judging.judges.styles import find_style

TOP = {"A": 0.7, "B": 0.2}


def hosted(*, logprobs: bool, schema: bool) -> Any:
    """An API that continues no turn; perhaps without log-probabilities or JSON schemas."""

    def route(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/completions"):
            return None
        body = asked.json
        if "continue_final_message" in body or "structured_outputs" in body:
            return refusal(400, "Unrecognized request argument supplied")
        if "response_format" in body:
            return completion('{"verdict":"B"}') if schema else refusal(400, "no response_format")
        if body.get("logprobs") and logprobs:
            told = [{"token": token, "logprob": log(p)} for token, p in TOP.items()]
            return completion("A", logprobs={"content": [told[0] | {"top_logprobs": told}]})
        return refusal(400, "no logprobs") if body.get("logprobs") else completion("My reasons.")

    return route


async def start(script: Any, **able: bool) -> Scripted:
    return await script(completion(), route=hosted(**able))


async def test_a_hosted_api_gives_probabilities_in_a_turn_of_its_own(script, answered):
    endpoint = await start(script, logprobs=True, schema=False)
    async with OpenAIEngine("m", endpoint.url) as engine:
        asker = Asker(engine, await find_style(engine))
        (judgment,) = await RubricJudge(asker, load_rubric("correctness")).judge([answered()])
    assert asker.style == "turn"
    assert (judgment.verdict, judgment.rationale) == ("wrong", "My reasons.")
    assert judgment.p == pytest.approx(7 / 9)
    assert judgment.label_mass == pytest.approx(0.9)


async def test_without_log_probabilities_a_schema_holds_the_verdict(script, answered):
    endpoint = await start(script, logprobs=False, schema=True)
    async with OpenAIEngine("m", endpoint.url) as engine:
        asker = Asker(engine, await find_style(engine), max_tokens=0, samples=3)
        (judgment,) = await RubricJudge(asker, load_rubric("correctness")).judge([answered()])
    assert asker.style == "json"
    assert (judgment.verdict, judgment.agreement, judgment.label_mass) == ("right", 1.0, None)
    sent = [body for body in endpoint.bodies if body["temperature"] == 1]
    assert len({body["seed"] for body in sent}) == 3


async def test_an_api_that_can_do_nothing_fails_item_by_item(script, answered):
    endpoint = await start(script, logprobs=False, schema=False)
    async with OpenAIEngine("m", endpoint.url) as engine:
        asker = Asker(engine, await find_style(engine), max_tokens=0)
        (judgment,) = await RubricJudge(asker, load_rubric("correctness")).judge([answered()])
    assert asker.style == "choice"
    assert (judgment.verdict, judgment.p, judgment.score) == ("", None, None)
    assert "Unrecognized request argument" in judgment.rationale


async def test_a_vllm_server_holds_a_model_to_labels_that_it_would_not_say(vllm_server, make_pair):
    """The embedded generator never heard of letters: they are not among its 20 likeliest tokens."""
    async with OpenAIEngine("embedded", vllm_server) as engine:
        style = await find_style(engine)
        protocol = general_protocol(max_tokens=0, style=style).model_copy(
            update={"template": "<a>\n{prompt}\n{a}\n{b}\n</a>"}
        )
        held = PairJudge(engine, protocol, way=style, samples=2)
        (judgment,) = await held.judge([make_pair()])
        told = PairJudge(engine, protocol, way="turn")
        (unsure,) = await told.judge([make_pair()])
    assert style == "choice"
    assert (judgment.verdict in ("A", "B"), judgment.label_mass) == (True, None)
    assert judgment.p in (0.5, 0.75, 1.0)
    assert (unsure.verdict, unsure.p) == ("unsure", None)
