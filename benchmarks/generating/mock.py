"""Ours against all requests at once, on the mock engine: one step, and a chain of two."""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, Outcome, run_job
from benchmarks.generating.prompts import judge_prompt, prompts, write_rows
from benchmarks.generating.recipes import DRAW_SEED, JUDGE
from benchmarks.mock.raw import Body, generation, measure_raw
from benchmarks.mock.server import MockServer, Stats
from benchmarks.mock.settings import MockSettings

ROWS = 1024
"""Sixteen for each slot: the first and the last fill of the slots decide little."""


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of both sides."""

    raw: Stats
    ours: Stats
    outcome: Outcome

    @property
    def efficiency(self) -> float:
        """Our tokens per second over those of the raw run, by the engine's clock."""
        return self.ours.tokens_per_s / self.raw.tokens_per_s


def measure(effort: Effort) -> dict[str, object]:
    """Both recipes, medians over the rounds."""
    with MockServer(MockSettings()) as server:
        one, two = compare(server, ROWS, effort)
    return {
        "engine_efficiency": _median(one),
        "engine_efficiency_two_step": _median(two),
        "client_cpu_ms_per_request": _cpu_ms(one),
        "client_cpu_ms_per_request_two_step": _cpu_ms(two),
        "engine_efficiency_of_each_round": [round(each.efficiency, 4) for each in one],
        "engine_efficiency_two_step_of_each_round": [round(each.efficiency, 4) for each in two],
        "mock_rows": ROWS,
        "mock_slots": MockSettings().slots,
        "mock_raw_tokens_per_s": round(statistics.median(each.raw.tokens_per_s for each in one)),
        "mock_repeated": sum(each.ours.repeated for each in (*one, *two)),
    }


def compare(server: MockServer, rows: int, effort: Effort) -> tuple[list[Round], list[Round]]:
    """(one step, two steps): so many rounds of each, raw and ours in turn.

    Each round has its own prompts: who holds the last slot is luck, and would be the same again.
    """
    each_turn = [prompts(rows, effort.seed, turn) for turn in range(effort.rounds)]
    turns = [(_take_turn(server, texts, 1), _take_turn(server, texts, 2)) for texts in each_turn]
    return [one for one, _ in turns], [two for _, two in turns]


def _take_turn(server: MockServer, texts: Sequence[str], steps: int) -> Round:
    bodies = [generation(text, seed=DRAW_SEED) for text in texts]
    raw = measure_raw(server, bodies, _judge if steps == 2 else None)
    server.reset()
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        rows = write_rows(Path(folder) / "rows.jsonl", texts)
        recipe = "two_steps" if steps == 2 else "one_step"
        outcome = run_job(Job(rows, folder, recipe, server.endpoint))
    return Round(raw, server.stats(), outcome)


def _judge(body: Body, said: str) -> Sequence[Body]:
    if body["max_tokens"] == JUDGE.max_tokens:
        return ()
    return [generation(judge_prompt(said), seed=DRAW_SEED, max_tokens=JUDGE.max_tokens)]


def _median(turns: Sequence[Round]) -> float:
    return round(statistics.median(each.efficiency for each in turns), 4)


def _cpu_ms(turns: Sequence[Round]) -> float:
    return round(statistics.median(each.outcome.cpu_ms_per_request for each in turns), 3)
