from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook
from labels import is_judging, labelled

from generation.engines.openai import OpenAIEngine
from generation.recipes.backtranslation import backtranslation
from ingot.records import Completion, Instruction, JudgeKind, Judgment

TEXT = "To prune an apple tree, wait for a dry day in late winter. Cut dead wood first. " * 4
ROW = {"id": "web-7", "document": TEXT, "title": "Pruning\napple trees", "url": "https://x.example"}


def write(request: str, scores: Mapping[str, float]) -> Any:
    return lambda body: labelled(scores) if is_judging(body) else request


async def turn_back(
    reply: Any, folder: Path, row: Mapping[str, object] = ROW, **parameters: object
) -> Cooked:
    with ScriptedModel(reply) as model:
        engines = {
            "writer": [OpenAIEngine("m", model.url)],
            "judge": [OpenAIEngine("m2", model.url)],
        }
        return await cook(
            backtranslation, engines, folder, quantity=1, rows=[row], parameters=parameters
        )


async def test_a_text_gets_the_request_that_it_answers(tmp_path: Path) -> None:
    reply = write(" How do I prune an apple tree?\n", {"5": 0.8, "4": 0.15})
    cooked = await turn_back(reply, tmp_path)
    (asked,), (answer,) = cooked.records(Instruction), cooked.records(Completion)
    (judgment,) = cooked.records(Judgment)
    assert (asked.text, answer.text) == ("How do I prune an apple tree?", TEXT.strip())
    assert (asked.provenance.model, asked.provenance.parents) == ("m", ("web-7",))
    assert (answer.provenance.model, answer.provenance.parents) == ("", (asked.id, "web-7"))
    assert (judgment.subject_id, judgment.kind, judgment.judge) == (
        answer.id,
        JudgeKind.JUDGE,
        "m2",
    )
    assert (judgment.verdict, judgment.rationale) == ("5", "expected score 4.84 of 5")
    assert answer.text in cooked.draws[-1]["messages"]


@pytest.mark.parametrize(
    ("request_text", "scores", "reason"),
    [
        ("How?", {"5": 0.45, "4": 0.55}, "low_score"),
        ("How?", {"5": 0.4}, "no_score"),
        ("cut  DEAD wood first", {"5": 1.0}, "copied"),
        (" ", {"5": 1.0}, "empty"),
    ],
)
async def test_each_reason_drops(
    request_text: str, scores: Mapping[str, float], reason: str, tmp_path: Path
) -> None:
    cooked = await turn_back(write(request_text, scores), tmp_path)
    assert cooked.facts["dropped"] == {reason: 1}


async def test_a_request_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "How do I prune an"}
    cut = {"index": 0, "finish_reason": "length", "message": message}
    cooked = await turn_back(lambda body: cut, tmp_path)
    assert cooked.facts["dropped"] == {"cut_off": 1}


async def test_the_score_may_be_half_way_at_least(tmp_path: Path) -> None:
    cooked = await turn_back(write("How?", {"5": 0.5, "4": 0.5}), tmp_path)
    assert cooked.facts["accepted"] == 1


@pytest.mark.parametrize(("words", "made"), [(39, 0), (40, 1)])
async def test_short_texts_are_dropped(words: int, made: int, tmp_path: Path) -> None:
    row = {"document": "wood " * words}
    cooked = await turn_back(write("How?", {"5": 1.0}), tmp_path, row)
    assert cooked.facts["accepted"] == made
    assert cooked.facts["dropped"] == ({} if made else {"too_short": 1})


async def test_a_passage_of_a_long_text_is_cited(tmp_path: Path) -> None:
    parameters = {"max_words": 16, "min_words": 10, "cite": True}
    cooked = await turn_back(write("How?", {"5": 1.0}), tmp_path, **parameters)
    text, _, cited = cooked.records(Completion)[0].text.partition("\n\n[source: ")
    start = TEXT.index(text, int(cited.rpartition("chars ")[2].split("-")[0]))
    place = f"chars {start}-{start + len(text)}"
    assert cited == f"Pruning apple trees, https://x.example, {place}]"


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    rows = [{"document": f"{TEXT} {n}"} for n in range(3)]
    cooked = await cook(
        backtranslation, {"writer": [engine], "judge": [engine]}, tmp_path, quantity=3, rows=rows,
        parameters={"min_score": 1.0},
    )  # fmt: skip
    dropped = cooked.facts["dropped"]
    assert sum(dropped.values()) + cooked.facts["accepted"] == 3
    assert set(dropped) <= {"cut_off", "empty", "no_score"}
    assert not cooked.facts["failed"]
