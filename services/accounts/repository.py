"""The SQL of tenants, accounts, sessions and rate limits."""

from services.database.pool import Connection, Row, fetch_one

_ACCOUNT = (
    "id, login, pseudonym, roles, created_at, disabled_at, password_until, "
    "oidc_subject IS NOT NULL AS single_sign_on"
)


async def add_tenant(conn: Connection, tenant: str) -> None:
    """Add a tenant unless it is there."""
    await conn.execute("INSERT INTO tenant (id) VALUES (%s) ON CONFLICT DO NOTHING", (tenant,))


async def add_reviewer(conn: Connection, pseudonym: str, simulated: bool) -> bool:
    """Add a reviewer unless known, and say whether the one of this name is simulated."""
    await conn.execute(
        "INSERT INTO reviewer (pseudonym, simulated) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (pseudonym, simulated),
    )
    row = await fetch_one(conn, "SELECT simulated FROM reviewer WHERE pseudonym = %s", pseudonym)
    return bool(row and row["simulated"])


async def add_pseudonym(conn: Connection, pseudonym: str) -> bool:
    """Add a person to the reviewers; False where the pseudonym is taken."""
    new = await conn.execute(
        "INSERT INTO reviewer (pseudonym, simulated) VALUES (%s, false) ON CONFLICT DO NOTHING",
        (pseudonym,),
    )
    return new.rowcount == 1


async def add_account(
    conn: Connection, tenant: str, login: str, pseudonym: str, roles: list[str]
) -> Row | None:
    """Add an account without a password; None where the log-in is taken."""
    return await fetch_one(
        conn,
        "INSERT INTO account (tenant_id, login, pseudonym, roles) VALUES (%s, %s, %s, %s) "
        f"ON CONFLICT (login) DO NOTHING RETURNING {_ACCOUNT}",
        tenant,
        login,
        pseudonym,
        roles,
    )


async def accounts(conn: Connection, tenant: str) -> list[Row]:
    """All accounts of a tenant by log-in."""
    rows = await conn.execute(
        f"SELECT {_ACCOUNT} FROM account WHERE tenant_id = %s ORDER BY login", (tenant,)
    )
    return await rows.fetchall()


async def account(conn: Connection, tenant: str, key: str) -> Row | None:
    """One account of a tenant, by id or log-in, locked against others' changes."""
    return await fetch_one(
        conn,
        f"SELECT {_ACCOUNT} FROM account WHERE tenant_id = %s AND (id = %s OR login = %s) "
        "ORDER BY id = %s DESC LIMIT 1 FOR UPDATE",
        tenant,
        key,
        key,
        key,
    )


async def credentials(conn: Connection, login: str) -> Row | None:
    """What a log-in is checked against; nothing of a disabled account or an outworn password."""
    return await fetch_one(
        conn,
        "SELECT id, pseudonym, CASE WHEN disabled_at IS NULL "
        "AND (password_until IS NULL OR password_until > now()) "
        "THEN password_hash ELSE '' END AS password_hash FROM account WHERE login = %s",
        login,
    )


async def password_hash(conn: Connection, account_id: str) -> str:
    """The hash of an account's password; '' where it has none."""
    row = await fetch_one(conn, "SELECT password_hash FROM account WHERE id = %s", account_id)
    return str(row["password_hash"]) if row else ""


async def set_roles(conn: Connection, account_id: str, roles: list[str]) -> None:
    """Replace an account's roles."""
    await conn.execute("UPDATE account SET roles = %s WHERE id = %s", (roles, account_id))


async def set_disabled(conn: Connection, account_id: str, disabled: bool) -> None:
    """Let nobody in under this account, or let them in again."""
    await conn.execute(
        "UPDATE account SET disabled_at = CASE WHEN %s THEN coalesce(disabled_at, now()) END "
        "WHERE id = %s",
        (disabled, account_id),
    )


async def set_password(
    conn: Connection, account_id: str, hashed: str, valid_days: int | None
) -> None:
    """Replace a password and end all sessions; with days it is a one-time password."""
    await conn.execute(
        "UPDATE account SET password_hash = %s, "
        "password_until = now() + make_interval(days => %s) WHERE id = %s",
        (hashed, valid_days, account_id),
    )
    await end_sessions(conn, account_id)


