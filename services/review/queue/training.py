"""Training: each answer is explained, and every `test_items` answers are a try at the skill."""

from services.database.pool import Connection, Row
from services.review.kinds import KINDS
from services.review.queue import gold_repository as repository
from services.review.queue.schemas import Feedback


async def feedback(conn: Connection, assignment: Row, reviewer: str) -> Feedback:
    """What a trainee learns of an answer; the same when asked again."""
    kind = KINDS[assignment["kind"]]
    known = await repository.gold(conn, assignment["task_id"])
    results = await repository.results(conn, reviewer, assignment["queue_id"], assignment["id"])
    score = _score(results, assignment["test_items"])
    return Feedback(
        correct=results[-1],
        expected=kind.on_screen(known["expected"], assignment["payload"], assignment["presented"]),
        why=known["why"],
        answered=len(results),
        test_items=assignment["test_items"],
        score=score,
        passed=None if score is None else score >= assignment["pass_share"],
    )


async def grant(conn: Connection, assignment: Row, reviewer: str, score: float) -> None:
    """Give the skill that this queue is for."""
    fields = {
        "reviewer": reviewer,
        "skill": assignment["grants"],
        "queue_id": assignment["queue_id"],
        "score": score,
    }
    await repository.grant(conn, fields)


def _score(results: list[bool], test_items: int) -> float | None:
    """The share of right answers in the try that the last answer ends; None within a try."""
    if test_items == 0 or len(results) % test_items:
        return None
    return sum(results[-test_items:]) / test_items
