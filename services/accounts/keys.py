"""API keys: random, shown once, kept as a hash. A random key of 256 bits needs no slow hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from ingot.errors import OrderError
from services.accounts import repository
from services.database.pool import Connection
from services.database.trail import audit

Role = Literal["lab", "reviewer", "operator"]
KEY_ROLES: dict[Role, frozenset[str]] = {
    "lab": frozenset({"lab"}),
    "reviewer": frozenset({"reviewer"}),
    "operator": frozenset({"lab", "operator", "qa_lead", "admin"}),
}
"""What the holder of a key may act as. An operator has no pseudonym, so never answers."""
_NO_KEY = bytes(32)


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
    """What they may act as: lab, operator, reviewer, adjudicator, qa_lead, admin."""

    @property
    def name(self) -> str:
        """How the audit trail calls them."""
        return self.pseudonym or f"{self.role}:{self.tenant_id}:{self.key_prefix}"


async def create_key(
    conn: Connection, role: Role, tenant: str, pseudonym: str = "", simulated: bool = False
) -> str:
    """Make a key, and its tenant and reviewer where they are new; only here is the key shown.

    Several keys of one pseudonym are one reviewer, who never answers a task twice.
    """
    if (role == "reviewer") != bool(pseudonym):
        raise OrderError(f"role {role!r} with pseudonym {pseudonym!r}: only reviewers have one")
    await repository.add_tenant(conn, tenant)
    if pseudonym and await repository.add_reviewer(conn, pseudonym, simulated) != simulated:
        raise OrderError(
            f"reviewer {pseudonym!r} exists and is {'not ' * simulated}simulated: choose another"
        )
    prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
    await repository.add_key(conn, prefix, _digest(secret), role, tenant, pseudonym or None)
    await audit(conn, "platform", "key.created", prefix, {"role": role})
    return f"ing_{prefix}_{secret}"


async def revoke_key(conn: Connection, prefix: str) -> bool:
    """End a key by its prefix (the part between the first two underscores); False where unknown."""
    revoked = await repository.revoke_key(conn, prefix)
    if revoked:
        await audit(conn, "platform", "key.revoked", prefix, {})
    return revoked


async def find_principal(conn: Connection, key: str) -> Principal | None:
    """Who holds this key; None for a wrong, unknown or revoked one, at the same cost."""
    prefix, _, secret = key.removeprefix("ing_").partition("_")
    row = await repository.key_by_prefix(conn, prefix) if prefix.isalnum() else None
    known = row["key_sha256"] if row else _NO_KEY
    if not hmac.compare_digest(_digest(secret), known) or row is None:
        return None
    return Principal(
        role=row["role"],
        tenant_id=row["tenant_id"],
        pseudonym=row["pseudonym"] or "",
        simulated=bool(row["simulated"]),
        key_prefix=prefix,
        roles=KEY_ROLES[row["role"]],
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