async def add_session(
    conn: Connection,
    digest: bytes,
    csrf: str,
    account_id: str,
    *,
    password_hash: str,
    by_password: bool,
    hours: int,
) -> Row | None:
    """Open a session; None where the account was disabled or its password changed meanwhile."""
    return await fetch_one(
        conn,
        "INSERT INTO login_session (token_sha256, account_id, csrf, one_time, expires_at) "
        "SELECT %s, id, %s, %s AND password_until IS NOT NULL, "
        "now() + make_interval(hours => %s) FROM account "
        "WHERE id = %s AND password_hash = %s AND disabled_at IS NULL FOR SHARE "
        "RETURNING expires_at",
        digest,
        csrf,
        by_password,
        hours,
        account_id,
        password_hash,
    )


async def session(conn: Connection, digest: bytes, idle_minutes: int) -> Row | None:
    """A living session with its account."""
    return await fetch_one(
        conn,
        "SELECT s.csrf, s.one_time, s.expires_at, "
        "s.seen_at < now() - interval '1 minute' AS unseen, "
        "a.id, a.tenant_id, a.pseudonym, a.roles "
        "FROM login_session s JOIN account a ON a.id = s.account_id "
        "WHERE s.token_sha256 = %s AND s.expires_at > now() "
        "AND s.seen_at > now() - make_interval(mins => %s) AND a.disabled_at IS NULL",
        digest,
        idle_minutes,
    )


async def see_session(conn: Connection, digest: bytes) -> None:
    """Note that a session is in use."""
    await conn.execute(
        "UPDATE login_session SET seen_at = now() WHERE token_sha256 = %s", (digest,)
    )


async def end_session(conn: Connection, digest: bytes) -> bool:
    """End one session; False where there is none."""
    done = await conn.execute("DELETE FROM login_session WHERE token_sha256 = %s", (digest,))
    return done.rowcount == 1


async def end_sessions(conn: Connection, account_id: str) -> None:
    """End all sessions of an account."""
    await conn.execute("DELETE FROM login_session WHERE account_id = %s", (account_id,))


async def sweep(conn: Connection) -> None:
    """Forget sessions that are over and buckets that are full again."""
    await conn.execute("DELETE FROM login_session WHERE expires_at < now()")
    await conn.execute("DELETE FROM rate_bucket WHERE filled_at < now() - interval '1 hour'")


async def link_subject(conn: Connection, subject: str, email: str) -> Row | None:
    """The living account of a single sign-on's subject.

    At its first time the account whose log-in is `email` ('' for none) becomes the subject's.
    """
    await conn.execute(
        "UPDATE account SET oidc_subject = %s WHERE login = %s AND oidc_subject IS NULL "
        "AND NOT EXISTS (SELECT FROM account WHERE oidc_subject = %s)",
        (subject, email, subject),
    )
    return await fetch_one(
        conn,
        "SELECT id, pseudonym, password_hash FROM account "
        "WHERE oidc_subject = %s AND disabled_at IS NULL",
        subject,
    )


async def take_token(conn: Connection, key: str, burst: int, per_s: float) -> bool:
    """Take one from a bucket, which is full at first; False where less than one is left."""
    left = (
        "least(%(burst)s::float8, b.tokens + %(per_s)s::float8 * "
        "greatest(0, extract(epoch FROM now() - b.filled_at)))"
    )
    taken = await conn.execute(
        "INSERT INTO rate_bucket AS b (key, tokens) VALUES (%(key)s, %(burst)s - 1) "
        f"ON CONFLICT (key) DO UPDATE SET tokens = {left} - 1, "
        f"filled_at = greatest(b.filled_at, now()) WHERE {left} >= 1",
        {"key": key, "burst": burst, "per_s": per_s},
    )
    return taken.rowcount == 1


async def missing_tokens(conn: Connection, key: str, per_s: float) -> float:
    """What a bucket lacks to one token."""
    row = await fetch_one(
        conn,
        "SELECT 1 - tokens - %s * extract(epoch FROM now() - filled_at)::float8 AS missing "
        "FROM rate_bucket WHERE key = %s",
        per_s,
        key,
    )
    return max(0.0, row["missing"]) if row else 0.0
