"""Programs as judges: right is 1, wrong is 0, unsure is no score at all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import check
from judging.verifiers.workers.pool import WorkerPool
from services.rewards.scorer import BOTH, Question, Scored

PORTION = 64
"""Answers sent to a process at once: the way there costs as much as 50 answers."""


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to check."""

    verifier: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it."""

    outcome: Literal["right", "wrong", "unsure", "failed"]
    reason: str
    final: str = ""


@dataclass(frozen=True, slots=True)
class PoolVerifier:
    """Verifiers that only read; worker processes do it, so that no text holds up the event loop.

    Answers go in portions. Where a portion is lost with its worker, each of its answers is sent
    again alone; the one that is lost again is unsure, never wrong.
    """

    pool: WorkerPool
    name: str = "verifier"
    lane: str = "verifiers"
    arity: frozenset[int] = BOTH
    weight: int = 1
    batch: int = PORTION

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        """Check all answers of all questions in one go."""
        jobs = [job for question in questions for job in jobs_of(question)]
        outcomes = iter(await self.check(jobs))
        return [conclude([next(outcomes) for _ in q.answers]) for q in questions]

    async def check(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job, in their order."""
        rows = [(job.verifier, job.text, job.reference) for job in jobs]
        reply = await self.pool.run("read_answers", rows)
        if reply.status == "done":
            return [Outcome(*row) for row in reply.value]
        if len(jobs) == 1:
            return [Outcome("unsure", f"not checked: {reply.value}")]
        alone = await asyncio.gather(*(self.check([job]) for job in jobs))
        return [outcome for outcomes in alone for outcome in outcomes]


@dataclass(frozen=True, slots=True)
class AsyncVerifier:
    """Verifiers that start processes of their own: programs in the sandbox, algebra, patterns."""

    sandbox: Sandbox
    name: str = "verifier"
    lane: str = "programs"
    arity: frozenset[int] = BOTH
    weight: int = 1
    batch: int = 1

    async def score(self, questions: Sequence[Question]) -> list[Scored]:
        """Run each program; raises ModelError where this machine cannot do so safely."""
        return [conclude(await self._run(question)) for question in questions]

    async def _run(self, question: Question) -> list[Outcome]:
        checks = await asyncio.gather(
            *(check(j.verifier, j.text, j.reference, self.sandbox) for j in jobs_of(question))
        )
        return [Outcome(each.outcome, each.reason, each.final) for each in checks]


def jobs_of(question: Question) -> list[Job]:
    """The last turn of each answer, to be checked."""
    return [
        Job(question.verifier, answer[-1].content, question.reference)
        for answer in question.answers
    ]


def conclude(outcomes: Sequence[Outcome]) -> Scored:
    """Of one answer what it is; of two which is right, a tie where both are or none is."""
    failure = next((o.reason for o in outcomes if o.outcome == "failed"), "")
    if failure:
        return Scored(failure=f"the verifier failed: {failure}")
    unsure = next((o for o in outcomes if o.outcome == "unsure"), None)
    if unsure is not None:
        return Scored(because="unsure", verdict="unsure", reason=unsure.reason)
    values = [float(o.outcome == "right") for o in outcomes]
    if len(values) == 1:
        return Scored(values[0], values[0], outcomes[0].outcome, outcomes[0].reason, confidence=1.0)
    better = 0.5 + (values[0] - values[1]) / 2
    verdict = {1.0: "A", 0.0: "B"}.get(better, "tie")
    reason = f"A is {outcomes[0].outcome}, B is {outcomes[1].outcome}"
    return Scored(better, better, verdict, reason, confidence=1.0)
