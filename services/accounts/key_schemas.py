"""What the endpoints of keys and of the audit trail take and give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from ingot.records import Model
from services.accounts.keys import Role
from services.accounts.permissions import Permission

KeyName = Annotated[str, Field(max_length=120)]


class NewKey(Model):
    """A key to be made for your tenant."""

    name: KeyName = ""
    scopes: Annotated[tuple[Permission, ...], Field(min_length=1, max_length=40)] | None = None
    """What it may be used for; null for all that you may do yourself."""
    expires_at: AwareDatetime | None = None
    test: bool = False
    """A key of your rehearsal. Only such a key can be made with such a key."""


class Rotation(Model):
    """How long the present key goes on working."""

    overlap_hours: Annotated[float, Field(ge=0, le=720)] = 24


class KeyView(Model):
    """A key, without its secret."""

    id: str
    """Its prefix: the part before the secret."""
    role: Role
    test: bool
    name: str
    scopes: tuple[Permission, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To within five minutes."""
    revoked_at: datetime | None
    replaced_by: str | None


class KeyMade(Model):
    """A new key; its text is shown only here."""

    key: KeyView
    secret: str
    """The whole of it, as it goes behind `Authorization: Bearer`."""


class KeyPage(Model):
    """Keys by id."""

    data: tuple[KeyView, ...]
    has_more: bool
    next: str | None


class AuditEvent(Model):
    """One act, sealed."""

    n: int
    """Its place in your trail, from 1 on without gaps."""
    at: datetime
    actor: str
    action: str
    object_id: str
    detail: dict[str, Any]
    line: str
    """What was hashed of it."""
    hash: str
    """SHA-256 over the 32 bytes of the hash before (none before the first) and the line, in hex."""


class AuditPage(Model):
    """Events of your trail, oldest first."""

    data: tuple[AuditEvent, ...]
    has_more: bool
    next: int | None
