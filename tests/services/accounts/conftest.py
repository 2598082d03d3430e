"""A provider of single sign-on, and the API in front of it."""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse
from fixtures_postgres import serve
from joserfc import jwt
from joserfc.jwk import RSAKey

from ingot.settings import Settings

CLIENT = ("ingot", "a secret of the client")


@dataclass(slots=True)
class Provider:
    """Knows one person; what it says of them can be bent."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signing: RSAKey | None = None
    """Another key than the one it publishes."""
    claims: dict[str, Any] = field(default_factory=dict)
    """In place of those that are true."""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def facts(self) -> dict[str, str]:
        """What it says of itself."""
        ends = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
        }
        return {"issuer": self.issuer} | {k: f"{self.issuer}/{v}" for k, v in ends.items()}

    def authorize(self, request: Request) -> RedirectResponse:
        """The person says yes at once."""
        asked, code = dict(request.query_params), secrets.token_hex(8)
        assert asked["client_id"] == CLIENT[0]
        assert asked["code_challenge_method"] == "S256"
        self.asked[code] = asked
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def token(self, request: Request) -> dict[str, Any]:
        """A code is good once, for whoever began the attempt."""
        sent = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        asked = self.asked.pop(sent["code"], None)
        challenge = hashlib.sha256(sent["code_verifier"].encode()).digest()
        if (
            asked is None
            or request.headers["authorization"] != f"Basic {basic}"
            or base64.urlsafe_b64encode(challenge).decode().rstrip("=") != asked["code_challenge"]
            or sent["redirect_uri"] != asked["redirect_uri"]
        ):
            raise HTTPException(400, "invalid_grant")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT[0],
            "sub": "42",
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": "Ada@example.org",
            "email_verified": True,
        } | self.claims
        key = self.signing or self.key
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider on a real server."""
    made, app = Provider(), FastAPI()
    app.add_api_route("/.well-known/openid-configuration", made.facts)
    app.add_api_route("/authorize", made.authorize)
    app.add_api_route("/token", made.token, methods=["POST"])
    app.add_api_route("/keys", lambda: {"keys": [made.key.as_dict(private=False)]})
    listening = socket.create_server(("127.0.0.1", 0))
    made.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield made
    server.should_exit = True
    thread.join(timeout=20)
    listening.close()


@pytest.fixture
def site(provider: Provider, database_url: str, tmp_path: Any) -> Iterator[str]:
    """The address of an API whose people may sign on by the provider."""
    settings = Settings(
        home=tmp_path,
        database_url=database_url,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT[0],
        oidc_client_secret=CLIENT[1],
    )
    with serve(settings) as url:
        yield url
