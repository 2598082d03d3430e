"""What a format writes it reads again: ids, items and answers."""

from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interoping import ANSWERS, item, queue_of, says

from services.review.interop.argilla_settings import dataset
from services.review.interop.formats import IMPORTS
from services.review.interop.label_studio_config import label_config
from services.review.interop.questions import questions, slugs
from services.review.interop.shapes import InteropFault
from services.review.kinds import KINDS, AnswerFault, ItemFault

FORMATS = list(IMPORTS)
TOOLS = ["label_studio", "argilla"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
filled = texts.filter(bool)
turns = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant"]), "content": texts},
        optional={
            "tool_calls": st.just([{"id": "1", "name": "look", "arguments": "{}"}]),
        },
    ),
    min_size=1,
    max_size=3,
)
scores = st.fixed_dictionaries(
    {criterion.name: st.integers(0, 4) for criterion in KINDS["attributes"].preset.criteria}
)
ticks = {"flags": st.lists(st.sampled_from(["unsafe", "private", "broken"]), unique=True)}
completions = {"prompt": turns, "completion": turns}
items = {
    "pairwise": {"prompt": turns, "a": turns, "b": turns},
    "write": {"wanted": st.just("answer"), "brief": texts, "prompt": turns},
    **{kind: completions for kind in ("attributes", "rating", "accept", "rewrite")},
}
answers = {
    "pairwise": {"preference": st.integers(-3, 3)},
    "attributes": {"scores": scores},
    "rating": {"score": st.integers(1, 5)},
    "accept": {"accept": st.just(False), "reason": st.text("abc", min_size=10)},
    "rewrite": {"text": filled.filter(str.strip)},
    "write": {"text": filled.filter(str.strip)},
}


