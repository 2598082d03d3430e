"""Passwords: argon2id, checked at the same cost whether or not there is one to check against."""

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ingot.errors import OrderError

MIN_CHARS, MAX_CHARS = 12, 256
HASHER = PasswordHasher(memory_cost=47_104, time_cost=1, parallelism=1)
"""46 MiB and one pass: the first choice of OWASP's password storage cheat sheet."""
NOBODY = (
    "$argon2id$v=19$m=47104,t=1,p=1$HpiXDmd45WTM+aaXvao9CA"
    "$BtUjN/BptS5/5GpcqwUQJ07YXH9S4q0TjwgqlFcShdM"
)
"""What no password matches: checked where an account is unknown or has no password."""
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Bounds the memory that log-ins can take, however many come at once."""


def check_rules(password: str) -> None:
    """Raise an OrderError where a new password is too short or too long; nothing else is asked."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise OrderError(
            f"new: the password has {len(password)} characters; choose {MIN_CHARS} to {MAX_CHARS}, "
            "of any kind",
            "new",
        )


def make_one_time() -> str:
    """A password for the first log-in: 100 random bits in groups that can be read aloud."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


async def make_hash(password: str) -> str:
    """The hash to keep."""
    return await asyncio.get_running_loop().run_in_executor(
        _WORKERS, HASHER.hash, _normal(password)
    )


async def matches(kept: str, password: str) -> bool:
    """Whether this password made the kept hash; '' matches nothing, as slowly."""
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, _matches, kept, password)


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept or NOBODY, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> bytes:
    """The same bytes whichever keyboard an accent came from."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace")
