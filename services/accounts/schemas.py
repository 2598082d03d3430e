"""What the endpoints of accounts take and give."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, SecretStr, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from ingot.records import Model
from services.accounts.passwords import MAX_CHARS

AccountRole = Literal[
    "reviewer", "adjudicator", "qa_lead", "admin", "owner", "lab_buyer", "lab_viewer", "auditor"
]
Login = Annotated[
    str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f]{1,254}$", strip_whitespace=True)
]
Pseudonym = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Roles = Annotated[tuple[AccountRole, ...], Field(min_length=1, max_length=8)]


def _read_secret(value: object) -> SecretStr:
    """Faults of the type 'secret' never repeat the value."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHARS:
        raise PydanticCustomError("secret", "a text of 1 to {most} characters", {"most": MAX_CHARS})
    return SecretStr(value)


Secret = Annotated[
    SecretStr,
    PlainValidator(_read_secret),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": MAX_CHARS, "format": "password"}
    ),
]


class LogIn(Model):
    """Who wants in."""

    login: Login
    password: Secret


class SessionView(Model):
    """A session, to the one whose it is."""

    pseudonym: str
    roles: tuple[str, ...]
    csrf: str
    """Send it as X-CSRF-Token with every write."""
    must_change_password: bool
    """True after a one-time password: nothing else works until then."""
    expires_at: datetime


class PasswordChange(Model):
    """A new password in place of the present one."""

    present: Secret
    new: Secret
    """At least 12 characters, of any kind."""


class NewAccount(Model):
    """An account to be made."""

    login: Login
    """Often an email address; never shown to labs."""
    roles: Roles = ("reviewer",)
    pseudonym: Pseudonym | None = None
    """The name in all records; drawn where none is given."""


class AccountChange(Model):
    """What is to be different; what is left out stays."""

    roles: Roles | None = None
    disabled: bool | None = None


class AccountView(Model):
    """An account, to an admin."""

    id: str
    login: str
    pseudonym: str
    roles: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None
    single_sign_on: bool
    """True once they came in through the single sign-on."""
    password_until: datetime | None
    """When their one-time password ends; null for a password of their own, or none."""


class AccountList(Model):
    """The accounts of a tenant."""

    data: tuple[AccountView, ...]


class OneTimePassword(Model):
    """Shown only here: give it to its owner, who chooses their own with the first log-in."""

    account: AccountView
    one_time_password: str
