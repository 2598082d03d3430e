"""`ingot key`: keys for labs, reviewers and operators."""

import asyncio

from rich.console import Console

from ingot.settings import Settings
from services.accounts.keys import Role, create_key
from services.database.embedded import start_embedded
from services.database.migrate import migrate
from services.database.pool import connect


def make_key(
    settings: Settings, console: Console, role: Role, tenant: str, pseudonym: str, *, test: bool
) -> None:
    """Make a key in the database of the settings, or of this home, and print it."""
    url = settings.database_url.get_secret_value() or start_embedded(settings.home)
    made = asyncio.run(_make(url, role, tenant, pseudonym, test))
    console.print(made, highlight=False, soft_wrap=True)


async def _make(url: str, role: Role, tenant: str, pseudonym: str, test: bool) -> str:
    await migrate(url)
    async with await connect(url) as conn:
        return await create_key(conn, role, tenant, pseudonym, test=test)
