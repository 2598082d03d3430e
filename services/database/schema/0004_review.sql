-- The people's queue as a whole: queues with their terms, guidelines in versions that bind tasks and
-- answers, answers of any kind with their revisions, gold, qualification, adjudication, evidence, pay,
-- accounts. What is promised is a constraint; what happened is append-only.

-- Queues ------------------------------------------------------------------------------------------

CREATE TABLE queue (
    id           text COLLATE "C" PRIMARY KEY DEFAULT new_id('que'),
    tenant_id    text COLLATE "C" NOT NULL REFERENCES tenant,
    order_id     text COLLATE "C" UNIQUE REFERENCES orders,  -- the queue of an order's batches
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    kind         text NOT NULL CHECK (kind IN (
                     'pairwise', 'ranking', 'attributes', 'rating', 'accept', 'rewrite', 'write',
                     'turns', 'trajectory', 'facts')),
    purpose      text NOT NULL DEFAULT 'production' CHECK (purpose IN ('production', 'training')),
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paused', 'closed')),
    simulated_ok boolean NOT NULL DEFAULT false,  -- programs may answer, marked as such
    overlap      int NOT NULL DEFAULT 1 CHECK (overlap BETWEEN 1 AND 15),
    max_overlap  int NOT NULL DEFAULT 1 CHECK (max_overlap BETWEEN 1 AND 15),
    agree_share  double precision NOT NULL DEFAULT 0 CHECK (agree_share BETWEEN 0 AND 1),
                 -- of a task's answers, that have to be the same; where they are not, one more is
                 -- asked for, up to max_overlap; 0 asks nobody else
    adjudicate   boolean NOT NULL DEFAULT false,  -- what stays in disagreement goes to an adjudicator
    lease_s      int NOT NULL DEFAULT 900 CHECK (lease_s BETWEEN 60 AND 14400),
    skill        text COLLATE "C" NOT NULL DEFAULT '',  -- needed to work here; '' is nothing
    grants       text COLLATE "C" NOT NULL DEFAULT '',  -- training: the skill that passing gives
    test_items   int NOT NULL DEFAULT 0 CHECK (test_items >= 0),
    pass_share   double precision NOT NULL DEFAULT 0.8 CHECK (pass_share BETWEEN 0 AND 1),
    gold_every   int NOT NULL DEFAULT 0 CHECK (gold_every >= 0),  -- one in so many is gold; 0: none
    pay_minor    int NOT NULL DEFAULT 0 CHECK (pay_minor >= 0),  -- for an answer
    currency     text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    weight       double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
                 -- of the tasks given out while several queues have some, this one's share
    guideline_n  int NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (overlap <= max_overlap),
    CHECK ((purpose = 'training') = (grants <> ''))
);
CREATE UNIQUE INDEX queue_name ON queue (tenant_id, name) WHERE order_id IS NULL;

CREATE TABLE guideline (
    queue_id    text COLLATE "C" NOT NULL REFERENCES queue,
    n           int NOT NULL CHECK (n > 0),
    body        text NOT NULL,   -- markdown
    rubric      jsonb NOT NULL,  -- what an answer has to hold, by the queue's kind
    change_note text NOT NULL,   -- what is new, for people
    breaking    boolean NOT NULL,  -- answers under older versions are stale
    sha256      text NOT NULL,   -- of body and rubric
    author      text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue_id, n)
);
CREATE TRIGGER guideline_append_only BEFORE UPDATE OR DELETE ON guideline
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE queue ADD FOREIGN KEY (id, guideline_n) REFERENCES guideline (queue_id, n)
    DEFERRABLE INITIALLY DEFERRED;

INSERT INTO queue (tenant_id, order_id, name, kind, simulated_ok, overlap, max_overlap)
SELECT o.tenant_id, o.id, left(o.spec->>'name', 120), 'pairwise',
       coalesce(o.spec->'review'->>'reviewers' = 'simulated', false), n.overlap, n.overlap
