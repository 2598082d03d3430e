"""What an answer brings about: flags for a QA lead, and nothing else."""

from typing import Any

from evidence_texts import BRIDGE, BRIDGE_EDITED, GARDEN, MODEL_ONE, MODEL_TWO
from reviewing import query

from services.database.pool import Pool, transaction
from services.review.evidence.service import after_answer

PROMPT = [{"role": "user", "content": "Why do bridges hum in the wind?"}]
WRITE = {"wanted": "answer", "brief": "Explain it to a child.", "prompt": PROMPT}
PASTED = {"typed": 5, "pasted": [{"chars": 600, "source": "outside"}]}


async def _look(pool: Pool, assignment: str) -> list[tuple[str, str]]:
    async with transaction(pool) as conn:
        await after_answer(conn, assignment)
    rows = await query(
        pool, "SELECT rule, severity FROM flag WHERE assignment_id = %s ORDER BY rule", assignment
    )
    return [(row["rule"], row["severity"]) for row in rows]


async def test_a_persons_own_text_is_not_flagged(pool: Pool, answered: Any) -> None:
    assignment = await answered("write", WRITE, {"text": GARDEN}, writing={"typed": len(GARDEN)})
    assert await _look(pool, assignment) == []


async def test_a_text_pasted_from_outside_opens_a_question(pool: Pool, answered: Any) -> None:
    assignment = await answered("write", WRITE, {"text": GARDEN}, writing=PASTED)
    assert await _look(pool, assignment) == [("pasted_outside", "review")]


async def test_a_flag_changes_no_answer_and_no_pay(pool: Pool, answered: Any) -> None:
    assignment = await answered("write", WRITE, {"text": GARDEN}, writing=PASTED)
    tables = (
        "assignment",
        "review_task",
        "response",
        "work_ledger",
        "void_request",
        "adjudication",
    )
    before = [await query(pool, f"SELECT * FROM {table}") for table in tables]
    assert await _look(pool, assignment)
    assert [await query(pool, f"SELECT * FROM {table}") for table in tables] == before


async def test_anothers_text_with_a_few_words_changed_is_suspect(pool: Pool, answered: Any) -> None:
    first = await answered("write", WRITE, {"text": BRIDGE}, reviewer="ada")
    assert await _look(pool, first) == []
    second = await answered("write", WRITE, {"text": BRIDGE_EDITED}, reviewer="bea")
    assert await _look(pool, second) == [("near_duplicate", "suspect")]
    rows = await query(pool, "SELECT measured FROM flag")
    assert rows[0]["measured"]["other"] == first


async def test_ones_own_text_again_is_no_duplicate(pool: Pool, answered: Any) -> None:
    for _ in range(2):
        assignment = await answered("write", WRITE, {"text": BRIDGE}, reviewer="ada")
        assert await _look(pool, assignment) == []


async def test_queues_are_not_compared_with_each_other(pool: Pool, answered: Any) -> None:
    item = {"prompt": PROMPT, "completion": [{"role": "assistant", "content": "Wind."}]}
    await _look(pool, await answered("write", WRITE, {"text": BRIDGE}, reviewer="ada"))
    rejected = {"accept": False, "reason": BRIDGE}
    assert await _look(pool, await answered("accept", item, rejected, reviewer="bea")) == []


async def test_what_two_reviewers_quote_from_the_task_is_no_duplicate(
    pool: Pool, answered: Any
) -> None:
    item = {"prompt": PROMPT, "completion": [{"role": "assistant", "content": BRIDGE}]}
    rejected = {"accept": False, "reason": f"It says: {BRIDGE} That is too long."}
    for reviewer in ("ada", "bea"):
        assignment = await answered("accept", item, rejected, reviewer=reviewer)
        assert await _look(pool, assignment) == []


async def test_our_models_answer_to_the_same_prompt_is_suspect(pool: Pool, answered: Any) -> None:
    await answered("pairwise", _pair(MODEL_ONE, MODEL_TWO), {"preference": 1})
    assignment = await answered("write", WRITE, {"text": MODEL_ONE + " That is all."})
    assert await _look(pool, assignment) == [("like_own_models", "suspect")]


async def test_another_labs_models_are_not_looked_at(pool: Pool, answered: Any) -> None:
    await answered("pairwise", _pair(MODEL_ONE, MODEL_TWO), {"preference": 1}, lab="other")
    assert await _look(pool, await answered("write", WRITE, {"text": MODEL_ONE})) == []


async def test_a_prompt_with_a_nul_is_kept_and_not_looked_for(pool: Pool, answered: Any) -> None:
    item = WRITE | {"prompt": [{"role": "user", "content": "why\x00?"}]}
    assert await _look(pool, await answered("write", item, {"text": GARDEN})) == []


async def test_a_program_is_not_looked_at(pool: Pool, answered: Any) -> None:
    assignment = await answered("write", WRITE, {"text": GARDEN}, writing=PASTED, simulated=True)
    assert await _look(pool, assignment) == []


async def test_notes_alone_flag_nothing(pool: Pool, answered: Any) -> None:
    writing = {"typed": 300, "pasted": [{"chars": 300, "source": "outside"}]}
    assignment = await answered("write", WRITE, {"text": GARDEN}, writing=writing)
    assert await _look(pool, assignment) == []


async def test_a_decided_flag_is_not_measured_anew(pool: Pool, answered: Any) -> None:
    assignment = await answered("write", WRITE, {"text": GARDEN}, writing=PASTED)
    await _look(pool, assignment)
    await query(pool, "UPDATE flag SET state = 'dismissed', resolved_by = 'eve', measured = '{}'")
    await _look(pool, assignment)
    rows = await query(pool, "SELECT state, measured FROM flag")
    assert [(row["state"], row["measured"]) for row in rows] == [("dismissed", {})]


def _pair(a: str, b: str) -> dict[str, Any]:
    return {
        "prompt": PROMPT,
        "a": [{"role": "assistant", "content": a}],
        "b": [{"role": "assistant", "content": b}],
    }
