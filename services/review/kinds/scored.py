"""What the kinds that score by criteria share."""

from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import Criterion


def require_score(pointer: str, score: int, criterion: Criterion) -> None:
    """Refuse a score outside of its criterion."""
    if not criterion.low <= score <= criterion.high:
        raise AnswerFault(
            pointer,
            f"{score:.0f} is not on the scale of {criterion.name!r}: "
            f"give {criterion.low} to {criterion.high}",
        )