def task(content: dict[str, Any], said: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    about = {
        "comment": "",
        "guideline_n": 1,
        "active_ms": 1500,
        "simulated": False,
        "counted": True,
        "answered_at": "2026-01-02T03:04:05+00:00",
    }
    given = [
        {"reviewer": f"r{n}", "label": "", "answer": each, **about} for n, each in enumerate(said)
    ]
    return {
        "task_id": "rvt_1",
        "item_id": "it-1",
        "purpose": "asked",
        "state": "done",
        "guideline_n": 1,
        "priority": 2.5,
        "overlap": 1,
        "created_at": "2026-01-02T03:04:05+00:00",
        "item": content,
        "answers": given,
        "adjudication": None,
        **fields,
    }


def written(name: str, row: dict[str, Any], queue: Any) -> Any:
    [record] = IMPORTS[name].write(row, queue)
    return orjson.loads(orjson.dumps(record))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", list(ANSWERS))
@given(data=st.data())
def test_ids_items_and_answers_survive_the_round_trip(name, kind, data):
    queue = queue_of(kind)
    drawn = data.draw(st.fixed_dictionaries(items[kind], optional={"instructions": texts}))
    content = queue.kind.read_item(drawn).model_dump(mode="json", exclude_defaults=True)
    raw = [{**data.draw(st.fixed_dictionaries(answers[kind], optional=ticks))} for _ in range(2)]
    if kind == "rewrite":
        content["completion"] = says("something else")
    said = [queue.kind.read_answer(each, content, queue.rubric) for each in raw]
    back = IMPORTS[name].read(written(name, task(content, said), queue), queue)
    assert (back.item_id, back.priority) == ("it-1", 2.5)
    assert queue.kind.read_item(back.item) == queue.kind.read_item(content)
    assert [queue.kind.read_answer(a, content, queue.rubric) for a in back.answers] == said


@pytest.mark.parametrize("name", FORMATS)
def test_what_an_adjudicator_decided_is_the_answer(name):
    queue = queue_of("rating")
    decided = {
        "reviewer": "judge",
        "answer": {"score": 1},
        "active_ms": 0,
        "simulated": False,
        "answered_at": "2026-01-02T03:04:05+00:00",
    }
    row = task(item("rating"), [{"score": 5}, {"score": 2}], adjudication=decided)
    back = IMPORTS[name].read(written(name, row, queue), queue)
    assert [answer["score"] for answer in back.answers] == [1]


@pytest.mark.parametrize("name", FORMATS)
def test_answers_that_do_not_count_are_not_passed_on(name):
    queue = queue_of("rating")
    row = task(item("rating"), [{"score": 5}, {"score": 2}])
    row["answers"][0]["counted"] = False
    back = IMPORTS[name].read(written(name, row, queue), queue)
    assert [answer["score"] for answer in back.answers] == [2]


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("kind", ["ranking", "turns", "trajectory", "facts"])
def test_a_kind_that_other_tools_cannot_show_is_refused(name, kind):
    with pytest.raises(InteropFault, match="format=jsonl"):
        list(IMPORTS[name].write(task({}, []), queue_of(kind)))


def test_label_studios_bare_numbers_skips_and_own_ids_are_understood():
    raw = {
        "id": 17,
        "data": {"prompt": "Is basil a weed?", "completion": "No."},
        "predictions": [1, 2],
        "annotations": [
            3,
            {"was_cancelled": True, "result": []},
            {"result": [{"type": "number", "value": {"number": 4}, "from_name": "score"}]},
        ],
    }
    back = IMPORTS["label_studio"].read(raw, queue_of("rating"))
    assert back.item_id == "17"
    assert back.item["prompt"] == [{"role": "user", "content": "Is basil a weed?"}]
    assert back.item["completion"] == says("No.")
    assert back.answers == [{"score": 4}]


@pytest.mark.parametrize(("side", "preference"), [("left", -1), ("right", 1)])
def test_label_studios_own_pairwise_tag_is_read(side, preference):
    region = {"type": "pairwise", "from_name": "pairwise", "value": {"selected": side}}
    raw = {"id": 1, "data": item("pairwise"), "annotations": [{"result": [region]}]}
    [answer] = IMPORTS["label_studio"].read(raw, queue_of("pairwise")).answers
    assert answer == {"preference": preference}


def test_an_export_for_label_studio_claims_no_truth_and_no_people_it_does_not_know():
    queue = queue_of("rating")
    record = written("label_studio", task(item("rating"), [{"score": 5}]), queue)
    [annotation] = record["annotations"]
    assert annotation["ground_truth"] is False
    assert not {"id", "completed_by"} & set(annotation)
    assert record["predictions"] == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", FORMATS)
@given(junk=anything, part=anything)
def test_junk_is_refused_or_read_and_never_a_crash(name, junk, part):
    queue = queue_of("accept")
    inside = {
        "jsonl": {"item_id": "a", "item": part, "answers": [junk]},
        "label_studio": {
            "data": {"prompt": part},
            "meta": junk,
            "annotations": [{"result": [{"type": "choices", "value": {"choices": part}}, junk]}],
        },
        "argilla": {
            "fields": {"prompt": part},
            "metadata": junk,
            "responses": [{"status": "submitted", "values": {"accept": {"value": part}}}],
        },
    }[name]
    for raw in (junk, inside):
        try:
            back = IMPORTS[name].read(raw, queue)
            queue.kind.read_item(back.item)
        except (ItemFault, AnswerFault):
            pass


def test_the_interface_for_label_studio_is_sound_whatever_the_rubric_says():
    criteria = [
        {"name": "$data", "about": '<&\x01">', "low": 1, "high": 3},
        {"name": "$", "low": -2, "high": 2},
    ]
    queue = queue_of("attributes", {"criteria": criteria})
    view = ET.fromstring(label_config(queue))
    assert [element.get("maxRating") for element in view.iter("Rating")] == ["3"]
    choices = [each.get("alias") for each in view.iter("Choice")]
    assert choices[:5] == ["-2", "-1", "0", "1", "2"]
    assert not [each for each in view.iter("Header") if str(each.get("value")).startswith("$")]


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("tie", [True, False])
def test_a_preference_offers_what_the_rubric_allows(steps, tie):
    [asked, *_] = questions(queue_of("pairwise", {"steps": steps, "tie": tie}))
    wanted = [n for n in range(-steps, steps + 1) if n or tie]
    assert [int(option.value) for option in asked.options] == wanted
    assert len({option.text for option in asked.options}) == len(wanted)


def test_argilla_asks_scores_below_0_as_labels():
    criteria = [{"name": "tone", "low": -1, "high": 1}]
    settings = dataset(queue_of("rating", {"criteria": criteria}))["questions"][0]["settings"]
    assert settings["type"] == "label_selection"
    row = task(item("rating"), [{"score": -1}])
    queue = queue_of("rating", {"criteria": criteria})
    record = written("argilla", row, queue)
    assert record["responses"][0]["values"] == {"score": {"value": "-1"}}
    assert IMPORTS["argilla"].read(record, queue).answers == [{"score": -1}]


@given(st.lists(st.text(min_size=1, max_size=4) | st.sampled_from(["a", "A", "a_2", "flags"])))
def test_no_two_criteria_get_one_name(names):
    made = slugs(names)
    assert len({*made, "reasons", "flags"}) == len(names) + 2
