"""Keys of labs' own endpoints: sealed when they come, opened where a worker asks that endpoint."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from ingot.errors import ModelError, OrderError
from ingot.orders import OrderSpec
from ingot.records import Model
from services.accounts.keys import Principal
from services.credentials import repository
from services.database.pool import Connection
from services.database.trail import audit
from services.database.vault import Vault
from services.web.paging import Page, page_of


class NewCredential(Model):
    """A key of an endpoint of yours."""

    name: Annotated[str, Field(max_length=120)] = ""
    endpoint: Annotated[str, Field(max_length=2000, pattern=r"^https://[^\s\x00]+$")]
    """Base URL of an OpenAI-compatible server. The key is sent to addresses under it only."""
    api_key: Annotated[SecretStr, Field(min_length=1, max_length=4000)]


class CredentialView(Model):
    """A credential, without its key."""

    id: str
    """What `generation.credential` and the like name."""
    name: str
    endpoint: str
    created_at: datetime


class CredentialPage(Page[CredentialView]):
    """Credentials, newest first."""


async def add(
    conn: Connection, vault: Vault, who: Principal, wanted: NewCredential
) -> CredentialView:
    """Seal and keep a key."""
    new_id = await repository.new_id(conn)
    sealed = vault.seal(wanted.api_key.get_secret_value(), _place(new_id))
    await repository.add(conn, who.tenant_id, new_id, wanted.name, wanted.endpoint, sealed)
    detail = {"endpoint": wanted.endpoint}
    await audit(conn, who.name, "credential.added", new_id, detail, tenant=who.tenant_id)
    row = await repository.credential(conn, who.tenant_id, new_id)
    assert row is not None
    return CredentialView(**row)


async def listed(conn: Connection, tenant: str, after: str | None, limit: int) -> CredentialPage:
    """A page of the tenant's credentials."""
    rows = await repository.page(conn, tenant, after, limit + 1)
    return page_of(CredentialPage, rows, limit, lambda row: CredentialView(**row))


async def delete(conn: Connection, who: Principal, credential_id: str) -> bool:
    """Forget a key; False where the tenant has none of this id."""
    done = await repository.delete(conn, who.tenant_id, credential_id)
    if done:
        await audit(conn, who.name, "credential.deleted", credential_id, {}, tenant=who.tenant_id)
    return done


async def check(conn: Connection, tenant: str, spec: OrderSpec) -> None:
    """Raise an OrderError where an order names a key that is not there, or not that endpoint's."""
    for field, terms in spec.engines():
        if not terms.credential:
            continue
        row = await repository.credential(conn, tenant, terms.credential)
        if row is None:
            raise OrderError(
                f"{field}.credential: there is no {terms.credential!r} among yours: make it with "
                "POST /v1/credentials",
                f"{field}.credential",
            )
        if not _is_under(terms.endpoint, row["endpoint"]):
            raise OrderError(
                f"{field}.credential: {terms.credential} is for {row['endpoint']}, not for "
                f"{terms.endpoint}",
                f"{field}.credential",
            )


async def opened(conn: Connection, vault: Vault, tenant: str, spec: OrderSpec) -> dict[str, str]:
    """The keys that an order names, by credential; raises ModelError for one that is gone."""
    named = {terms.credential for _, terms in spec.engines() if terms.credential}
    await check(conn, tenant, spec)
    sealed = await repository.sealed(conn, tenant, sorted(named))
    if missing := named.difference(sealed):
        raise ModelError(f"the credential {min(missing)} was deleted: name another in the order")
    return {name: vault.open(value, _place(name)) for name, value in sealed.items()}


def _place(credential_id: str) -> str:
    return f"credential:{credential_id}"


def _is_under(endpoint: str, base: str) -> bool:
    """Whether an address lies under another: same host and port, and a path that goes on there."""
    one, other = urlsplit(endpoint), urlsplit(base)
    same = (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())
    root = other.path.rstrip("/")
    return same and ".." not in one.path and f"{one.path.rstrip('/')}/".startswith(f"{root}/")
