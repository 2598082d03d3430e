"""What looking at an answer costs the process that answers, PostgreSQL's own time apart."""

import asyncio
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from psycopg.types.json import Json

from services.database.embedded import start_embedded, stop_embedded
from services.database.migrate import migrate
from services.database.pool import Connection, connect
from services.review.evidence.service import after_answer

ANSWERS = 1_000
WORDS = 200
"""In an answer."""
VOCABULARY = 2_000


def measure(seed: int) -> dict[str, Any]:
    """CPU milliseconds of `after_answer`, on answers to prompts that models answered too."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-", ignore_cleanup_errors=True) as folder:
        url = start_embedded(Path(folder))
        try:
            return asyncio.run(_measure(url, Random(seed)))
        finally:
            stop_embedded(Path(folder))


async def _measure(url: str, draw: Random) -> dict[str, Any]:
    await migrate(url)
    conn = await connect(url)
    await _fill(conn, draw)
    rows = await conn.execute("SELECT id FROM assignment ORDER BY id")
    ids = [row["id"] for row in await rows.fetchall()]
    for assignment in ids[: ANSWERS // 10]:
        await after_answer(conn, assignment)
    before = time.process_time()
    for assignment in ids:
        await after_answer(conn, assignment)
    cpu_ms = 1000 * (time.process_time() - before) / len(ids)
    await conn.close()
    return {"cpu_ms_per_answer": round(cpu_ms, 2), "answers": len(ids), "words": WORDS}


async def _fill(conn: Connection, draw: Random) -> None:
    await conn.execute("INSERT INTO tenant (id) VALUES ('acme')")
    await conn.execute("INSERT INTO reviewer (pseudonym, simulated) VALUES ('ada', false)")
    await conn.execute("INSERT INTO reviewer (pseudonym, simulated) VALUES ('bea', false)")
    async with conn.transaction():
        await conn.execute(
            "INSERT INTO queue (tenant_id, name, kind) VALUES ('acme', 'w', 'write')"
        )
        await conn.execute(
            "INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, "
            "author) SELECT id, 1, '', '{}', '', false, '', '' FROM queue"
        )
    for place in range(ANSWERS):
        prompt = [{"role": "user", "content": f"question {place // 2}"}]
        completion = [{"role": "assistant", "content": _text(draw)}]
        await _answer(conn, place, {"wanted": "answer", "prompt": prompt, "brief": ""}, draw)
        await _task(conn, f"model{place}", {"prompt": prompt, "completion": completion})


async def _task(conn: Connection, item_id: str, item: dict[str, Any]) -> str:
    rows = await conn.execute(
        "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, overlap, "
        "slots_free, answers_needed, state) SELECT id, %s, 'asked', %s, 0, 1, 0, 0, 'done' "
        "FROM queue RETURNING id",
        (item_id, Json(item)),
    )
    row = await rows.fetchone()
    assert row is not None
    return str(row["id"])


async def _answer(conn: Connection, place: int, item: dict[str, Any], draw: Random) -> None:
    writing = {"typed": 1_200, "bursts": [{"ms": 9_000, "chars": 60}] * 20, "edits": 60}
    await conn.execute(
        "WITH a AS (INSERT INTO assignment (task_id, reviewer, state, revision, expires_at, "
        "ended_at) VALUES (%s, %s, 'submitted', 1, now(), now()) RETURNING id) "
        "INSERT INTO response (assignment_id, revision, client_event_id, label, answer, comment, "
        "guideline_n, simulated, active_ms, writing) "
        "SELECT id, 1, %s, '', %s, '', 1, false, 1, %s FROM a",
        (
            await _task(conn, f"write{place}", item),
            ("ada", "bea")[place % 2],
            f"event{place}",
            Json({"text": _text(draw)}),
            Json(writing),
        ),
    )


def _text(draw: Random) -> str:
    return " ".join(f"word{int(draw.paretovariate(0.5)) % VOCABULARY}" for _ in range(WORDS))
