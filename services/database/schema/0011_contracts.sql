-- Contracts: quotes, terms, the life of an order and of its batches up to the last decision. What a contract
-- promises is a constraint wherever SQL can say it.

-- A rehearsal has a clock of its own, which only goes ahead.
ALTER TABLE tenant ADD COLUMN clock_ahead interval NOT NULL DEFAULT '0'
    CHECK (clock_ahead >= '0' AND (clock_ahead = '0' OR id LIKE '%--test'));

CREATE FUNCTION tenant_now(tenant text) RETURNS timestamptz LANGUAGE sql STABLE
RETURN now() + (SELECT clock_ahead FROM tenant AS t WHERE t.id = tenant);

-- States ------------------------------------------------------------------------------------------

-- Which state may follow which. Python has the same table (services/contracts/states.py); a test compares.
CREATE TABLE legal_transition (
    machine text NOT NULL,
    before  text NOT NULL,
    after   text NOT NULL,
    PRIMARY KEY (machine, before, after)
);

INSERT INTO legal_transition VALUES
    ('quote', 'issued', 'accepted'), ('quote', 'issued', 'expired'), ('quote', 'issued', 'withdrawn'),
    ('order', 'placed', 'instructions_review'),
    ('order', 'instructions_review', 'calibrating'),
    ('order', 'calibrating', 'instructions_review'),  -- the lab rejected the calibration batch
    ('order', 'calibrating', 'calibrated'),
    ('order', 'calibrated', 'active'),
    ('order', 'instructions_review', 'active'),       -- a contract without calibration
    ('order', 'active', 'paused'), ('order', 'paused', 'active'),
    ('order', 'active', 'in_dispute'), ('order', 'in_dispute', 'active'),
    ('order', 'active', 'completing'),
    ('order', 'completing', 'active'),                -- a makeup batch is to be made
    ('order', 'completing', 'in_dispute'),
    ('order', 'completing', 'closed'),
    ('order', 'placed', 'cancelled'), ('order', 'instructions_review', 'cancelled'),
    ('order', 'calibrating', 'cancelled'), ('order', 'calibrated', 'cancelled'),
    ('order', 'active', 'cancelled'), ('order', 'paused', 'cancelled'),
    ('order', 'in_dispute', 'cancelled'), ('order', 'completing', 'cancelled'),
    ('batch', 'planned', 'generating'), ('batch', 'generating', 'judging'),
    ('batch', 'judging', 'calibrating'), ('batch', 'judging', 'in_review'),
    ('batch', 'judging', 'assembling'),
    ('batch', 'calibrating', 'in_review'), ('batch', 'calibrating', 'assembling'),
    ('batch', 'in_review', 'assembling'), ('batch', 'assembling', 'delivered'),
    ('batch', 'delivered', 'accepted'), ('batch', 'delivered', 'partly_accepted'),
    ('batch', 'delivered', 'rejected'),
    ('batch', 'accepted', 'settled'), ('batch', 'partly_accepted', 'settled'),
    ('batch', 'rejected', 'settled');
-- Until it is delivered, a batch may fail, go on from where it failed, and be cancelled.
INSERT INTO legal_transition
SELECT 'batch', s, t FROM unnest(ARRAY['planned', 'generating', 'judging', 'calibrating', 'in_review',
                                       'assembling']) AS s, unnest(ARRAY['failed', 'cancelled']) AS t
UNION SELECT 'batch', 'failed', s FROM unnest(ARRAY['planned', 'generating', 'judging', 'calibrating',
                                                    'in_review', 'assembling', 'cancelled']) AS s;

CREATE FUNCTION check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM legal_transition
                   WHERE machine = TG_ARGV[0] AND before = OLD.state AND after = NEW.state) THEN
        RAISE EXCEPTION '% % is % and cannot become %', TG_ARGV[0], NEW.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- Prices and quotes -------------------------------------------------------------------------------

