from pathlib import Path
from typing import Any

import orjson
import pytest
from cooking import Cooked, ScriptedModel, cook, last_text
from verifying import real_verifiers

from generation.engines.openai import OpenAIEngine
from generation.recipes.long_context import long_context
from ingot.errors import OrderError
from ingot.records import Instruction

FACT = "The lighthouse of Aldero was built in 1843 by\nthe engineer Mara Quint, who lived there."
DOCUMENT = f"{FACT} It has 211 steps. Its lamp burned oil until the cable came."
OTHERS = [
    {"document": f"Story {n}. " + "Rain fell on the harbour all day. " * 30} for n in range(8)
]
QUOTE = "The lighthouse of Aldero was built in 1843  by the engineer Mara Quint"
ASKED = "In which year was the lighthouse of Aldero built?"


def ask(quote: str = QUOTE, known: str = "Answer: 1790") -> Any:
    def reply(body: dict[str, Any]) -> str:
        if last_text(body).startswith(ASKED):
            return known
        return orjson.dumps({"question": ASKED, "answer": "1843", "quote": quote}).decode()

    return reply


async def seek(reply: Any, folder: Path, document: str = DOCUMENT, quantity: int = 1) -> Cooked:
    pool = [{"id": "light", "document": document}, *OTHERS]
    with ScriptedModel(reply) as model:
        return await cook(
            long_context, OpenAIEngine("m", model.url), folder, quantity=quantity, pool=pool,
            parameters={"context_words": 900}, aids=real_verifiers(),
        )  # fmt: skip


async def test_questions_stand_below_contexts_and_know_their_depth(tmp_path: Path) -> None:
    made = (await seek(ask(), tmp_path, quantity=6)).records(Instruction)
    for each in made:
        context, _, question = each.text.partition("\n\nAnswer from the documents above.\n")
        depth = int(context.index(FACT) / len(context) * 10) * 10
        assert (each.domain, each.reference) == (f"long_context/depth_{depth}", "1843")
        assert question.startswith(ASKED)
        assert 880 <= len(context.split()) - 2 * context.count("Document ") <= 900
        assert each.provenance.parents == ("light",)
    assert len({each.domain for each in made}) > 2


@pytest.mark.parametrize(
    ("reply", "document", "reason"),
    [
        (ask(quote="The lighthouse of Aldero was built in 1844"), DOCUMENT, "not_in_document"),
        (ask(known="Built by Quint.\nAnswer: 1843"), DOCUMENT, "known_without_document"),
        (ask(), "Too little to ask about.", "too_short"),
        (ask(), " ", "no_document"),
    ],
)
async def test_each_reason_drops(reply: Any, document: str, reason: str, tmp_path: Path) -> None:
    cooked = await seek(reply, tmp_path, document)
    assert reason in cooked.facts["dropped"]
    assert not cooked.facts["accepted"]


async def test_what_the_verifier_cannot_tell_is_not_known(tmp_path: Path) -> None:
    cooked = await seek(ask(known="I have never heard of it."), tmp_path)
    assert cooked.facts["accepted"] == 1


async def test_without_documents_there_is_no_order(tmp_path: Path) -> None:
    with (
        ScriptedModel(ask()) as model,
        pytest.raises(OrderError, match="no documents: name a file"),
    ):
        await cook(long_context, OpenAIEngine("m", model.url), tmp_path, aids=real_verifiers())


async def test_it_runs_on_a_real_model(vllm_server: str, tmp_path: Path) -> None:
    engine = OpenAIEngine("embedded", vllm_server)
    pool = [{"document": f"{DOCUMENT} {n}"} for n in range(3)]
    cooked = await cook(long_context, engine, tmp_path, quantity=1, pool=pool)
    assert cooked.facts["accepted"] + sum(cooked.facts["dropped"].values()) >= 1
    assert set(cooked.facts["dropped"]) <= {"cut_off", "malformed", "not_in_document"}
    assert not cooked.facts["failed"]
