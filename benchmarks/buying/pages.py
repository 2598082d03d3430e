"""Whether the last page of a million items is slower than the first."""

import asyncio
import statistics
import time
from typing import Any

import httpx

from benchmarks.buying import stage

ITEMS, PAGE, ROUNDS = 1_000_000, 50, 200


def measure() -> dict[str, Any]:
    """`page_1m_ratio`: median wall time of the last page over that of the first, in turns."""
    with stage.database() as url:
        key, batch = asyncio.run(stage.key(url)), asyncio.run(stage.add_batch(url, ITEMS))
        headers = {"Authorization": f"Bearer {key}"}
        with (
            stage.serve(url) as (port, _),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client,
        ):
            path, last = f"/v1/batches/{batch}/items", ITEMS - PAGE
            pairs = [(_page_s(client, path, 0), _page_s(client, path, last)) for _ in range(ROUNDS)]
    first_s, last_s = (statistics.median(times) for times in zip(*pairs, strict=True))
    return {
        "page_1m_ratio": round(last_s / first_s, 3),
        "page_first_ms": round(first_s * 1000, 2),
        "page_last_ms": round(last_s * 1000, 2),
    }


def _page_s(client: httpx.Client, path: str, after: int) -> float:
    begun = time.perf_counter()
    response = client.get(path, params={"limit": PAGE, "starting_after": after}, timeout=60)
    took_s = time.perf_counter() - begun
    shown = response.raise_for_status().json()["data"]
    if [shown[0]["n"], shown[-1]["n"]] != [after + 1, after + PAGE]:
        raise RuntimeError(f"{path} after {after} shows {shown[0]['n']} to {shown[-1]['n']}")
    return took_s
