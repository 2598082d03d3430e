"""The provider of a single sign-on, by OpenID Connect. Needs the extra `oidc`.

Code flow with PKCE, state and nonce. The provider says who somebody is, never what they may do:
accounts and roles stay ours.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import Field

from ingot.errors import StorageError
from ingot.records import Model
from ingot.settings import Settings

_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""None in which the client's secret could sign."""
_LEEWAY_S = 60


class SignOnError(Exception):
    """The provider's answer does not prove who somebody is."""


class Attempt(Model):
    """What a browser that was sent to the provider has to come back with; kept in its cookie."""

    state: str = Field(min_length=32, max_length=64)
    nonce: str = Field(min_length=32, max_length=64)
    verifier: str = Field(min_length=43, max_length=128)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the provider knows."""

    id: str
    """Issuer and subject: never given to somebody else."""
    email: str
    """'' unless the provider checked that it is theirs."""


def new_attempt() -> Attempt:
    """One try to sign on."""
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 48))
    return Attempt(state=state, nonce=nonce, verifier=verifier)


async def address_of(settings: Settings, back: str, attempt: Attempt) -> str:
    """Where to send the browser; `back` is our address to which the provider sends it again."""
    async with _client(settings, back) as client:
        facts = await _discover(client, settings.oidc_issuer)
        url, _ = client.create_authorization_url(
            facts["authorization_endpoint"],
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
        return str(url)


async def identify(settings: Settings, back: str, attempt: Attempt, code: str) -> Subject:
    """Who came back with this code; raises SignOnError, or StorageError for no provider."""
    async with _client(settings, back) as client:
        facts = await _discover(client, settings.oidc_issuer)
        token = await client.fetch_token(
            facts["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=attempt.verifier,
        )
        found: Any = await _get(client, facts["jwks_uri"])
        keys = KeySet.import_key_set(found)
        decoded = jwt.decode(str(token.get("id_token")), keys, algorithms=_ALGORITHMS)
        return _subject(settings, attempt, decoded.claims)


def _subject(settings: Settings, attempt: Attempt, claims: dict[str, Any]) -> Subject:
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": attempt.nonce},
    ).validate(claims)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise SignOnError("the token was made for another program")
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Subject(f"{issuer} {claims['sub']}", email if isinstance(email, str) else "")


@asynccontextmanager
async def _client(settings: Settings, back: str) -> AsyncIterator[AsyncOAuth2Client]:
    """A client of the provider; what goes wrong with it leaves as one of our errors."""
    try:
        async with AsyncOAuth2Client(
            settings.oidc_client_id,
            settings.oidc_client_secret.get_secret_value(),
            scope="openid email",
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=10,
        ) as client:
            yield client
    except httpx2.HTTPError as error:
        raise StorageError(f"{settings.oidc_issuer} does not answer: {error!r}") from error
    except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
        raise SignOnError(f"{type(error).__name__}: {error}") from error


async def _discover(client: AsyncOAuth2Client, issuer: str) -> dict[str, Any]:
    facts = await _get(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if facts["issuer"] != issuer:
        raise SignOnError(f"{issuer} calls itself {facts['issuer']}")
    return facts


async def _get(client: AsyncOAuth2Client, url: str) -> dict[str, Any]:
    response = await client.request("GET", url, withhold_token=True)
    response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise SignOnError(f"{url} does not hold an object")
    return found
