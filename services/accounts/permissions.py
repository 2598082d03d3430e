"""What one may do: each endpoint needs one permission, and roles are sets of them.

A key may be given fewer than its role has (its scopes).
"""

from collections.abc import Iterable
from typing import Literal, get_args

Permission = Literal[
    "orders:read",
    "orders:write",
    "files:write",
    "batches:read",
    "batches:decide",
    "money:read",
    "webhooks:write",
    "keys:write",
    "audit:read",
    "review:own",
    "review:answer",
    "review:adjudicate",
    "review:look",
    "review:lead",
    "review:import",
    "queues:write",
    "people:write",
    "rewards:ask",
    "operate",
]
"""object:act; `review:own` is one's own record, `review:look` what the others answered."""

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)


def _set(*permissions: Permission) -> frozenset[Permission]:
    return frozenset(permissions)


_READ = _set("orders:read", "batches:read", "money:read")
_BUY = _READ | _set(
    "orders:write", "files:write", "batches:decide", "webhooks:write", "rewards:ask"
)
_LAB = _BUY | _set("keys:write", "audit:read")
_LEAD = _set("review:own", "review:look", "review:lead", "review:import")
_ADMIN = _set("review:own", "review:import", "queues:write", "people:write")

ROLES: dict[str, frozenset[Permission]] = {
    "lab": _LAB,
    "lab_buyer": _BUY,
    "lab_viewer": _READ,
    "owner": _LAB | _set("people:write"),
    "auditor": _READ | _set("audit:read"),
    "reviewer": _set("review:own", "review:answer"),
    "adjudicator": _set("review:own", "review:look", "review:adjudicate"),
    "qa_lead": _LEAD,
    "admin": _ADMIN | _set("keys:write", "audit:read"),
    "operator": _LAB | _LEAD | _ADMIN | _set("operate"),
}
"""What each role may do. The key roles are lab, reviewer and operator; the others are accounts'."""

_OF_LABS = frozenset({"owner", "lab_buyer", "lab_viewer", "auditor"})
_OF_STAFF = frozenset({"reviewer", "adjudicator", "qa_lead", "admin"})
_GRANTS = {"owner": _OF_LABS, "admin": _OF_STAFF, "operator": _OF_LABS | _OF_STAFF}


def grantable(roles: Iterable[str]) -> frozenset[str]:
    """The roles that somebody with these may give to an account."""
    return frozenset().union(*(_GRANTS.get(role, frozenset()) for role in roles))


def granted(roles: Iterable[str]) -> frozenset[Permission]:
    """All that these roles give together."""
    return frozenset().union(*(ROLES[role] for role in roles))


def giving(permission: Permission) -> list[str]:
    """The roles that have a permission, by name."""
    return sorted(role for role, permissions in ROLES.items() if permission in permissions)
