-- The state of the platform. Every promise that can be a constraint is one: a handler may be wrong,
-- the database then refuses. Ids are a prefix and a UUIDv7, so they sort by time of birth.

CREATE FUNCTION new_id(prefix text) RETURNS text LANGUAGE sql VOLATILE
RETURN prefix || '_' || replace(uuidv7()::text, '-', '');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME;
END $$;

-- Who may ask -------------------------------------------------------------------------------------

CREATE TABLE tenant (
    id         text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A person (or program) behind any number of keys; only the pseudonym is ever shown or delivered.
CREATE TABLE reviewer (
    pseudonym  text COLLATE "C" PRIMARY KEY CHECK (pseudonym ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'),
    simulated  boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key (
    prefix     text COLLATE "C" PRIMARY KEY,
    key_sha256 bytea NOT NULL CHECK (octet_length(key_sha256) = 32),
    role       text NOT NULL CHECK (role IN ('lab', 'reviewer', 'operator')),
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenant,
    pseudonym  text COLLATE "C" REFERENCES reviewer,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CHECK ((role = 'reviewer') = (pseudonym IS NOT NULL))
);

CREATE TABLE idempotency (
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenant,
    key         text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    route       text NOT NULL,
    fingerprint text NOT NULL,
    status      int,
    body        text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- What was ordered --------------------------------------------------------------------------------

CREATE TABLE orders (
    id          text COLLATE "C" PRIMARY KEY DEFAULT new_id('ord'),
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenant,
    spec        jsonb NOT NULL,
    spec_sha256 text NOT NULL,
    state       text NOT NULL DEFAULT 'placed'
                CHECK (state IN ('placed', 'running', 'delivered', 'failed')),
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_page ON orders (tenant_id, id DESC);

CREATE TABLE batch (
    id           text COLLATE "C" PRIMARY KEY DEFAULT new_id('bat'),
    order_id     text COLLATE "C" NOT NULL REFERENCES orders,
    seq          int NOT NULL CHECK (seq > 0),
    state        text NOT NULL DEFAULT 'planned' CHECK (state IN (
                     'planned', 'generating', 'judging', 'calibrating', 'in_review', 'assembling',
                     'delivered', 'failed')),
    failed_from  text CHECK (failed_from IN (
                     'planned', 'generating', 'judging', 'calibrating', 'in_review', 'assembling')),
    error        text NOT NULL DEFAULT '',
    progress     jsonb NOT NULL DEFAULT '{}',
    tasks_open   int NOT NULL DEFAULT 0 CHECK (tasks_open >= 0),
    summary      jsonb NOT NULL DEFAULT '{}',
    delivery_uri text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (order_id, seq),
    CHECK ((state = 'failed') = (failed_from IS NOT NULL)),
    CHECK (state <> 'delivered' OR delivery_uri <> '')
);

-- What people are asked ---------------------------------------------------------------------------

CREATE TABLE review_task (
    id             text COLLATE "C" PRIMARY KEY DEFAULT new_id('rvt'),
    batch_id       text COLLATE "C" NOT NULL REFERENCES batch,
    item_id        text NOT NULL,
    purpose        text NOT NULL CHECK (purpose IN ('calibration', 'unsure', 'audit')),
    payload        json NOT NULL,  -- json, not jsonb: model output may hold \u0000, and nobody queries it
    priority       double precision NOT NULL,
    simulated_ok   boolean NOT NULL,  -- the order asked for simulated reviewers
    overlap        int NOT NULL CHECK (overlap BETWEEN 1 AND 15),
    slots_free     int NOT NULL,
    answers_needed int NOT NULL,
    state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (batch_id, item_id, purpose),
    CHECK (0 <= slots_free AND slots_free <= answers_needed AND answers_needed <= overlap),
    CHECK ((state = 'done') = (answers_needed = 0))
);
CREATE INDEX review_task_open ON review_task (priority DESC, id)
    WHERE slots_free > 0 AND state = 'open';

CREATE TABLE assignment (
    id         text COLLATE "C" PRIMARY KEY DEFAULT new_id('asg'),
    task_id    text COLLATE "C" NOT NULL REFERENCES review_task,
    reviewer   text COLLATE "C" NOT NULL REFERENCES reviewer,
    state      text NOT NULL DEFAULT 'leased'
               CHECK (state IN ('leased', 'submitted', 'released', 'expired')),
    swapped    boolean NOT NULL,  -- true: this reviewer sees B on the left
    leased_at  timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CHECK ((state = 'leased') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX assignment_live ON assignment (task_id, reviewer)
    WHERE state IN ('leased', 'submitted');
CREATE INDEX assignment_seen ON assignment (task_id, reviewer, state);
CREATE INDEX assignment_leased ON assignment (reviewer) WHERE state = 'leased';
CREATE INDEX assignment_dead ON assignment (expires_at) WHERE state = 'leased';
CREATE INDEX assignment_work ON assignment (reviewer, ended_at) WHERE state = 'submitted';

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
CREATE TRIGGER answer_append_only BEFORE UPDATE OR DELETE ON answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What happened, and what is to happen next -------------------------------------------------------

CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text NOT NULL,
    key          text COLLATE "C" NOT NULL,
    payload      jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    attempts     int NOT NULL DEFAULT 0,
    available_at timestamptz NOT NULL DEFAULT now(),
    done_at      timestamptz,
    last_error   text NOT NULL DEFAULT ''
);
CREATE INDEX outbox_undone ON outbox (id) WHERE done_at IS NULL;

CREATE TABLE audit_event (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    actor     text NOT NULL,
    action    text NOT NULL,
    object_id text NOT NULL,
    detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_event_object ON audit_event (object_id, id);
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
