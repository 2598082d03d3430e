"""Keys of one's own tenant: made, listed, replaced, revoked."""

from datetime import UTC, datetime, timedelta

from ingot.errors import OrderError, StateError
from services.accounts import key_repository as repository
from services.accounts import keys
from services.accounts.key_schemas import KeyMade, KeyPage, KeyView, NewKey
from services.accounts.keys import KEY_ROLES, REHEARSAL, Principal, Role
from services.accounts.permissions import granted
from services.database.pool import Connection, Row
from services.database.trail import audit


async def make(conn: Connection, who: Principal, wanted: NewKey) -> KeyMade:
    """Make a lab's key that may do no more than who asks; raises OrderError."""
    now = datetime.now(UTC)
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise OrderError(
            f"expires_at {wanted.expires_at} is over: name a time to come", "expires_at"
        )
    whole = granted(("lab",))
    may = who.permissions & whole
    beyond = sorted(set(wanted.scopes or ()) - may)
    if beyond:
        raise OrderError(
            f"scopes: you have no {', '.join(beyond)} yourself: leave it out", "scopes"
        )
    if who.rehearses and not wanted.test:
        raise OrderError("test: a key of a rehearsal makes keys of the rehearsal only", "test")
    secret = await keys.create_key(
        conn,
        "lab",
        who.tenant_id,
        test=wanted.test,
        name=wanted.name,
        scopes=wanted.scopes or (None if may == whole else may),
        expires_at=wanted.expires_at,
        by=who.name,
    )
    return await _made(conn, secret, _tenant(who, wanted.test))


async def page(conn: Connection, who: Principal, after: str, limit: int, test: bool) -> KeyPage:
    """Keys of the tenant, or of its rehearsal."""
    rows = await repository.keys(conn, _tenant(who, test), _kinds(who), after, limit + 1)
    data = tuple(_view(row) for row in rows[:limit])
    return KeyPage(
        data=data, has_more=len(rows) > limit, next=data[-1].id if rows[limit:] else None
    )


async def find(conn: Connection, who: Principal, key_id: str) -> KeyView | None:
    """A key of the tenant or of its rehearsal."""
    row = await _row(conn, who, key_id)
    return _view(row) if row else None


async def revoke(conn: Connection, who: Principal, key_id: str) -> bool:
    """End a key now; False where the tenant has none of this id, True if it had ended before."""
    row = await _row(conn, who, key_id)
    if row is not None:
        await keys.revoke_key(conn, key_id, by=who.name)
    return row is not None


async def rotate(
    conn: Connection, who: Principal, key_id: str, overlap_hours: float
) -> KeyMade | None:
    """Make a key like this one, which ends after the overlap; None where there is none."""
    row = await _row(conn, who, key_id)
    if row is None:
        return None
    if row["role"] != "lab":
        raise StateError(f"key {key_id} is {row['role']}'s: the operator makes another")
    if not row["living"] or row["replaced_by"]:
        raise StateError(f"key {key_id} has ended or is replaced already: make a new one")
    beyond = sorted(set(row["scopes"] or granted(("lab",))) - who.permissions)
    if beyond:
        raise OrderError(f"key {key_id} may do what you may not: {', '.join(beyond)}")
    secret = await keys.create_key(
        conn,
        "lab",
        row["tenant_id"],
        name=row["name"],
        scopes=row["scopes"],
        expires_at=row["expires_at"],
        by=who.name,
    )
    made = await _made(conn, secret, row["tenant_id"])
    until = datetime.now(UTC) + timedelta(hours=overlap_hours)
    await repository.replace_key(conn, key_id, made.key.id, until)
    detail = {"by": made.key.id, "until": until.isoformat()}
    await audit(conn, who.name, "key.replaced", key_id, detail, tenant=row["tenant_id"])
    return made


async def _made(conn: Connection, secret: str, tenant: str) -> KeyMade:
    row = await repository.key(conn, tenant, secret.split("_")[2])
    assert row is not None
    return KeyMade(key=_view(row), secret=secret)


async def _row(conn: Connection, who: Principal, key_id: str) -> Row | None:
    for tenant in (who.tenant_id, keys.rehearsal_of(who.tenant_id)):
        row = await repository.key(conn, tenant, key_id)
        if row is not None and row["role"] in _kinds(who):
            return row
    return None


def _kinds(who: Principal) -> list[Role]:
    """Whose keys they may see and end: an operator's are an operator's."""
    return list(KEY_ROLES) if "operate" in who.permissions else ["lab"]


def _tenant(who: Principal, test: bool) -> str:
    return keys.rehearsal_of(who.tenant_id) if test else who.tenant_id


def _view(row: Row) -> KeyView:
    return KeyView(
        id=row["prefix"],
        test=row["tenant_id"].endswith(REHEARSAL),
        **{name: row[name] for name in KeyView.model_fields if name in row},
    )
