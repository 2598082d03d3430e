"""States as people say them, and days."""

from datetime import datetime

ORDER = {
    "placed": "placed",
    "instructions_review": "guidelines in review",
    "calibrating": "calibrating",
    "calibrated": "calibrated",
    "active": "active",
    "paused": "paused",
    "in_dispute": "in dispute",
    "completing": "completing",
    "closed": "closed",
    "cancelled": "cancelled",
}
BATCH = {
    "planned": "planned",
    "generating": "generating",
    "judging": "judging",
    "calibrating": "people calibrate",
    "in_review": "people review",
    "assembling": "assembling",
    "delivered": "waits for your word",
    "failed": "failed",
    "accepted": "accepted",
    "partly_accepted": "partly accepted",
    "rejected": "rejected",
    "settled": "settled",
    "cancelled": "cancelled",
}
_TONES = {
    "delivered": "warn",
    "paused": "warn",
    "in_dispute": "bad",
    "failed": "bad",
    "late": "bad",
    "rejected": "bad",
    "settled": "good",
    "closed": "good",
    "active": "good",
    "paid": "good",
    "dead": "bad",
    "open": "warn",
    "accepted": "good",
}


def tone(state: str) -> str:
    """The colour of a state's badge, '' for none."""
    return _TONES.get(state, "")


def day(at: datetime | None) -> str:
    """A day, a dash where there is none."""
    return "–" if at is None else f"{at:%-d %b %Y}"