CREATE TABLE price_book (
    version    int PRIMARY KEY CHECK (version > 0),
    book       jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER price_book_append_only BEFORE UPDATE OR DELETE ON price_book
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE quote (
    id          text COLLATE "C" PRIMARY KEY DEFAULT new_id('quo'),
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenant,
    state       text NOT NULL DEFAULT 'issued'
                CHECK (state IN ('issued', 'accepted', 'expired', 'withdrawn')),
    request     jsonb NOT NULL,
    price_book  int NOT NULL REFERENCES price_book,
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    lines       jsonb NOT NULL,
    total       bigint NOT NULL CHECK (total >= 0),
    estimate    jsonb NOT NULL,
    valid_until timestamptz NOT NULL,
    version     int NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    UNIQUE (tenant_id, id)
);
CREATE INDEX quote_page ON quote (tenant_id, id DESC);
CREATE TRIGGER quote_transition BEFORE UPDATE OF state ON quote FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_transition('quote');

-- Orders under contract ---------------------------------------------------------------------------

ALTER TABLE orders ADD UNIQUE (tenant_id, id);

CREATE TABLE contract (
    id            text COLLATE "C" PRIMARY KEY,  -- the order's
    tenant_id     text COLLATE "C" NOT NULL,
    quote_id      text COLLATE "C" NOT NULL UNIQUE,
    state         text NOT NULL DEFAULT 'placed' CHECK (state IN (
                      'placed', 'instructions_review', 'calibrating', 'calibrated', 'active', 'paused',
                      'in_dispute', 'completing', 'closed', 'cancelled')),
    version       int NOT NULL DEFAULT 1,
    metadata      jsonb NOT NULL DEFAULT '{}',
    request       jsonb NOT NULL,  -- what was quoted, with what amendments changed
    -- terms: fixed once the guidelines are agreed, amended afterwards by both sides
    reuse             text NOT NULL CHECK (reuse IN ('exclusive', 'shared')),
    exclusive_until   date,
    output_license    text NOT NULL,
    may_publish       boolean NOT NULL,
    named_customer_ok boolean NOT NULL,
    retention_days    int NOT NULL CHECK (retention_days > 0),
    acceptance_days   int NOT NULL CHECK (acceptance_days > 0),
    auto_accept       boolean NOT NULL,
    min_alpha         double precision NOT NULL CHECK (min_alpha BETWEEN -1 AND 1),
    max_defect_rate   double precision NOT NULL CHECK (max_defect_rate BETWEEN 0 AND 1),
    remedy            text NOT NULL CHECK (remedy IN ('makeup', 'credit')),
    late_credit_pct     numeric NOT NULL CHECK (late_credit_pct BETWEEN 0 AND 100),
    late_credit_cap_pct numeric NOT NULL CHECK (late_credit_cap_pct BETWEEN 0 AND 100),
    pause_days        int NOT NULL CHECK (pause_days >= 0),
    paused_at     timestamptz,
    paused_for    interval NOT NULL DEFAULT '0',
    placed_at     timestamptz NOT NULL,
    ended_at      timestamptz,
    reason        text NOT NULL DEFAULT '',
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, id) REFERENCES orders (tenant_id, id),
    FOREIGN KEY (tenant_id, quote_id) REFERENCES quote (tenant_id, id),
    CHECK ((state = 'paused') = (paused_at IS NOT NULL)),
    CHECK ((state IN ('closed', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK (exclusive_until IS NULL OR reuse = 'exclusive')
);
CREATE TRIGGER contract_transition BEFORE UPDATE OF state ON contract FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_transition('order');

CREATE TABLE amendment (
    tenant_id   text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    n           int NOT NULL CHECK (n > 0),
    change      jsonb NOT NULL,
    note        text NOT NULL,
    proposed_by text NOT NULL,
    signed_lab  text NOT NULL DEFAULT '',
    signed_us   text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL,
    PRIMARY KEY (order_id, n),
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id)
);

-- Batches -----------------------------------------------------------------------------------------

ALTER TABLE batch
    ADD COLUMN tenant_id text COLLATE "C",
    ADD COLUMN kind text CHECK (kind IN ('calibration', 'production', 'makeup')),  -- NULL: not under contract
    -- Which production batch it is, or makes up for: its price is that one's.
    ADD COLUMN number int CHECK (number > 0),
    ADD COLUMN makes_up_for text COLLATE "C",
    ADD COLUMN planned_qty int CHECK (planned_qty > 0),
    ADD COLUMN starts_at timestamptz,
    ADD COLUMN started_at timestamptz,
    ADD COLUMN arrives_at timestamptz,  -- when a rehearsal's production will have it ready
    ADD COLUMN due_at timestamptz,
    ADD COLUMN delivered_at timestamptz,
    ADD COLUMN accept_by timestamptz,
    ADD COLUMN reminded_at timestamptz,
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN purged_at timestamptz,   -- what its items hold was deleted: retention is over
    ADD COLUMN delivered_qty int CHECK (delivered_qty >= 0),
    ADD COLUMN guideline_n int,
    ADD COLUMN version int NOT NULL DEFAULT 1;
UPDATE batch SET tenant_id = o.tenant_id FROM orders o WHERE o.id = order_id;
ALTER TABLE batch
    ALTER COLUMN tenant_id SET NOT NULL,
    ADD UNIQUE (tenant_id, id),
    ADD FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    ADD FOREIGN KEY (tenant_id, makes_up_for) REFERENCES batch (tenant_id, id),
    DROP CONSTRAINT batch_state_check,
    ADD CONSTRAINT batch_state_check CHECK (state IN (
        'planned', 'generating', 'judging', 'calibrating', 'in_review', 'assembling', 'delivered',
        'failed', 'accepted', 'partly_accepted', 'rejected', 'settled', 'cancelled')),
    ADD CHECK ((kind IS NULL) = (planned_qty IS NULL)),
    ADD CHECK ((kind IN ('production', 'makeup')) = (number IS NOT NULL)),
    ADD CHECK ((kind = 'makeup') = (makes_up_for IS NOT NULL)),
    ADD CHECK (kind IS NULL OR (starts_at IS NOT NULL AND due_at IS NOT NULL)),
    ADD CHECK (arrives_at IS NULL OR tenant_id LIKE '%--test'),
    ADD CHECK (kind IS NOT NULL OR state NOT IN ('accepted', 'partly_accepted', 'rejected', 'settled'));
CREATE INDEX batch_open ON batch (tenant_id) WHERE kind IS NOT NULL AND purged_at IS NULL;
CREATE TRIGGER batch_transition BEFORE UPDATE OF state ON batch FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_transition('batch');

-- What a batch under contract holds. Until the lab decided otherwise an item's decision is NULL; with the
-- batch settled, what was not rejected is accepted.
CREATE TABLE batch_item (
    tenant_id     text COLLATE "C" NOT NULL,
    batch_id      text COLLATE "C" NOT NULL,
    n             int NOT NULL CHECK (n > 0),
    item_id       text COLLATE "C" NOT NULL CHECK (length(item_id) BETWEEN 1 AND 128),
    content       json NOT NULL,
    units         int NOT NULL CHECK (units > 0),
    gpu_seconds   double precision NOT NULL CHECK (gpu_seconds >= 0),
    human_minutes double precision NOT NULL CHECK (human_minutes >= 0),
    decision      text CHECK (decision IN ('accepted', 'rejected')),
    reason_code   text NOT NULL DEFAULT '',
    note          text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    PRIMARY KEY (batch_id, n),
    UNIQUE (batch_id, item_id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id),
    CHECK ((decision IS NOT DISTINCT FROM 'rejected') = (reason_code <> ''))
);
CREATE INDEX batch_item_decided ON batch_item (batch_id, decision, n) WHERE decision IS NOT NULL;

-- What goes with a delivered batch: how it was made, what it holds, what nobody else has got. Signed.
CREATE TABLE manifest (
    tenant_id text COLLATE "C" NOT NULL,
    batch_id  text COLLATE "C" NOT NULL PRIMARY KEY,
    body      text NOT NULL,
    sha256    text NOT NULL,
    signature text NOT NULL,
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id)
);
CREATE TRIGGER manifest_append_only BEFORE UPDATE OR DELETE ON manifest
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE feedback (
    id        text COLLATE "C" PRIMARY KEY DEFAULT new_id('fbk'),
    tenant_id text COLLATE "C" NOT NULL,
    batch_id  text COLLATE "C" NOT NULL,
    body      jsonb NOT NULL,
    author    text NOT NULL,
    at        timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id)
);
CREATE INDEX feedback_of_batch ON feedback (batch_id, id);

CREATE TABLE incident (
    id        text COLLATE "C" PRIMARY KEY DEFAULT new_id('inc'),
    tenant_id text COLLATE "C" NOT NULL,
    order_id  text COLLATE "C" NOT NULL,
    batch_id  text COLLATE "C",
    kind      text NOT NULL CHECK (kind IN ('late', 'short', 'quality', 'terms')),
    detail    jsonb NOT NULL,
    remedy    text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    UNIQUE NULLS NOT DISTINCT (order_id, batch_id, kind),
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id),
    FOREIGN KEY (tenant_id, batch_id) REFERENCES batch (tenant_id, id)
);
CREATE INDEX incident_page ON incident (tenant_id, id DESC);

-- How the production of a rehearsal behaves.
CREATE TABLE scenario (
    tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id LIKE '%--test'),
    order_id  text COLLATE "C" PRIMARY KEY,
    body      jsonb NOT NULL,
    FOREIGN KEY (tenant_id, order_id) REFERENCES contract (tenant_id, id)
);