FROM orders o, LATERAL (SELECT coalesce((o.spec->'review'->>'overlap')::int, 1) AS overlap) n;
INSERT INTO queue (tenant_id, name, kind)
SELECT DISTINCT tenant_id, 'rewards', 'pairwise' FROM review_task WHERE tenant_id IS NOT NULL;
INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, author)
SELECT id, 1, '', '{}', 'first version', false, encode(sha256('{}'), 'hex'), 'platform' FROM queue;

-- Tasks -------------------------------------------------------------------------------------------

ALTER TABLE review_task ADD COLUMN queue_id text COLLATE "C" REFERENCES queue;
UPDATE review_task t SET queue_id = q.id FROM batch b JOIN queue q ON q.order_id = b.order_id
WHERE b.id = t.batch_id;
UPDATE review_task t SET queue_id = q.id FROM queue q
WHERE q.order_id IS NULL AND q.tenant_id = t.tenant_id AND t.batch_id IS NULL;
DROP INDEX review_task_open, review_task_of_tenant, review_task_of_tenant_open;
ALTER TABLE review_task
    ALTER COLUMN queue_id SET NOT NULL,
    ADD COLUMN guideline_n int NOT NULL DEFAULT 1,
    ADD COLUMN max_overlap int NOT NULL DEFAULT 15,
    ADD COLUMN urgency double precision NOT NULL DEFAULT 0,
        -- ln(priority) - hours since 2000 / 24: what waits a day longer is worth e times as much,
        -- and nothing needs to be computed anew
    DROP CONSTRAINT review_task_purpose_check,
    ADD CONSTRAINT review_task_purpose_check
        CHECK (purpose IN ('calibration', 'unsure', 'audit', 'asked', 'gold')),
    DROP CONSTRAINT review_task_state_check,
    ADD CONSTRAINT review_task_state_check
        CHECK (state IN ('open', 'adjudicating', 'done', 'cancelled', 'gold')),
    DROP COLUMN tenant_id,
    DROP COLUMN simulated_ok,
    ADD FOREIGN KEY (queue_id, guideline_n) REFERENCES guideline (queue_id, n);
-- (the checks over slots, answers and states are named anew below)
ALTER TABLE review_task
    DROP CONSTRAINT review_task_batch_id_item_id_purpose_key,
    DROP CONSTRAINT review_task_check,
    DROP CONSTRAINT review_task_check1,
    DROP CONSTRAINT IF EXISTS review_task_check2,
    ADD CONSTRAINT review_task_slots CHECK (
        0 <= slots_free AND slots_free <= answers_needed AND answers_needed <= overlap
        AND overlap <= max_overlap),
    ADD CONSTRAINT review_task_open_needs_answers CHECK ((state = 'open') = (answers_needed > 0)),
    ADD CONSTRAINT review_task_gold_is_gold CHECK ((state = 'gold') = (purpose = 'gold')),
    ADD CONSTRAINT review_task_once UNIQUE NULLS NOT DISTINCT (queue_id, batch_id, item_id, purpose);
-- A queue's tasks by urgency: a claim walks this from the front.
CREATE INDEX review_task_open ON review_task (queue_id, urgency DESC, id)
    WHERE slots_free > 0 AND state = 'open';
CREATE INDEX review_task_waiting ON review_task (queue_id, id) WHERE state IN ('open', 'adjudicating');
CREATE INDEX review_task_gold ON review_task (queue_id, id) WHERE state = 'gold';
CREATE INDEX review_task_batch ON review_task (batch_id, purpose) WHERE batch_id IS NOT NULL;

-- What is known of a task beforehand. Reviewers' endpoints read it only after the answer.
CREATE TABLE gold (
    task_id  text COLLATE "C" PRIMARY KEY REFERENCES review_task,
    expected json NOT NULL,  -- an answer of the queue's kind, in the canonical order
    label    text NOT NULL,  -- its label
    why      text NOT NULL DEFAULT '',  -- shown after a training answer
    active   boolean NOT NULL DEFAULT true
);

