"""Claims, answers, losses, voids, decisions, ends, guidelines: any order keeps the promises."""

import asyncio
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ingot.errors import ReviewError
from ingot.orders import BatchState, OrderSpec
from ingot.records import Message
from services.accounts.keys import Principal, create_key
from services.database.pool import Row, connect
from services.ordering import repository as orders
from services.ordering.batches import transition
from services.review.quality import adjudication, ending, guidelines, voids
from services.review.quality.queue_repository import find_queue
from services.review.queue import claims, claims_repository, holding
from services.review.queue.answers import answer
from services.review.queue.schemas import AnswerIn, AnswerOut, SkipIn
from services.review.tasks import NewTask, create_tasks

ORDER = {"name": "machine", "quantity": 3, "source": {"recipe": "write_instructions"}}
TERMS = {
    "one answer": {"overlap": 1},
    "three answers": {"overlap": 3},
    "one more on disagreement": {"overlap": 2, "max_overlap": 4, "agree_share": 0.7},
    "adjudicated": {"overlap": 2, "agree_share": 1.0, "adjudicate": True},
    "one more, then adjudicated": {
        "overlap": 2,
        "max_overlap": 3,
        "agree_share": 0.7,
        "adjudicate": True,
    },
}
TASKS, PEOPLE = 3, 5
NEW = guidelines.NewVersion(body="anew", change_note="anew", breaking=True)

BROKEN_SLOTS = """
SELECT t.id FROM review_task t JOIN batch b ON b.id = t.batch_id, LATERAL (
    SELECT count(*) AS live, count(*) FILTER (WHERE a.state = 'submitted') AS answered
    FROM assignment a WHERE a.task_id = t.id AND a.state IN ('leased', 'submitted')) n
WHERE b.id = %s AND t.state <> 'cancelled'
  AND (slots_free <> overlap - n.live OR answers_needed <> overlap - n.answered)"""
TWICE = """
SELECT 1 FROM counted_answer c JOIN review_task t ON t.id = c.task_id WHERE t.batch_id = %s
GROUP BY c.task_id, c.reviewer HAVING count(*) > 1"""
OPEN = """
SELECT b.tasks_open, count(t.id) FILTER (WHERE t.state IN ('open', 'adjudicating')) AS open,
       (SELECT count(*) FROM outbox WHERE key = b.id) AS events
FROM batch b JOIN review_task t ON t.batch_id = b.id WHERE b.id = %s GROUP BY b.id"""
WAITING = (
    "SELECT id FROM review_task WHERE batch_id = %s AND state IN ('open', 'adjudicating') "
    "ORDER BY id"
)
DISAGREED = "SELECT id FROM review_task WHERE batch_id = %s AND state = 'adjudicating' ORDER BY id"
DECIDED_BUT_OPEN = """
SELECT t.id FROM review_task t JOIN adjudication d ON d.task_id = t.id
WHERE t.batch_id = %s AND t.state <> 'done'"""
STOOD_IN_FOR = """
SELECT 1 FROM assignment a JOIN review_task t ON t.id = a.task_id
JOIN adjudication d ON d.task_id = t.id WHERE a.id = %s AND t.overlap = 1"""
STANDING = """
SELECT a.id, a.state, a.revision, w.client_event_id, (l.assignment_id IS NOT NULL) AS paid,
       (c.assignment_id IS NOT NULL) AS counts
FROM assignment a JOIN review_task t ON t.id = a.task_id
JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
LEFT JOIN work_ledger l ON l.assignment_id = a.id
LEFT JOIN counted_answer c ON c.assignment_id = a.id WHERE t.batch_id = %s"""


