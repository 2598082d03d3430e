from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from cooking import Cooked, ScriptedModel, cook, last_text

from generation.engines.openai import OpenAIEngine
from generation.flow.item import Aids
from generation.ingredients import steering
from generation.recipes.topic_tree import TOPICS, topic_tree
from ingot.records import Instruction, Sampling

POOL = [{"topic": "Sea"}, {"topic": " Land/Shore "}]


def say(form: dict[str, object], finish_reason: str = "stop") -> dict[str, Any]:
    message = {"role": "assistant", "content": orjson.dumps(form).decode()}
    return {"index": 0, "finish_reason": finish_reason, "message": message}


def topic_of(body: dict[str, Any]) -> str:
    return last_text(body).rpartition("Topic: ")[2]


def is_growing(body: dict[str, Any]) -> bool:
    return last_text(body).startswith("Name ")


def grow(body: dict[str, Any]) -> dict[str, Any]:
    """Two subtopics for each topic, and a new request about it for each seed."""
    topic = topic_of(body)
    if is_growing(body):
        name = topic.split()[-1]
        return say({"subtopics": [f"old {name}", f"new {name}"]})
    return say({"request": f"Request {body['seed']} that is about {topic}"})


async def plant(
    folder: Path, quantity: int = 8, reply: Any = grow, pool: Any = POOL, **parameters: object
) -> tuple[Cooked, list[dict[str, Any]]]:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url, window_start=4, window_max=4)
        cooked = await cook(
            topic_tree, engine, folder, quantity=quantity, pool=pool, parameters=parameters
        )
    return cooked, model.asked


async def test_an_item_walks_down_to_a_leaf_and_writes_there(tmp_path: Path) -> None:
    cooked, _ = await plant(tmp_path, 1, pool=POOL[:1])
    [made] = cooked.records(Instruction)
    assert made.domain in {f"Sea/{a} Sea/{b} Sea" for a in ("old", "new") for b in ("old", "new")}
    assert made.text.endswith(f"about {made.domain.replace('/', ': ')}")


async def test_each_topic_is_grown_once_for_all_items(tmp_path: Path) -> None:
    cooked, asked = await plant(tmp_path, 40)
    grown = [topic_of(body) for body in asked if is_growing(body)]
    assert sorted(grown) == sorted(set(grown))
    assert len(grown) == 2 + 4
    assert len(cooked.records(Instruction)) == 40


async def test_the_walk_follows_what_is_thin_among_the_accepted(tmp_path: Path) -> None:
    cooked, _ = await plant(tmp_path, 160, lag=1, depth=1)
    held = Counter(i.domain for i in cooked.records(Instruction))
    assert len(held) == 4
    assert max(held.values()) - min(held.values()) <= 16  # two even draws of 80 differ by more


async def test_another_run_makes_the_same(tmp_path: Path) -> None:
    one, _ = await plant(tmp_path / "one", 30, lag=4)
    two, _ = await plant(tmp_path / "two", 30, lag=4)
    assert [i.id for i in one.records(Instruction)] == [i.id for i in two.records(Instruction)]


class Compass:
    """An encoder that knows north from south."""

    def encode(self, texts: list[str]) -> Any:
        return np.asarray([[1, 0] if "North" in text else [0, 1] for text in texts], np.float32)


async def test_with_an_encoder_the_meaning_of_the_accepted_steers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "ROUND", 4)
    pool, parameters = [{"topic": "North"}, {"topic": "South"}], {"depth": 0, "lag": 1}

    def write(body: dict[str, Any]) -> dict[str, Any]:
        way = "North" if body["seed"] % 8 else "South"  # whatever the topic is
        return say({"request": f"Request {body['seed']} that is about going {way}"})

    with ScriptedModel(write) as model:
        engine = OpenAIEngine("m", model.url, window_start=4, window_max=4)
        aids = Aids(encoder=Compass())
        cooked = await cook(
            topic_tree, engine, tmp_path, quantity=90, pool=pool, parameters=parameters, aids=aids
        )
    drawn = Counter(i.domain for i in cooked.records(Instruction))
    assert drawn["South"] > 2 * drawn["North"]


async def test_a_slash_in_a_name_begins_no_level(tmp_path: Path) -> None:
    cooked, _ = await plant(tmp_path, 2, pool=POOL[1:], depth=0)
    assert {i.domain for i in cooked.records(Instruction)} == {"Land-Shore"}


@pytest.mark.parametrize("form", [{"subtopics": []}, {"subtopics": [" "]}, {"topics": ["deep"]}])
async def test_a_topic_without_subtopics_is_a_leaf(form: dict[str, object], tmp_path: Path) -> None:
    cooked, asked = await plant(tmp_path, 4, lambda b: say(form) if is_growing(b) else grow(b))
    assert {i.domain for i in cooked.records(Instruction)} <= {"Sea", "Land-Shore"}
    assert sum(map(is_growing, asked)) <= 2


async def test_equal_and_surplus_subtopics_are_left_out(tmp_path: Path) -> None:
    names = ["Deep  sea", "deep sea", "Shoals", "Reefs"]
    cooked, _ = await plant(
        tmp_path,
        20,
        lambda b: say({"subtopics": names}) if is_growing(b) else grow(b),
        pool=POOL[:1],
        depth=1,
        branches=3,
    )
    assert {i.domain for i in cooked.records(Instruction)} == {"Sea/deep sea", "Sea/Shoals"}


@pytest.mark.parametrize(
    ("form", "finish_reason", "reason"),
    [
        ({"request": "Name four big fishes"}, "stop", "too_short"),
        ({"text": "Name four big fishes please"}, "stop", "malformed"),
        ({"request": "x" * 1501}, "stop", "malformed"),
        ({"re": "x"}, "length", "cut_off"),
    ],
)
async def test_what_is_no_request_is_dropped(
    form: dict[str, object], finish_reason: str, reason: str, tmp_path: Path
) -> None:
    cooked, _ = await plant(
        tmp_path, 1, lambda b: grow(b) if is_growing(b) else say(form, finish_reason)
    )
    assert set(cooked.facts["dropped"]) == {reason}


async def test_ours_serve_where_the_order_brings_none(tmp_path: Path) -> None:
    cooked, _ = await plant(tmp_path, 120, pool=[{"other": "x"}], depth=0)
    assert {i.domain for i in cooked.records(Instruction)} == set(TOPICS)


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    cooked = await cook(
        topic_tree,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        pool=POOL,
        parameters={"depth": 1, "branches": 3},
        sampling=Sampling(max_tokens=96),
    )
    made = cooked.records(Instruction)
    assert len(made) >= 4
    assert {i.domain.partition("/")[0] for i in made} <= {"Sea", "Land-Shore"}
    assert all(len(i.provenance.requests) == 2 for i in made)
