"""REST of quality."""

from fastapi import APIRouter

from services.review.quality.rest import (
    adjudication,
    ending,
    figures,
    flags,
    gold,
    guidelines,
    mine,
    skills,
    voids,
)

router = APIRouter()
for part in (guidelines, skills, gold, adjudication, ending, voids, flags, figures, mine):
    router.include_router(part.router)