class Machine(RuleBasedStateMachine):
    """Five reviewers, an adjudicator, two QA leads, a batch of three tasks."""

    url = ""
    terms: ClassVar[dict[str, Any]] = {}
    lead = Principal("operator", "acme", "", False, "a", frozenset({"qa_lead"}))
    people = st.integers(0, PEOPLE - 1)
    picks = st.integers(0, 99)
    """Which lease or task: no Bundle, as chance in the database decides how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.conn = self.loop.run(connect(self.url))
        self.leases: list[tuple[str, int]] = []
        self.given: dict[str, list[tuple[str, AnswerOut]]] = {}

    def lease(self, pick: int) -> tuple[str, int]:
        return self.leases[pick % len(self.leases)]

    def teardown(self) -> None:
        self.loop.run(self.conn.close())
        self.loop.close()

    def do(self, act: Any, *arguments: Any) -> Any:
        """One transaction, as an endpoint has it."""

        async def run() -> Any:
            async with self.conn.transaction():
                return await act(self.conn, *arguments)

        return self.loop.run(run())

    def rows(self, sql: str, *values: object) -> list[Row]:
        async def run(conn: Any) -> Any:
            rows = await conn.execute(sql, values)
            return await rows.fetchall() if rows.description else []

        found: list[Row] = self.do(run)
        return found

    @initialize()
    def order(self) -> None:
        spec = OrderSpec.model_validate({**ORDER, "review": self.terms})
        self.do(self._make, spec)
        self.claim(0, 1)

    async def _make(self, conn: Any, spec: OrderSpec) -> None:
        mark = uuid4().hex[:8]
        self.who = [
            Principal("reviewer", "acme", f"{mark}-{n}", False, "", frozenset({"reviewer"}))
            for n in range(PEOPLE)
        ]
        self.ada = Principal(
            "reviewer", "acme", f"{mark}-ada", False, "", frozenset({"adjudicator"})
        )
        for person in (*self.who, self.ada):
            await create_key(conn, "reviewer", "acme", person.pseudonym)
        order_id = await orders.add_order(conn, "acme", spec.model_dump(mode="json"), mark)
        self.batch_id = (await orders.add_batch(conn, order_id, 1))["id"]
        for state in (BatchState.GENERATING, BatchState.JUDGING, BatchState.IN_REVIEW):
            await transition(conn, self.batch_id, state, actor="test")
        turn = (Message(role="user", content="?"),)
        overlap = spec.review.overlap
        tasks = [
            NewTask(f"par_{n}", "unsure", turn, turn, turn, overlap=overlap) for n in range(TASKS)
        ]
        await create_tasks(conn, self.batch_id, tasks)
        rows = await conn.execute(
            "SELECT queue_id FROM review_task WHERE batch_id = %s", (self.batch_id,)
        )
        self.queue_id = (await rows.fetchone())["queue_id"]

    @rule(person=people, limit=st.integers(1, 3))
    def claim(self, person: int, limit: int) -> None:
        rows = self.do(claims.claim, self.who[person], limit, self.queue_id).rows
        self.leases += [(row["id"], person) for row in rows]

    @rule(
        said=st.permutations([-1, -1, 0, 1, 1]),
        decision=st.sampled_from([None, -1, 0, 1]),
    )
    def everybody_answers(self, said: list[int], decision: int | None) -> None:
        """So that people come to disagree on a task up to its largest overlap."""
        for person, preference in enumerate(said):
            before = len(self.leases)
            self.claim(person, TASKS)
            for pick in range(before, len(self.leases)):
                self.answer(pick, preference)
        if decision is not None:
            self.adjudicate(decision)

    @rule(pick=picks, preference=st.integers(-1, 1))
    def answer(self, pick: int, preference: int) -> None:
        lease = self.lease(pick)
        event = uuid4().hex
        try:
            reply = self._answer(lease, preference, event)
        except ReviewError:
            assert self._may_refuse(lease[0])
            return
        stored = self.given.setdefault(lease[0], [])
        assert reply.revision == len(stored) + 1
        stored.append((event, reply))

    def _answer(self, lease: tuple[str, int], preference: int, event: str) -> AnswerOut:
        given = AnswerIn(answer={"preference": preference}, client_event_id=event)
        reply: AnswerOut = self.do(answer, self.who[lease[1]], lease[0], given)
        return reply

    def _may_refuse(self, assignment_id: str) -> bool:
        """A voided answer stays voided, and a second assignment of an answered task is refused."""
        return bool(
            self.rows(
                "SELECT 1 FROM assignment a LEFT JOIN assignment o ON o.task_id = a.task_id "
                "AND o.reviewer = a.reviewer AND o.id <> a.id "
                "AND o.state IN ('submitted', 'surplus') AND o.reason <> 'stale_guideline' "
                "WHERE a.id = %s AND (a.state = 'voided' OR o.id IS NOT NULL)",
                assignment_id,
            )
        )

    @rule(pick=picks)
    def send_again(self, pick: int) -> None:
        lease = self.lease(pick)
        for event, reply in self.given.get(lease[0], []):
            again = self._answer(lease, 0, event)
            assert (again.revision, again.answered_at) == (reply.revision, reply.answered_at)

    @rule(pick=picks, act=st.sampled_from(["release", "skip", "heartbeat"]))
    def hold(self, pick: int, act: str) -> None:
        lease = self.lease(pick)
        more = (SkipIn(reason="unclear"),) if act == "skip" else ()
        try:
            self.do(getattr(holding, act), self.who[lease[1]].pseudonym, lease[0], *more)
        except ReviewError:
            [row] = self.rows("SELECT state FROM assignment WHERE id = %s", lease[0])
            assert row["state"] != "leased"

    @rule(pick=picks)
    def run_out(self, pick: int) -> None:
        lease = self.lease(pick)
        self.rows(
            "UPDATE assignment SET expires_at = now() - interval '1 s' WHERE id = %s", lease[0]
        )

    @rule()
    def collect(self) -> None:
        self.do(claims_repository.give_back_dead)

    @rule(pick=picks, confirm=st.booleans())
    def void(self, pick: int, confirm: bool) -> None:
        lease = self.lease(pick)
        second = replace(self.lead, key_prefix="b")
        try:
            self.do(voids.ask, self.lead, lease[0], "seems careless")
        except ReviewError:
            return
        try:
            self.do(voids.decide, second, lease[0], confirm)
        except ReviewError:
            assert self.rows(STOOD_IN_FOR, lease[0])

    @rule(preference=st.integers(-1, 1))
    def adjudicate(self, preference: int) -> None:
        verdict = adjudication.Verdict(answer={"preference": preference}, cause="ambiguous")
        for row in self.rows(DISAGREED, self.batch_id)[:1]:
            self.do(adjudication.adjudicate, self.ada, row["id"], verdict)

    @rule(pick=picks)
    def end(self, pick: int) -> None:
        waiting = self.rows(WAITING, self.batch_id)
        if waiting:
            task_id = waiting[pick % len(waiting)]["id"]
            self.do(ending.end, self.lead, task_id, "nobody can answer it")

    @rule()
    def publish(self) -> None:
        async def run(conn: Any) -> None:
            queue = await find_queue(conn, "acme", self.queue_id, lock=True)
            await guidelines.publish(conn, "lea", queue, NEW)

        self.do(run)

    @invariant()
    def slots_are_overlap_less_live(self) -> None:
        assert self.rows(BROKEN_SLOTS, self.batch_id) == []

    @invariant()
    def nobody_counts_twice(self) -> None:
        assert self.rows(TWICE, self.batch_id) == []

    @invariant()
    def the_batch_knows_what_is_open_and_goes_on_once(self) -> None:
        [row] = self.rows(OPEN, self.batch_id)
        assert row["tasks_open"] == row["open"]
        assert row["events"] == (row["open"] == 0)

    @invariant()
    def what_was_decided_is_done(self) -> None:
        assert self.rows(DECIDED_BUT_OPEN, self.batch_id) == []

    @invariant()
    def every_answer_is_kept_and_paid_and_surplus_never_counts(self) -> None:
        standing = {row["id"]: row for row in self.rows(STANDING, self.batch_id)}
        assert standing.keys() == self.given.keys()
        for assignment_id, stored in self.given.items():
            row = standing[assignment_id]
            assert (row["revision"], row["client_event_id"]) == (len(stored), stored[-1][0])
            assert row["paid"]
            assert row["counts"] == (row["state"] == "submitted")


@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
def test_the_promises_hold_in_any_order_of_acts(terms: dict[str, Any], database_url: str) -> None:
    """Few examples each, as Hypothesis varies what it has rather than drawing anew after some."""

    class OnThisDatabase(Machine):
        url = database_url

    OnThisDatabase.terms = terms
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
