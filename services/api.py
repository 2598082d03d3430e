"""The web service: ordering for labs, review for people. Run it with `python -m services.api`."""

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingot import log
from ingot.settings import Settings, load_settings
from services.database.embedded import start_embedded
from services.database.migrate import migrate
from services.database.pool import Pool, open_pool, transaction
from services.ordering import endpoints as ordering
from services.ordering import problems
from services.ordering.bodies import LimitBodies
from services.review import endpoints as review

logger = logging.getLogger(__name__)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def create_app(pool: Pool | None, settings: Settings) -> FastAPI:
    """The application over a pool; with None it opens, migrates and closes its own database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = pool or await open_pool(await _ready_database(settings))
        try:
            yield
        finally:
            if pool is None:
                await app.state.pool.close()

    app = FastAPI(title="Ingot", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.include_router(ordering.router)
    app.include_router(review.router)
    app.include_router(review.page)
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    app.add_api_route("/readyz", _ready, include_in_schema=False)
    app.add_middleware(LimitBodies, except_path=ordering.UPLOAD_PATH)
    app.add_middleware(SecureHeaders)
    problems.add_handlers(app)
    return app


class SecureHeaders:
    """Gives every response the headers that keep browsers from guessing, framing and keeping it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what the response does not set itself."""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, secured if scope["type"] == "http" else send)


async def _ready_database(settings: Settings) -> str:
    url = settings.database_url.get_secret_value()
    url = url or await asyncio.to_thread(start_embedded, settings.home)
    applied = await migrate(url)
    logger.info("database ready migrations_applied=%d", applied)
    return url


async def _alive() -> dict[str, str]:
    return {"status": "ok"}


async def _ready(request: Request) -> Response:
    async with transaction(request.app.state.pool) as conn:
        await conn.execute("SELECT 1")
    return Response('{"status":"ready"}', media_type="application/json")


def main() -> None:
    """Serve until told to stop."""
    settings = load_settings()
    parser = argparse.ArgumentParser(prog="python -m services.api", description=__doc__)
    parser.add_argument("--host", default=settings.host)
    parser.add_argument("--port", type=int, default=settings.api_port)
    options = parser.parse_args()
    log.configure(json_lines=settings.environment == "production")
    uvicorn.run(
        create_app(None, settings),
        host=options.host,
        port=options.port,
        access_log=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
