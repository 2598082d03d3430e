from pathlib import Path
from typing import Any

import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from labels import is_judging, labelled

from generation.engines.openai import OpenAIEngine
from generation.flow.item import Aids
from generation.recipes.rewrite import KINDS, RULES, rewrite
from ingot.records import Instruction, Message, Sampling

ROW = {"prompt": "What is 2 + 3?", "reference": "5", "verifier": "answer", "domain": "add"}
WORDS = {kind: f"Please, {kind}: add two and three." for kind in KINDS}


def script(p_same: float = 0.9, answer: str = "5", **texts: Any) -> Any:
    """Rewrite by kind, answer other prompts, and find two texts the same with a probability."""

    def reply(body: dict[str, Any]) -> Any:
        text = last_text(body)
        if is_judging(body):
            yes, no = ("A", "B") if "A: yes" in text else ("B", "A")
            return labelled({yes: p_same, no: 1 - p_same})
        if not text.startswith(RULES):
            return answer
        kind = next(kind for kind, task in KINDS.items() if task in text)
        return (WORDS | texts)[kind]

    return reply


async def rewritten(
    reply: Any, folder: Path, row: Any = ROW, aids: Aids | None = None, **parameters: object
) -> tuple[Cooked, list[dict[str, Any]]]:
    with ScriptedModel(reply) as model:
        engine = OpenAIEngine("m", model.url)
        cooked = await cook(
            rewrite, engine, folder, quantity=1, rows=[row], parameters=parameters, aids=aids
        )
    return cooked, model.asked


async def test_each_prompt_gets_different_kinds(tmp_path: Path) -> None:
    cooked, _ = await rewritten(script(), tmp_path, variants=8)
    assert sorted(i.text for i in cooked.records(Instruction)) == sorted(WORDS.values())


async def test_a_variant_names_its_parent_and_its_own_draw(tmp_path: Path) -> None:
    cooked, _ = await rewritten(script(), tmp_path)
    made, texts = cooked.records(Instruction), {d["key"]: d["text"] for d in cooked.draws}
    old = Instruction(
        messages=(Message(role="user", content="What is 2 + 3?"),), verifier="answer", reference="5"
    )
    assert [i.provenance.parents for i in made] == [(old.id,)] * 3
    assert all([texts[key] for key in i.provenance.requests] == [i.text] for i in made)


@pytest.mark.parametrize(
    ("kind", "known"), [("formal", ("answer", "5")), ("harder", ("", "")), ("easier", ("", ""))]
)
async def test_the_answer_goes_along_where_the_meaning_stays(
    kind: str, known: tuple[str, str], tmp_path: Path
) -> None:
    cooked, asked = await rewritten(script(), tmp_path, kinds=[kind], variants=1)
    [made] = cooked.records(Instruction)
    assert ((made.verifier, made.reference), made.domain) == (known, "add")
    assert len(asked) == (3 if known[1] else 1)


async def test_an_unsure_judge_leaves_the_variant_without_an_answer(tmp_path: Path) -> None:
    known = script()

    def reply(body: dict[str, Any]) -> Any:
        return labelled({"A": 0.9}) if is_judging(body) else known(body)

    cooked, _ = await rewritten(reply, tmp_path, kinds=["terse"], variants=1)
    [made] = cooked.records(Instruction)
    assert (made.text, made.verifier, made.reference) == (WORDS["terse"], "", "")


async def test_a_right_answer_proves_the_meaning_and_spares_the_judge(tmp_path: Path) -> None:
    async def verify(verifier: str, text: str, reference: str) -> bool | None:
        return (verifier, text, reference) == ("answer", "5", "5")

    cooked, asked = await rewritten(
        script(p_same=0.1), tmp_path, aids=Aids(verify=verify), kinds=["terse"], variants=1
    )
    assert [i.reference for i in cooked.records(Instruction)] == ["5"]
    assert not any(is_judging(body) for body in asked)


@pytest.mark.parametrize("verdict", [False, None])
@pytest.mark.parametrize(("p_same", "kept"), [(0.6, 1), (0.4, 0)])
async def test_a_wrong_answer_proves_nothing_and_the_judge_decides(
    verdict: bool | None, p_same: float, kept: int, tmp_path: Path
) -> None:
    async def verify(verifier: str, text: str, reference: str) -> bool | None:
        return verdict

    cooked, _ = await rewritten(
        script(p_same=p_same), tmp_path, aids=Aids(verify=verify), kinds=["terse"], variants=1
    )
    assert len(cooked.records(Instruction)) == kept


TWENTY = " ".join(f"word{n}" for n in range(20))
CUT = {"finish_reason": "length", "message": {"role": "assistant", "content": "Add two"}}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (script(p_same=0.4), "meaning_changed"),
        (script(terse=" "), "empty"),
        (script(terse=CUT), "cut_off"),
        (script(terse="what is 2+3"), "no_change"),
    ],
)
async def test_what_is_no_rewrite_is_dropped(reply: Any, reason: str, tmp_path: Path) -> None:
    cooked, _ = await rewritten(reply, tmp_path, kinds=["terse"], variants=1)
    assert cooked.facts["dropped"] == {reason: 1}


@pytest.mark.parametrize(("changed", "kept"), [(1, 0), (2, 1)])
async def test_likeness_counts_on_both_sides_of_its_limit(
    changed: int, kept: int, tmp_path: Path
) -> None:
    text = " ".join(["other"] * changed + TWENTY.split()[changed:])
    reply, row = script(terse=text), {"prompt": TWENTY}
    cooked, _ = await rewritten(reply, tmp_path, row, kinds=["terse"], variants=1)
    assert len(cooked.records(Instruction)) == kept


async def test_a_variant_said_twice_counts_once(tmp_path: Path) -> None:
    cooked, _ = await rewritten(script(), tmp_path, kinds=["terse"], variants=3)
    assert [i.text for i in cooked.records(Instruction)] == [WORDS["terse"]]


async def test_turns_before_the_last_stay(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Add 2 and 3"}]
    cooked, _ = await rewritten(
        script(), tmp_path, {"messages": turns}, kinds=["terse"], variants=1
    )
    [made] = cooked.records(Instruction)
    assert [m.content for m in made.messages] == ["Be brief.", WORDS["terse"]]


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    rows = [{"prompt": f"What is {n} + {n + 3}?", "domain": "add"} for n in range(20, 24)]
    cooked = await cook(
        rewrite,
        OpenAIEngine("embedded", vllm_server),
        tmp_path,
        rows=rows,
        sampling=Sampling(max_tokens=96),
    )
    made = cooked.records(Instruction)
    assert made
    assert all(i.provenance.parents and len(i.provenance.requests) == 1 for i in made)
    assert sum(cooked.facts["failed"].values()) == 0
