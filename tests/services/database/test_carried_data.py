"""What a database of the schema before the people's queue holds, carried up to it and back."""

from pathlib import Path
from shutil import copy

import psycopg
import pytest
from psycopg.rows import dict_row

from services.database.migrate import downgrade, migrate, schema_files

OLD = "0003_audit"
FILL = """
INSERT INTO tenant (id) VALUES ('acme'), ('other');
INSERT INTO reviewer (pseudonym, simulated) VALUES ('ada', false), ('sim', true), ('bob', false);
INSERT INTO orders (id, tenant_id, spec, spec_sha256, state) VALUES
    ('ord_p', 'acme', '{"name": "people''s", "review": {"overlap": 2}}', 'x', 'running'),
    ('ord_s', 'other', '{"name": "programs''", "review": {"reviewers": "simulated"}}', 'y',
     'running');
INSERT INTO batch (id, order_id, seq, state, tasks_open) VALUES
    ('bat_p', 'ord_p', 1, 'in_review', 2), ('bat_s', 'ord_s', 1, 'calibrating', 0);
INSERT INTO review_task (id, batch_id, tenant_id, item_id, purpose, payload, priority, simulated_ok,
                         overlap, slots_free, answers_needed, state) VALUES
    ('rvt_1', 'bat_p', NULL, 'par_1', 'unsure', '{"n": 1}', 0.5, false, 2, 0, 1, 'open'),
    ('rvt_2', 'bat_p', NULL, 'par_2', 'audit', '{"n": 2}', 0.1, false, 1, 1, 1, 'open'),
    ('rvt_3', 'bat_s', NULL, 'par_3', 'calibration', '{"n": 3}', 0.9, true, 1, 0, 0, 'done'),
    ('rvt_4', NULL, 'acme', 'rwq_1', 'unsure', '{"n": 4}', 0.7, false, 1, 0, 0, 'done');
INSERT INTO assignment (id, task_id, reviewer, state, swapped, expires_at, ended_at) VALUES
    ('asg_1', 'rvt_1', 'ada', 'submitted', true, now(), now()),
    ('asg_2', 'rvt_1', 'bob', 'leased', false, now(), NULL),
    ('asg_3', 'rvt_2', 'ada', 'released', true, now(), now()),
    ('asg_4', 'rvt_3', 'sim', 'submitted', false, now(), now()),
    ('asg_5', 'rvt_4', 'bob', 'submitted', false, now(), now());
INSERT INTO answer (assignment_id, client_event_id, verdict, comment, simulated, active_ms) VALUES
    ('asg_1', 'e1', 'A', 'clearer', false, 900), ('asg_4', 'e4', 'tie', '', true, 10),
    ('asg_5', 'e5', 'B', '', false, 20);
"""
TABLES = {
    "orders": "id",
    "batch": "id",
    "review_task": "id",
    "assignment": "id",
    "answer": "assignment_id",
    "reviewer": "pseudonym",
}
NEWER_WORK = """
INSERT INTO response (assignment_id, revision, client_event_id, label, answer, comment, guideline_n,
                      simulated, active_ms)
VALUES ('asg_1', 2, 'e1b', 'B', '{"preference": 3}', 'looked again', 1, false, 50),
       ('asg_2', 1, 'e2', 'A', '{"preference": -1}', '', 1, false, 60);
UPDATE assignment SET revision = 2 WHERE id = 'asg_1';
UPDATE assignment SET revision = 1, state = 'submitted', ended_at = now() WHERE id = 'asg_2';
UPDATE review_task SET answers_needed = 0, state = 'adjudicating' WHERE id = 'rvt_1';
UPDATE assignment SET state = 'skipped', reason = 'unclear' WHERE id = 'asg_3';
INSERT INTO assignment (id, task_id, reviewer, state, revision, expires_at, ended_at)
VALUES ('asg_6', 'rvt_1', 'sim', 'surplus', 1, now(), now());
INSERT INTO response (assignment_id, revision, client_event_id, label, answer, comment, guideline_n,
                      simulated, active_ms)
VALUES ('asg_6', 1, 'e6', 'A', '{"preference": -1}', '', 1, true, 60);
INSERT INTO queue (id, tenant_id, name, kind) VALUES ('que_w', 'acme', 'essays', 'write');
INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, author)
VALUES ('que_w', 1, 'Write.', '{}', 'first', false, 'z', 'lee');
INSERT INTO review_task (id, queue_id, item_id, purpose, payload, priority, overlap, slots_free,
                         answers_needed)
VALUES ('rvt_5', 'que_w', 'w1', 'asked', '{}', 1, 1, 0, 1);
INSERT INTO assignment (id, task_id, reviewer, expires_at) VALUES ('asg_7', 'rvt_5', 'ada', now());
INSERT INTO draft (assignment_id, client_seq, body) VALUES ('asg_7', 1, '{}');
"""


