from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from labels import is_judging, labelled
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.recipes.best_of_n import best_of_n
from ingot.records import Completion, Instruction, JudgeKind, Preference, Sampling

SUM = {"prompt": "What is 2 + 3?", "reference": "5", "verifier": "answer", "domain": "add"}


def drawn(*texts: str) -> Any:
    """The samples of one prompt by the order of their seeds, and no judge."""
    seeds: dict[int, str] = {}
    left = iter(texts)
    return lambda body: seeds.setdefault(body["seed"], next(left, texts[-1]))


async def pick(
    reply: Any, folder: Path, row: Mapping[str, object] = SUM, **parameters: object
) -> Cooked:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        roles = {"writer": [engine], "judge": [engine]}
        parameters = {"samples": 4} | parameters
        aids = real_verifiers()
        return await cook(
            best_of_n, roles, folder, quantity=1, rows=[row], parameters=parameters, aids=aids
        )


async def test_a_program_picks_right_over_wrong_and_counts_difficulty(tmp_path: Path) -> None:
    texts = ("#### 6", "It is 5.\n#### 5", "#### 5", "#### 5")
    cooked = await pick(drawn(*texts), tmp_path)
    (known,), (best,), (pair,) = (
        cooked.records(Instruction), cooked.records(Completion), cooked.records(Preference)
    )  # fmt: skip
    assert (known.difficulty, known.domain, pair.domain) == (0.25, "add", "add")
    assert pair.chosen == best.messages
    assert (best.text.endswith("#### 5"), pair.rejected[-1].content) == (True, "#### 6")
    assert (pair.source, pair.confidence, pair.margin) == (JudgeKind.VERIFIER, 1.0, 1.0)
    assert (pair.provenance.judge, pair.provenance.model) == ("answer", "m")


async def test_answers_that_no_program_can_read_are_not_wrong(tmp_path: Path) -> None:
    cooked = await pick(drawn("#### 5", "Who knows?", "#### 5", "#### 5"), tmp_path)
    assert cooked.records(Instruction)[0].difficulty == 0
    assert len(cooked.records(Completion)) == 1
    assert not cooked.records(Preference)


async def test_all_right_gives_the_answer_alone_or_is_dropped(tmp_path: Path) -> None:
    kept = await pick(lambda body: "#### 5", tmp_path / "kept")
    dropped = await pick(lambda body: "#### 5", tmp_path / "dropped", pairs_only=True)
    assert (len(kept.records(Completion)), kept.records(Preference)) == (1, [])
    assert dropped.facts["dropped"] == {"all_right": 1}


async def test_all_wrong_is_dropped(tmp_path: Path) -> None:
    cooked = await pick(lambda body: "#### 6", tmp_path)
    assert cooked.facts["dropped"] == {"all_wrong": 1}


async def test_cut_off_and_empty_answers_are_no_candidates(tmp_path: Path) -> None:
    cut = {"index": 0, "finish_reason": "length", "message": {"content": "#### 5"}}
    cooked = await pick(drawn(cut, cut, " ", " "), tmp_path)  # type: ignore[arg-type]
    assert cooked.facts["dropped"] == {"no_whole_answer": 1}


def graded(shares: Mapping[str, Mapping[str, float]], texts: tuple[str, ...]) -> Any:
    write = drawn(*texts)

    def reply(body: dict[str, Any]) -> Any:
        if not is_judging(body):
            return write(body)
        answer = last_text(body).partition("Answer:\n")[2]
        return labelled(next(each for text, each in shares.items() if answer.startswith(text)))

    return reply


async def test_a_judge_picks_by_expected_level(tmp_path: Path) -> None:
    shares = {"good": {"8": 0.5, "9": 0.5}, "fair": {"5": 1.0}, "bad": {"2": 0.9, "9": 0.1}}
    reply = graded(shares, ("fair", "good", "bad", "fair"))
    cooked = await pick(reply, tmp_path, {"prompt": "Say something."})
    (pair,) = cooked.records(Preference)
    assert (pair.chosen[-1].content, pair.rejected[-1].content) == ("good", "bad")
    assert pair.margin == pytest.approx(8.5 - (0.9 * 2 + 0.1 * 9))
    assert pair.confidence == pytest.approx(0.9 + 0.1 * 0.5 * 0.5)
    assert cooked.records(Instruction)[0].difficulty is None
    assert [len(each.provenance.requests) for each in cooked.records(Completion)] == [1]
    assert len(pair.provenance.requests) == 4


@pytest.mark.parametrize(("level", "reason"), [("5", {}), ("6", {"small_margin": 1})])
async def test_the_margin_has_two_sides(tmp_path: Path, level: str, reason: dict[str, int]) -> None:
    reply = graded({"good": {"7": 1.0}, "less": {level: 1.0}}, ("good", "less"))
    cooked = await pick(
        reply, tmp_path, {"prompt": "Hi"}, samples=2, min_margin=1.5, pairs_only=True
    )
    assert cooked.facts["dropped"] == reason


async def test_a_label_that_is_hardly_named_is_no_grade(tmp_path: Path) -> None:
    reply = graded({"a": {"9": 0.3, "1": 0.19}}, ("a",))
    assert (await pick(reply, tmp_path, {"prompt": "Hi"})).facts["dropped"] == {"undecided": 1}


async def test_without_a_judge_unreadable_answers_are_undecided(tmp_path: Path) -> None:
    with ScriptedModel(lambda body: "Who knows?") as model:
        cooked = await cook(
            best_of_n, OpenAIEngine("m", model.url), tmp_path, quantity=1, rows=[SUM],
            aids=real_verifiers(),
        )  # fmt: skip
    assert cooked.facts["dropped"] == {"undecided": 1}


async def test_equal_texts_make_no_pair(tmp_path: Path) -> None:
    reply = graded({"a": {"9": 1.0}}, ("a",))
    cooked = await pick(reply, tmp_path, {"prompt": "Hi"}, pairs_only=True)
    assert cooked.facts["dropped"] == {"same_text": 1}


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    rows = [
        {"prompt": f"What is {n} + {n + 20}?", "reference": str(2 * n + 20), "verifier": "answer"}
        for n in range(31, 35)
    ]
    cooked = await cook(
        best_of_n,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        rows=rows,
        sampling=Sampling(max_tokens=96),
        aids=real_verifiers(),
    )
    facts = cooked.facts
    assert (facts["accepted"] + sum(facts["dropped"].values()), facts["failed"]) == (4, {})
    assert set(facts["dropped"]) <= {"all_wrong", "undecided", "no_whole_answer"}
    assert len(cooked.draws) == 32
    for best in cooked.records(Completion):
        (request,) = best.provenance.requests
        (draw,) = (draw for draw in cooked.draws if draw["key"] == request)
        assert (draw["text"].strip(), draw["seed"]) == (best.text, best.provenance.seed)
