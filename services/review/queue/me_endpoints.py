"""REST of oneself: the day's figures and one's settings."""

from fastapi import APIRouter

from ingot.errors import ReviewError
from services.accounts.access import Member, Transaction
from services.review.queue import me_repository as repository
from services.review.queue.schemas import Me, Settings
from services.web.problems import responses

router = APIRouter(prefix="/v1/me", tags=["review"], responses=responses(401, 403, 422, 503))


@router.get("")
async def me(conn: Transaction, who: Member) -> Me:
    """Your own numbers and settings."""
    return Me(
        pseudonym=who.pseudonym,
        simulated=who.simulated,
        roles=tuple(sorted(who.roles)),
        **await repository.figures(conn, who.pseudonym),
    )


@router.put("/settings", responses=responses(409))
async def put_settings(conn: Transaction, who: Member, settings: Settings) -> Settings:
    """Keep your settings of the page."""
    if not await repository.save_settings(conn, who.pseudonym, settings.model_dump()):
        raise ReviewError("an API key keeps no settings: log in with an account")
    return settings