-- Leases and answers ------------------------------------------------------------------------------

ALTER TABLE assignment
    ADD COLUMN presented int NOT NULL DEFAULT 0 CHECK (presented >= 0),
        -- a draw from task and reviewer, from which the order on the screen follows; even and
        -- pairwise: A stands left
    ADD COLUMN guideline_n int NOT NULL DEFAULT 1,
    ADD COLUMN revision int NOT NULL DEFAULT 0 CHECK (revision >= 0),  -- the answer that stands
    ADD COLUMN reason text NOT NULL DEFAULT '',  -- of a skip or a void
    DROP CONSTRAINT assignment_state_check,
    ADD CONSTRAINT assignment_state_check CHECK (state IN (
        'leased', 'submitted', 'surplus', 'skipped', 'released', 'expired', 'voided')),
    ADD CONSTRAINT assignment_answered CHECK (
        (state IN ('submitted', 'surplus', 'voided')) = (revision > 0)) NOT VALID;
UPDATE assignment SET presented = swapped::int, revision = (state = 'submitted')::int;
ALTER TABLE assignment DROP COLUMN swapped, VALIDATE CONSTRAINT assignment_answered;
DROP INDEX assignment_live, assignment_work;
-- Nobody gets a task twice that they hold, answered or skipped.
CREATE UNIQUE INDEX assignment_live ON assignment (task_id, reviewer)
    WHERE state IN ('leased', 'submitted', 'surplus', 'skipped');
CREATE INDEX assignment_work ON assignment (reviewer, ended_at)
    WHERE state IN ('submitted', 'surplus', 'voided');

-- Every answer ever given, changed ones too; `assignment.revision` names the one that stands.
CREATE TABLE response (
    assignment_id   text COLLATE "C" NOT NULL REFERENCES assignment,
    revision        int NOT NULL CHECK (revision > 0),
    client_event_id text COLLATE "C" NOT NULL UNIQUE
                    CHECK (length(client_event_id) BETWEEN 1 AND 64),
    label           text NOT NULL,  -- the one word of it that is counted; '' where none can be
    answer          json NOT NULL,  -- by the queue's kind, in the canonical order
    comment         text NOT NULL,
    guideline_n     int NOT NULL,
    simulated       boolean NOT NULL,
    active_ms       int NOT NULL CHECK (active_ms >= 0),
    writing         json,  -- how a text came about: counts, never keystrokes; NULL without texts
    answered_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (assignment_id, revision)
);
CREATE TRIGGER response_append_only BEFORE UPDATE OR DELETE ON response
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
INSERT INTO response (assignment_id, revision, client_event_id, label, answer, comment, guideline_n,
                      simulated, active_ms, answered_at)
SELECT assignment_id, 1, client_event_id, verdict,
       json_build_object('preference', CASE verdict WHEN 'A' THEN -2 WHEN 'B' THEN 2 ELSE 0 END),
       comment, 1, simulated, active_ms, answered_at FROM answer;
DROP TABLE answer;

-- The answers that count, each as it stands.
CREATE VIEW counted_answer AS
SELECT a.task_id, a.id AS assignment_id, a.reviewer, a.presented, w.label, w.answer, w.comment,
       w.guideline_n, w.simulated, w.active_ms, w.answered_at
FROM assignment a JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
WHERE a.state = 'submitted';