@pytest.fixture
async def old_url(empty_url: str, tmp_path: Path) -> str:
    """A database of the old schema, with orders, tasks, leases and answers."""
    for file in schema_files()[:3]:
        copy(file, tmp_path)
    await migrate(empty_url, tmp_path)
    with psycopg.connect(empty_url) as conn:
        conn.execute(FILL)
    return empty_url


def contents(url: str) -> dict[str, list[dict[str, object]]]:
    with psycopg.connect(url, row_factory=dict_row) as conn:
        return {
            table: conn.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall()
            for table, key in TABLES.items()
        }


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute(sql).fetchall()


async def test_orders_get_queues_and_answers_stay_theirs(old_url: str) -> None:
    await migrate(old_url)
    assert rows(old_url, "SELECT order_id, name, simulated_ok, overlap FROM queue ORDER BY 1") == [
        ("ord_p", "people's", False, 2),
        ("ord_s", "programs'", True, 1),
        (None, "rewards", False, 1),
    ]
    counted = "SELECT task_id, reviewer, presented, label, answer, comment, simulated, active_ms"
    assert rows(old_url, f"{counted} FROM counted_answer ORDER BY 1") == [
        ("rvt_1", "ada", 1, "A", {"preference": -2}, "clearer", False, 900),
        ("rvt_3", "sim", 0, "tie", {"preference": 0}, "", True, 10),
        ("rvt_4", "bob", 0, "B", {"preference": 2}, "", False, 20),
    ]
    assert rows(old_url, "SELECT id FROM review_task WHERE guideline_n <> 1") == []


async def test_what_was_there_comes_back_unchanged(old_url: str) -> None:
    before = contents(old_url)
    await migrate(old_url)
    await downgrade(old_url, OLD)
    assert contents(old_url) == before


async def test_newer_work_comes_back_as_far_as_the_old_schema_has_words_for_it(
    old_url: str,
) -> None:
    await migrate(old_url)
    with psycopg.connect(old_url) as conn:
        conn.execute(NEWER_WORK)
    await downgrade(old_url, OLD)
    verdicts = "SELECT assignment_id, client_event_id, verdict, comment FROM answer ORDER BY 1"
    assert rows(old_url, verdicts) == [
        ("asg_1", "e1b", "B", "looked again"),
        ("asg_2", "e2", "A", ""),
        ("asg_4", "e4", "tie", ""),
        ("asg_5", "e5", "B", ""),
    ]
    assert rows(old_url, "SELECT id, state FROM assignment WHERE id IN ('asg_3', 'asg_6')") == [
        ("asg_3", "released"),
        ("asg_6", "released"),
    ]
    assert rows(old_url, "SELECT id FROM review_task WHERE id = 'rvt_5'") == []
    assert rows(old_url, "SELECT state FROM review_task WHERE id = 'rvt_1'") == [("done",)]
    assert rows(old_url, "SELECT tasks_open FROM batch WHERE id = 'bat_p'") == [(1,)]


async def test_a_batch_that_waited_for_an_adjudicator_only_is_woken(old_url: str) -> None:
    await migrate(old_url)
    with psycopg.connect(old_url) as conn:
        conn.execute(NEWER_WORK)
        conn.execute("UPDATE batch SET tasks_open = 1 WHERE id = 'bat_p'")
    await downgrade(old_url, OLD)
    assert rows(old_url, "SELECT topic, key FROM outbox") == [("batch.resumed", "bat_p")]


async def test_without_the_reward_services_tasks_the_batches_stay(old_url: str) -> None:
    await migrate(old_url)
    await downgrade(old_url, "0001_initial")
    assert [row[0] for row in rows(old_url, "SELECT id FROM review_task ORDER BY 1")] == [
        "rvt_1",
        "rvt_2",
        "rvt_3",
    ]
    assert rows(old_url, "SELECT assignment_id FROM answer ORDER BY 1") == [("asg_1",), ("asg_4",)]
    with (
        psycopg.connect(old_url) as conn,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        conn.execute("DELETE FROM answer")
