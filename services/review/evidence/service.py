"""After an answer: look for evidence, and ask a QA lead where it is graver than a note."""

from services.database.pool import Connection, Row
from services.review.evidence import answers, repository
from services.review.evidence.assess import Written, assess
from services.review.evidence.found import Evidence
from services.review.evidence.likeness import MIN_RUNS
from services.review.evidence.words import sketch
from services.review.evidence.writing import Writing

MODELS = 6
"""Answers of models that a text is compared with, of the newest tasks."""


async def after_answer(conn: Connection, assignment_id: str) -> list[Evidence]:
    """Flag what an answer shows, in the transaction that stores it.

    It changes no answer, no state and no pay. Notes alone flag nothing; beside something graver
    they are kept with it. Programs' answers are marked as such, and are not looked at.
    """
    answer = await repository.read_answer(conn, assignment_id)
    if answer is None or not answers.has_text(answer["kind"], answer["answer"], answer["comment"]):
        return []
    found = assess(await _gather(conn, answer))
    if all(evidence.severity == "note" for evidence in found):
        return []
    await repository.flag(conn, assignment_id, found)
    return found


async def _gather(conn: Connection, answer: Row) -> Written:
    kind, item = answer["kind"], answer["payload"]
    text = answers.text_of(kind, answer["answer"], answer["comment"])
    writing = Writing.model_validate(answer["writing"]) if answer["writing"] else None
    alone = Written(kind, item, text, writing)
    if len(alone.own_runs) < MIN_RUNS:
        return alone
    near = await repository.remember(conn, answer, sketch(answer["queue_id"], alone.own_runs))
    others = {row["id"]: answers.text_of(kind, row["answer"], row["comment"]) for row in near}
    return Written(kind, item, text, writing, await _models(conn, answer), others)


async def _models(conn: Connection, answer: Row) -> list[str]:
    prompt = answers.prompt_answered(answer["kind"], answer["payload"])
    if not prompt:
        return []
    tasks = await repository.same_prompt(conn, answer, prompt)
    return [text for task in tasks for text in answers.model_answers(task["payload"])][:MODELS]
