"""Send webhooks until told to stop: `python -m services.webhooks`."""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor

from ingot import log
from ingot.settings import Settings, load_settings
from services.database.pool import open_pool
from services.database.ready import ready_database
from services.database.vault import open_vault
from services.webhooks.sender import Sender, Terms
from services.webhooks.sending import TIMEOUT_S, Courier

logger = logging.getLogger(__name__)
_NAMES_AT_ONCE = 64
"""Names that are looked up side by side: a slow server of names holds up its own endpoints only."""


def main(terms: Terms | None = None, *, timeout_s: float = TIMEOUT_S) -> None:
    """Run one sender until it is told to stop."""
    log.configure(json_lines=True)
    asyncio.run(send(load_settings(), terms, timeout_s))


async def send(settings: Settings, terms: Terms | None, timeout_s: float) -> None:
    """Open what a sender needs, and close it when it has stopped."""
    vault = open_vault(settings)
    url = await ready_database(settings)
    pool = await open_pool(url, size=2)  # one takes, one writes
    courier = Courier(allow_private=settings.webhooks_to_private_addresses, timeout_s=timeout_s)
    sender = Sender(pool, url, vault, courier, terms)
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_NAMES_AT_ONCE))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, sender.stop)
    try:
        await sender.run()
        logger.info("sender stopped")
    finally:
        await courier.close()
        await pool.close()


if __name__ == "__main__":
    main()
