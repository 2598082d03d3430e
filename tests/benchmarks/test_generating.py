import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.generating import kills, mock, poison, scheduler
from benchmarks.generating.effort import Effort
from benchmarks.generating.jobs import Job, run_job
from benchmarks.generating.prompts import prompts, write_rows
from benchmarks.generating.worker import work
from benchmarks.mock.draws import is_poisoned
from benchmarks.mock.server import MockServer
from benchmarks.mock.settings import MockSettings

FAST = MockSettings(slots=4, base_ms=0.5, token_ms=0.005)


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(FAST) as server:
        yield server


def write_job(folder: Path, count: int, **options: str) -> Job:
    rows = write_rows(folder / "rows.jsonl", prompts(count, 0))
    return replace(Job(rows, str(folder / "job")), **options)  # type: ignore[arg-type]


def test_both_sides_do_the_same_work(server: MockServer) -> None:
    one, two = mock.compare(server, 20, Effort(rounds=1))
    for [turn], requests in ((one, 20), (two, 40)):
        assert turn.raw.completed == turn.ours.completed == turn.outcome.requests == requests
        assert turn.raw.completion_tokens == turn.outcome.completion_tokens
        assert (turn.ours.repeated, turn.outcome.accepted) == (0, 20)
        assert turn.efficiency > 0


def test_a_second_worker_finds_all_in_the_journal(server: MockServer, tmp_path: Path) -> None:
    server.reset()
    job = write_job(tmp_path, 20, endpoint=server.endpoint, recipe="two_steps")
    first, before = run_job(job), kills.contents(job)
    again = run_job(job)
    assert (first.accepted, again.accepted, again.completion_tokens) == (20, 20, 0)
    assert server.stats().completed == 40
    assert {"failed.jsonl", "Completion/manifest.json", "draws/manifest.json"} <= set(before)
    assert kills.contents(job) == before


@pytest.mark.parametrize("keeps", ["everything", "dataset", "nothing"])
async def test_what_is_not_kept_is_not_there(tmp_path: Path, keeps: str) -> None:
    outcome = await work(write_job(tmp_path, 20, keeps=keeps))
    assert (outcome.requests, outcome.accepted) == (20, 20)
    assert (tmp_path / "job" / "journal.log").exists() == (keeps == "everything")
    assert (tmp_path / "job" / "run" / "draws").exists() == (keeps != "nothing")


def test_the_engine_that_answers_at_once_is_measured_per_cpu_second() -> None:
    assert scheduler.rate("nothing", 50) > 0


def test_a_worker_that_fails_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="status 1"):
        run_job(write_job(tmp_path, 1, recipe="unheard of"))


def test_killed_runs_are_counted_and_compared() -> None:
    slow = replace(FAST, base_ms=10.0, poison_share=0.1)
    tally = kills.spend(Effort(kills=2), slow, 200, 0.3)
    assert len(tally.repeated) == 2
    assert tally.identical
    assert min(tally.repeated) >= 0


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    job = write_job(tmp_path, 5)
    asyncio.run(work(job))
    before = kills.contents(job)
    (tmp_path / "job" / "run" / "failed.jsonl").write_bytes(b"{}\n")
    assert kills.contents(job) != before


def test_only_poisoned_prompts_are_missing_and_each_is_named() -> None:
    texts = prompts(60, 0)
    made, named = poison.deliver(replace(FAST, poison_share=0.1), texts)
    assert named == {text for text in texts if is_poisoned(text, 0.1)}
    assert made == set(texts) - named
    assert named
