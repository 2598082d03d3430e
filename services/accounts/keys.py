"""API keys: random, shown once, kept as a hash. A random key of 256 bits needs no slow hash.

A key reads `ing_live_<prefix>_<secret>`, or `ing_test_...` where it opens a tenant's rehearsal,
which is apart from all that is live.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingot.errors import OrderError
from services.accounts import key_repository, repository
from services.accounts.permissions import Permission, granted
from services.database.pool import Connection, Row
from services.database.trail import audit

Role = Literal["lab", "reviewer", "operator"]
KEY_ROLES: dict[Role, frozenset[str]] = {
    "lab": frozenset({"lab"}),
    "reviewer": frozenset({"reviewer"}),
    "operator": frozenset({"lab", "operator", "qa_lead", "admin"}),
}
"""What the holder of a key may act as. An operator has no pseudonym, so never answers."""
_BEYOND_TENANTS = frozenset({"reviewer", "adjudicator", "qa_lead", "admin", "operator"})
REHEARSAL = "--test"
"""What a tenant's name ends in where it rehearses."""
_KEY = re.compile(r"ing_(?:(?:live|test)_)?([0-9a-f]{12})_([0-9a-f]{64})")
_NO_KEY, _TENANT_CHARS = bytes(32), 63


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    role: Role | Literal["account"]
    tenant_id: str
    pseudonym: str
    """'' unless a reviewer."""
    simulated: bool
    """True where a program answers in place of a person."""
    key_prefix: str
    roles: frozenset[str] = frozenset()
    """What they may act as, see `permissions.ROLES`."""
    scopes: tuple[Permission, ...] | None = None
    """What of that their key may be used for; None for all."""

    @property
    def name(self) -> str:
        """How the audit trail calls them."""
        return self.pseudonym or f"{self.role}:{self.tenant_id}:{self.key_prefix}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that they may do."""
        given = granted(self.roles)
        return given if self.scopes is None else given.intersection(self.scopes)

    @property
    def confined(self) -> bool:
        """Whether they see their own tenant only: labs do, who runs the platform does not."""
        return not self.roles & _BEYOND_TENANTS

    @property
    def rehearses(self) -> bool:
        """Whether this is a tenant's rehearsal."""
        return self.tenant_id.endswith(REHEARSAL)


async def create_key(
    conn: Connection,
    role: Role,
    tenant: str,
    pseudonym: str = "",
    simulated: bool = False,
    *,
    test: bool = False,
    name: str = "",
    scopes: Iterable[Permission] | None = None,
    expires_at: datetime | None = None,
    by: str = "platform",
) -> str:
    """Make a key, and its tenant and reviewer where they are new; only here is the key shown.

    Several keys of one pseudonym are one reviewer, who never answers a task twice.
    """
    if (role == "reviewer") != bool(pseudonym):
        raise OrderError(f"role {role!r} with pseudonym {pseudonym!r}: only reviewers have one")
    tenant = rehearsal_of(tenant) if test else tenant
    await repository.add_tenant(conn, tenant)
    if pseudonym and await repository.add_reviewer(conn, pseudonym, simulated) != simulated:
        raise OrderError(
            f"reviewer {pseudonym!r} exists and is {'not ' * simulated}simulated: choose another"
        )
    prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
    row = {
        "prefix": prefix,
        "key_sha256": _digest(secret),
        "role": role,
        "tenant_id": tenant,
        "pseudonym": pseudonym or None,
        "name": name,
        "scopes": None if scopes is None else sorted(set(scopes)),
        "expires_at": expires_at,
    }
    await key_repository.add_key(conn, row)
    detail = {"role": role, "scopes": row["scopes"], "name": name}
    await audit(conn, by, "key.created", prefix, detail, tenant=tenant)
    mode = "test" if tenant.endswith(REHEARSAL) else "live"
    return f"ing_{mode}_{prefix}_{secret}"


def rehearsal_of(tenant: str) -> str:
    """The tenant under which another one rehearses."""
    name = tenant.removesuffix(REHEARSAL) + REHEARSAL
    if len(name) > _TENANT_CHARS:
        raise OrderError(f"tenant {tenant!r} has too long a name to rehearse: {name!r}")
    return name


async def revoke_key(conn: Connection, prefix: str, *, by: str = "platform") -> bool:
    """End a key by its prefix (the part before the secret); False where none lives under it."""
    tenant = await key_repository.revoke_key(conn, prefix)
    if tenant is not None:
        await audit(conn, by, "key.revoked", prefix, {}, tenant=tenant)
    return tenant is not None


async def find_principal(conn: Connection, key: str) -> Principal | None:
    """Who holds this key; None for a wrong, unknown, outworn or revoked one, at the same cost."""
    parts = _KEY.fullmatch(key)
    prefix, secret = parts.groups() if parts else ("", "")
    row = await key_repository.key_by_prefix(conn, prefix) if prefix else None
    known = row["key_sha256"] if row else _NO_KEY
    if not hmac.compare_digest(_digest(secret), known) or row is None:
        return None
    if row["unseen"]:
        await key_repository.see_key(conn, prefix)
    return _principal(row, prefix)


def _principal(row: Row, prefix: str) -> Principal:
    return Principal(
        role=row["role"],
        tenant_id=row["tenant_id"],
        pseudonym=row["pseudonym"] or "",
        simulated=bool(row["simulated"]),
        key_prefix=prefix,
        roles=KEY_ROLES[row["role"]],
        scopes=None if row["scopes"] is None else tuple(row["scopes"]),
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
