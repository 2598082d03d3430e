-- Back to comparisons only. Kept: the tasks of batches and of the reward service, with their leases
-- and with the answers that count, each as it stands, as a plain verdict.
-- Lost: queues and guidelines, tasks of other kinds, gold, answers that do not count, older revisions,
-- graded preferences, drafts, adjudications, qualifications, flags, pay, accounts and sessions.

CREATE TEMPORARY TABLE kept ON COMMIT DROP AS
SELECT t.id, q.tenant_id, q.simulated_ok FROM review_task t JOIN queue q ON q.id = t.queue_id
WHERE q.kind = 'pairwise' AND t.purpose IN ('calibration', 'unsure', 'audit')
  AND (t.batch_id IS NOT NULL OR (q.order_id IS NULL AND q.name = 'rewards'));

CREATE TABLE answer (
    assignment_id   text COLLATE "C" PRIMARY KEY REFERENCES assignment,
    client_event_id text COLLATE "C" NOT NULL UNIQUE
                    CHECK (length(client_event_id) BETWEEN 1 AND 64),
    verdict         text NOT NULL CHECK (verdict IN ('A', 'B', 'tie')),  -- in the canonical order
    comment         text NOT NULL,
    simulated       boolean NOT NULL,
    active_ms       int NOT NULL CHECK (active_ms >= 0),
    answered_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO answer
SELECT w.assignment_id, w.client_event_id, w.label, w.comment, w.simulated, w.active_ms, w.answered_at
FROM kept JOIN assignment a ON a.task_id = kept.id AND a.state = 'submitted'
JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision;
CREATE TRIGGER answer_append_only BEFORE UPDATE OR DELETE ON answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

DROP VIEW counted_answer;
DROP TABLE draft, gold_result, adjudication, flag, void_request, work_ledger, qualification,
    login_session, rate_bucket, account, gold, response;
DELETE FROM assignment WHERE task_id NOT IN (SELECT id FROM kept);
DELETE FROM review_task WHERE id NOT IN (SELECT id FROM kept);

-- Leases and answers ------------------------------------------------------------------------------

DROP INDEX assignment_live, assignment_work;
ALTER TABLE assignment
    DROP CONSTRAINT assignment_answered,
    DROP CONSTRAINT assignment_state_check,
    ADD COLUMN swapped boolean NOT NULL DEFAULT false;
UPDATE assignment SET swapped = presented % 2 = 1,
    state = CASE WHEN state IN ('surplus', 'skipped', 'voided') THEN 'released' ELSE state END;
ALTER TABLE assignment
    ALTER COLUMN swapped DROP DEFAULT,
    DROP COLUMN presented,
    DROP COLUMN guideline_n,
    DROP COLUMN revision,
    DROP COLUMN reason,
    ADD CONSTRAINT assignment_state_check
        CHECK (state IN ('leased', 'submitted', 'released', 'expired'));
CREATE UNIQUE INDEX assignment_live ON assignment (task_id, reviewer)
    WHERE state IN ('leased', 'submitted');
CREATE INDEX assignment_work ON assignment (reviewer, ended_at) WHERE state = 'submitted';

-- Tasks -------------------------------------------------------------------------------------------

-- What waits for an adjudicator has all its answers; nobody would finish it. Its batch is woken.
WITH ended AS (
    UPDATE review_task SET state = 'done' WHERE state = 'adjudicating' RETURNING batch_id),
fewer AS (
    UPDATE batch b SET tasks_open = tasks_open - e.n
    FROM (SELECT batch_id, count(*) AS n FROM ended GROUP BY batch_id) e WHERE b.id = e.batch_id
    RETURNING b.id, b.tasks_open)
INSERT INTO outbox (topic, key, payload)
SELECT 'batch.resumed', id, '{}' FROM fewer WHERE tasks_open = 0;
UPDATE review_task SET state = 'done' WHERE state = 'cancelled';

DROP INDEX review_task_open, review_task_waiting, review_task_gold, review_task_batch;
ALTER TABLE review_task
    DROP CONSTRAINT review_task_slots,
    DROP CONSTRAINT review_task_open_needs_answers,
    DROP CONSTRAINT review_task_gold_is_gold,
    DROP CONSTRAINT review_task_once,
    DROP CONSTRAINT review_task_purpose_check,
    DROP CONSTRAINT review_task_state_check,
    ADD COLUMN tenant_id text COLLATE "C" REFERENCES tenant,
    ADD COLUMN simulated_ok boolean NOT NULL DEFAULT false;
UPDATE review_task t SET simulated_ok = kept.simulated_ok,
    tenant_id = CASE WHEN t.batch_id IS NULL THEN kept.tenant_id END
FROM kept WHERE kept.id = t.id;
ALTER TABLE review_task
    ALTER COLUMN simulated_ok DROP DEFAULT,
    DROP COLUMN queue_id,
    DROP COLUMN guideline_n,
    DROP COLUMN max_overlap,
    DROP COLUMN urgency,
    ADD CONSTRAINT review_task_purpose_check
        CHECK (purpose IN ('calibration', 'unsure', 'audit')),
    ADD CONSTRAINT review_task_state_check CHECK (state IN ('open', 'done')),
    ADD CONSTRAINT review_task_batch_id_item_id_purpose_key UNIQUE (batch_id, item_id, purpose),
    ADD CONSTRAINT review_task_check
        CHECK (0 <= slots_free AND slots_free <= answers_needed AND answers_needed <= overlap),
    ADD CONSTRAINT review_task_check1 CHECK ((state = 'done') = (answers_needed = 0)),
    ADD CONSTRAINT review_task_check2 CHECK ((batch_id IS NULL) = (tenant_id IS NOT NULL));
CREATE INDEX review_task_open ON review_task (priority DESC, id)
    WHERE slots_free > 0 AND state = 'open';
CREATE UNIQUE INDEX review_task_of_tenant ON review_task (tenant_id, item_id)
    WHERE batch_id IS NULL;
CREATE INDEX review_task_of_tenant_open ON review_task (tenant_id)
    WHERE batch_id IS NULL AND state = 'open';

-- Queues ------------------------------------------------------------------------------------------

ALTER TABLE queue DROP CONSTRAINT queue_id_guideline_n_fkey;
DROP TABLE guideline, queue;
