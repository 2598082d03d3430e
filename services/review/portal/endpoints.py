"""All pages of the portal, under /portal."""

from fastapi import APIRouter

from services.review.portal import (
    accounts,
    adjudication,
    answers,
    assets,
    entry,
    guidelines,
    home,
    lead,
    me,
)

router = APIRouter(include_in_schema=False)
for part in (entry, home, me, adjudication, answers, lead, guidelines, accounts, assets):
    router.include_router(part.router)
