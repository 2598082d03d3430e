"""The application: judges at work behind REST, with the same keys and problems as ordering."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingot.settings import Settings
from services.database.pool import Pool, open_pool, transaction
from services.database.ready import ready_database
from services.rewards import endpoints
from services.rewards.config import RewardsConfig
from services.rewards.desk import Full
from services.rewards.dialects import openrlhf, verl
from services.rewards.limits import Limiter, Quota
from services.rewards.metrics import Metrics
from services.rewards.wiring import Choose, open_bench
from services.web import problems
from services.web.bodies import LimitBodies
from services.web.openapi import Service
from services.web.secure_headers import SecureHeaders

logger = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 64 * 1024 * 1024
_ROUTES = (
    "/v1/rewards",
    "/v1/preferences",
    "/v1/rewards/judges",
    "/v1/rewards/openrlhf",
    "/v1/rewards/verl",
)
"""Paths that metrics name; others are 'other', so that nobody fills memory with names."""


def create_app(
    pool: Pool | None, settings: Settings, config: RewardsConfig, choose: Choose | None = None
) -> FastAPI:
    """The application over a pool; with None it opens, migrates and closes its own database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = pool or await open_pool(await ready_database(settings))
        try:
            async with open_bench(config, settings, choose) as bench:
                app.state.bench = bench
                logger.info("judges ready names=%s", ",".join(bench.judges))
                yield
        finally:
            if pool is None:
                await app.state.pool.close()

    app = Service(title="Ingot rewards", lifespan=lifespan, docs_url=None, redoc_url=None)
    limits = config.limits
    app.state.settings, app.state.config, app.state.metrics = settings, config, Metrics()
    app.state.limiter = Limiter(
        Quota(limits.items_per_minute, limits.tokens_per_minute, limits.requests)
    )
    for router in (endpoints.router, openrlhf.router, verl.router):
        app.include_router(router)
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    app.add_api_route("/readyz", _ready, include_in_schema=False)
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    app.add_middleware(
        LimitBodies, limit_bytes=BODY_LIMIT_BYTES, remedy="send several smaller batches"
    )
    app.add_middleware(SecureHeaders)
    app.add_middleware(Measured, metrics=app.state.metrics)
    problems.add_handlers(app)
    app.add_exception_handler(Full, _on_full)
    return app


class Measured:
    """Counts every response under its route, and how long it took."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        started_s, status = time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            if scope["type"] == "http" and scope["path"].startswith("/v1/"):
                route = scope["path"] if scope["path"] in _ROUTES else "other"
                self.metrics.answered(route, status, time.perf_counter() - started_s)


async def _on_full(request: Request, error: Exception) -> Response:
    assert isinstance(error, Full)
    headers = {"Retry-After": str(max(1, error.retry_after_s))}
    return problems.problem_response(429, str(error), headers=headers | error.headers)


async def _alive() -> dict[str, str]:
    return {"status": "ok"}


async def _ready(request: Request) -> Response:
    """Ready where the database answers and no engine is gone."""
    async with transaction(request.app.state.pool) as conn:
        await conn.execute("SELECT 1")
    if broken := request.app.state.bench.broken:
        names = ", ".join(sorted(broken))
        return problems.problem_response(503, f"out of order: {names}; the log says why")
    return Response('{"status":"ready"}', media_type="application/json")


async def _metrics(request: Request) -> Response:
    bench, metrics = request.app.state.bench, request.app.state.metrics
    gauges = [("coalesced_questions", "", float(bench.desk.coalesced))]
    gauges.append(("verifier_processes_killed", "", float(bench.pool.killed)))
    for name, window in sorted(bench.desk.windows.items()):
        label = f'{{window="{name}"}}'
        gauges += [("waiting_questions", label, window.waiting)]
        gauges += [("places_taken", label, window.in_flight), ("places", label, window.places())]
    return Response(metrics.text(sorted(gauges)), media_type="text/plain; version=0.0.4")
