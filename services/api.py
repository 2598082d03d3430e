"""The web service: ordering for labs, review for people. Run it with `python -m services.api`."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request, Response

from ingot import log
from ingot.settings import Settings, load_settings
from services.accounts import endpoints as accounts
from services.accounts import key_endpoints as keys
from services.contracts.batches import endpoints as contract_batches
from services.contracts.guidelines import endpoints as guidelines
from services.contracts.orders import endpoints as contracts
from services.contracts.quotes import endpoints as quotes
from services.credentials import endpoints as credentials
from services.database.pool import Pool, open_pool, transaction
from services.database.ready import ready_database
from services.exclusivity import endpoints as signing
from services.exports import endpoints as downloads
from services.exports import operation_endpoints as operations
from services.files import endpoints as files
from services.money import endpoints as money
from services.ordering import endpoints as ordering
from services.portal import endpoints as lab_pages
from services.rehearsal import endpoints as rehearsal
from services.review import endpoints as review
from services.review.interop.endpoints import IMPORT_PATH
from services.review.page.serve import page
from services.review.portal import endpoints as portal
from services.review.portal.faults import add_handlers as answer_with_pages
from services.web import problems
from services.web.bodies import LimitBodies
from services.web.openapi import Service
from services.web.secure_headers import SecureHeaders
from services.web.versions import Versioned
from services.webhooks import endpoints as webhooks

_PARTS = (
    ordering,
    files,
    quotes,
    contracts,
    credentials,
    guidelines,
    contract_batches,
    downloads,
    operations,
    signing,
    money,
    rehearsal,
    accounts,
    keys,
    webhooks,
)


def create_app(pool: Pool | None, settings: Settings) -> FastAPI:
    """The application over a pool; with None it opens, migrates and closes its own database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = pool or await open_pool(await ready_database(settings))
        try:
            yield
        finally:
            if pool is None:
                await app.state.pool.close()

    app = Service(
        title="Ingot",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=problems.responses(400, 413, 429),
    )
    app.state.settings = settings
    for part in _PARTS:
        app.include_router(part.router)
    if settings.oidc_issuer:
        from services.accounts import sign_on  # needs the extra `oidc`

        app.include_router(sign_on.router)
    app.include_router(review.router)
    app.include_router(page)
    app.include_router(lab_pages.router)
    app.include_router(portal.router)
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    app.add_api_route("/readyz", _ready, include_in_schema=False)
    app.add_middleware(LimitBodies, except_path=f"{files.UPLOAD_PATH}|{IMPORT_PATH}")
    app.add_middleware(Versioned)
    app.add_middleware(SecureHeaders)
    problems.add_handlers(app)
    answer_with_pages(app)
    return app


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
