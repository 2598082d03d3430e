"""The interface's version, a date: every response names it, a request may insist on it."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.problems import problem_response

HEADER = "Ingot-Version"
VERSIONS = ("2026-11-26",)
"""All that are answered, the newest last. What breaks clients makes a new one."""


class Versioned:
    """Names the version, and refuses requests that insist on one which is not answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header; 400 for an unknown version."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(HEADER, VERSIONS[-1])
            await send(message)

        wanted = Headers(scope=scope).get(HEADER, VERSIONS[-1])
        app = self.app if wanted in VERSIONS else _refusal(wanted)
        await app(scope, receive, named)


def _refusal(wanted: str) -> ASGIApp:
    return problem_response(
        400, f"{HEADER} {wanted!r:.40} is unknown: send one of {', '.join(VERSIONS)}, or none"
    )
