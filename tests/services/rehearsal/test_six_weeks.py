"""The example of a whole contract, as a lab runs it."""

import asyncio
import subprocess
import sys
from pathlib import Path

from fixtures_postgres import Api

from services.accounts.keys import create_key
from services.database.pool import Pool, transaction

SCRIPT = Path(__file__).parents[3] / "examples" / "six_weeks.py"


async def test_six_weeks_add_up(api: Api, pool: Pool) -> None:
    async with transaction(pool) as conn:
        key = await create_key(conn, "lab", "acme", test=True)
    done = await run(api.url, key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BAD" not in done.stdout
    assert done.stdout.rstrip().endswith("every figure adds up")


async def run(url: str, key: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(SCRIPT), url, key],
        capture_output=True,
        text=True,
        check=False,
    )