CREATE TABLE draft (
    assignment_id text COLLATE "C" PRIMARY KEY REFERENCES assignment,
    client_seq    bigint NOT NULL CHECK (client_seq >= 0),  -- an older one never replaces a newer one
    body          json NOT NULL,
    saved_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gold_result (
    assignment_id text COLLATE "C" PRIMARY KEY REFERENCES assignment,
    correct       boolean NOT NULL,
    at            timestamptz NOT NULL DEFAULT now()
);

-- Quality -----------------------------------------------------------------------------------------

CREATE TABLE adjudication (
    task_id     text COLLATE "C" PRIMARY KEY REFERENCES review_task,
    adjudicator text COLLATE "C" NOT NULL REFERENCES reviewer,
    label       text NOT NULL,
    answer      json NOT NULL,
    cause       text NOT NULL CHECK (cause IN (
                    'guideline_gap', 'ambiguous', 'slip', 'expertise', 'subjective')),
    note        text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER adjudication_append_only BEFORE UPDATE OR DELETE ON adjudication
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE qualification (
    reviewer   text COLLATE "C" NOT NULL REFERENCES reviewer,
    skill      text COLLATE "C" NOT NULL CHECK (skill ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    granted_by text NOT NULL,  -- a person, or the queue that was passed
    score      double precision CHECK (score BETWEEN 0 AND 1),
    granted_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    PRIMARY KEY (reviewer, skill)
);

-- Evidence on an answer. It opens a question for a QA lead and decides nothing.
CREATE TABLE flag (
    id            text COLLATE "C" PRIMARY KEY DEFAULT new_id('flg'),
    assignment_id text COLLATE "C" NOT NULL REFERENCES assignment,
    rule          text NOT NULL,
    severity      text NOT NULL CHECK (severity IN ('note', 'review', 'suspect')),
    measured      jsonb NOT NULL DEFAULT '{}',
    raised_by     text NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'dismissed', 'upheld')),
    resolved_by   text NOT NULL DEFAULT '',
    note          text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (assignment_id, rule),
    CHECK ((state = 'open') = (resolved_by = ''))
);
CREATE INDEX flag_open ON flag (created_at) WHERE state = 'open';

-- An answer is voided by two persons: one asks, another confirms.
CREATE TABLE void_request (
    assignment_id text COLLATE "C" PRIMARY KEY REFERENCES assignment,
    reason        text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    asked_by      text NOT NULL,
    asked_at      timestamptz NOT NULL DEFAULT now(),
    decided_by    text NOT NULL DEFAULT '' CHECK (decided_by <> asked_by),
    confirmed     boolean,
    CHECK ((decided_by = '') = (confirmed IS NULL))
);

-- Finished work, paid whether it counted or not.
CREATE TABLE work_ledger (
    assignment_id text COLLATE "C" PRIMARY KEY REFERENCES assignment,
    reviewer      text COLLATE "C" NOT NULL REFERENCES reviewer,
    active_ms     int NOT NULL,
    amount_minor  int NOT NULL CHECK (amount_minor >= 0),
    currency      text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX work_ledger_reviewer ON work_ledger (reviewer, at);
CREATE TRIGGER work_ledger_append_only BEFORE UPDATE OR DELETE ON work_ledger
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- People's accounts -------------------------------------------------------------------------------

CREATE TABLE account (
    id            text COLLATE "C" PRIMARY KEY DEFAULT new_id('acc'),
    tenant_id     text COLLATE "C" NOT NULL REFERENCES tenant,
    login         text COLLATE "C" NOT NULL UNIQUE CHECK (login = lower(login)
                  AND length(login) BETWEEN 1 AND 254),
    password_hash text NOT NULL DEFAULT '',  -- argon2id; '' where only single sign-on lets in
    oidc_subject  text UNIQUE,  -- issuer and subject
    pseudonym     text COLLATE "C" NOT NULL UNIQUE REFERENCES reviewer,
    roles         text[] NOT NULL CHECK (roles <@ ARRAY['reviewer', 'adjudicator', 'qa_lead', 'admin']
                  AND cardinality(roles) > 0),
    settings      jsonb NOT NULL DEFAULT '{}',  -- the person's own: keys
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);

CREATE TABLE login_session (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    account_id   text COLLATE "C" NOT NULL REFERENCES account,
    csrf         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX login_session_account ON login_session (account_id);

-- Token buckets of the rate limits. Lost after a crash of the server, which only refills them.
CREATE UNLOGGED TABLE rate_bucket (
    key       text COLLATE "C" PRIMARY KEY,
    tokens    double precision NOT NULL,
    filled_at timestamptz NOT NULL DEFAULT now()
);
