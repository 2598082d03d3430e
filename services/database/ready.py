"""A database that can be used at once."""

import asyncio
import logging

from ingot.settings import Settings
from services.database.embedded import start_embedded
from services.database.migrate import migrate

logger = logging.getLogger(__name__)


async def ready_database(settings: Settings) -> str:
    """Start the embedded database where none is named, migrate, and give the URL."""
    url = settings.database_url.get_secret_value()
    url = url or await asyncio.to_thread(start_embedded, settings.home)
    applied = await migrate(url)
    logger.info("database ready migrations_applied=%d", applied)
    return url
