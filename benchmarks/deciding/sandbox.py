"""What a run in the sandbox costs, beside a bare `python -c pass`, and what it holds back.

Warm, fresh and bare runs take turns within each round, with as many at once, because a busy machine
slows them all alike: the ratio is the figure, the rates belong to the moment.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median

from benchmarks.deciding.attempts import lay_bait, make_attempt
from benchmarks.deciding.effort import Effort
from benchmarks.deciding.escapes import ESCAPES
from benchmarks.deciding.tampering import TAMPERINGS, tamper
from ingot.errors import ModelError
from judging.sandbox.bubblewrap import Sandbox, probe

PARALLEL = 4
RUNS = {"warm": 400, "fresh": 80, "bare": 120}
ALONE = 20
_PYTHON = "/usr/bin/python3"


def measure(effort: Effort) -> dict[str, object]:
    """Time the three, then make every attempt once."""
    try:
        inside = probe()
    except ModelError as error:
        return {"skipped": str(error)}
    return {"inside": inside, "parallel": PARALLEL, **asyncio.run(_measure(effort))}


async def rate_bare(count: int) -> float:
    """Starts of a bare Python per second, with as many at once as the sandboxes are given."""
    return await _rate(_run_bare, count)


async def _measure(effort: Effort) -> dict[str, object]:
    return {**await _time(effort.rounds), **await _escape(), **await _tamper()}


async def _time(rounds: int) -> dict[str, object]:
    """Medians over rounds of runs per second, and of milliseconds of one run by itself."""
    warm = Sandbox(max_parallel=PARALLEL)
    fresh = Sandbox(max_parallel=PARALLEL, warm=False)
    kinds: dict[str, Callable[[], Awaitable[object]]] = {
        "warm": lambda: warm.run("pass"),
        "fresh": lambda: fresh.run("pass"),
        "bare": _run_bare,
    }
    await warm.run_all(["pass"] * PARALLEL)
    rates = [{name: await _rate(kinds[name], RUNS[name]) for name in kinds} for _ in range(rounds)]
    alone = [{name: await _alone(kinds[name]) for name in kinds} for _ in range(rounds)]
    busy = median([await _busy(warm) for _ in range(rounds)])
    warm.close()
    return {
        "runs_per_second": round(median(rate["warm"] for rate in rates), 1),
        "runs_per_second_fresh": round(median(rate["fresh"] for rate in rates), 1),
        "bare_python_runs_per_second": round(median(rate["bare"] for rate in rates), 1),
        "ratio": round(median(rate["warm"] / rate["bare"] for rate in rates), 2),
        "ratio_fresh": round(median(rate["fresh"] / rate["bare"] for rate in rates), 2),
        "pool_busy": round(busy, 3),
        "ms_alone": {name: round(median(ms[name] for ms in alone), 1) for name in kinds},
    }


async def _rate(run: Callable[[], Awaitable[object]], count: int) -> float:
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await run()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(PARALLEL)))
    return count / (time.perf_counter() - started)


async def _busy(sandbox: Sandbox) -> float:
    """Which part of the places were taken while programs waited."""
    started = time.perf_counter()
    runs = await sandbox.run_all(["pass"] * RUNS["warm"])
    return sum(run.seconds for run in runs) / (time.perf_counter() - started) / PARALLEL


async def _alone(run: Callable[[], Awaitable[object]]) -> float:
    spans = []
    for _ in range(ALONE):
        started = time.perf_counter()
        await run()
        spans.append(time.perf_counter() - started)
    return median(spans) * 1e3


async def _run_bare() -> object:
    process = await asyncio.create_subprocess_exec(_PYTHON, "-c", "pass")
    return await process.wait()


async def _escape() -> dict[str, object]:
    """One after another in one sandbox, so that each would meet what the one before it left."""
    sandbox = Sandbox(max_parallel=1)
    with lay_bait() as bait:
        results = {e.name: await make_attempt(e, sandbox, bait) for e in ESCAPES}
    sandbox.close()
    return {
        "escapes": {name: result.said for name, result in results.items()},
        "escapes_contained": sum(result.contained for result in results.values()),
        "escapes_total": len(results),
        "alive_after": all(result.next_is_right for result in results.values()),
    }


async def _tamper() -> dict[str, object]:
    sandbox = Sandbox(max_parallel=PARALLEL)
    verdicts = {t.name: await tamper(t, sandbox) for t in TAMPERINGS}
    sandbox.close()
    expected = {t.name: [t.outcome] * 2 + ["right"] * 2 for t in TAMPERINGS}
    return {
        "tamperings": {name: found[0] for name, found in verdicts.items()},
        "tamperings_refused": sum(verdicts[name] == expected[name] for name in verdicts),
        "tamperings_total": len(verdicts),
    }
