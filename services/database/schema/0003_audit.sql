-- The judge's promise, watched over all batches of an order while people answer. An epoch is a time
-- in which one promise stands: the first alarm of an epoch closes it, and only batches whose
-- calibration begins afterwards belong to the next.

CREATE TABLE calibration (
    batch_id    text COLLATE "C" PRIMARY KEY REFERENCES batch,
    order_id    text COLLATE "C" NOT NULL REFERENCES orders,
    epoch       int NOT NULL CHECK (epoch >= 0),
    accepted    int NOT NULL DEFAULT 0 CHECK (accepted >= 0),  -- by the judge alone, the audited too
    revoked_for text NOT NULL DEFAULT '' CHECK (revoked_for IN ('', 'audit', 'drift'))
);
CREATE INDEX calibration_epoch ON calibration (order_id, epoch);

-- What the judge said of the items that are audited. Reviewers' endpoints never read it.
CREATE TABLE audit_item (
    batch_id    text COLLATE "C" NOT NULL REFERENCES calibration,
    item_id     text NOT NULL,
    verdict     text NOT NULL,
    probability double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
    PRIMARY KEY (batch_id, item_id)
);

CREATE TABLE promise_alarm (
    order_id text COLLATE "C" NOT NULL REFERENCES orders,
    epoch    int NOT NULL,
    cause    text NOT NULL CHECK (cause IN ('audit', 'drift')),
    batch_id text COLLATE "C" NOT NULL,  -- whose answer, or whose comparison, raised it
    scope    text NOT NULL CHECK (scope IN ('order', 'batch')),
    items    int NOT NULL CHECK (items >= 0),  -- audited until then, in that scope
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, epoch, cause)
);
CREATE TRIGGER promise_alarm_append_only BEFORE UPDATE OR DELETE ON promise_alarm
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
