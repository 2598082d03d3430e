-- What happened to a tenant's things, told to whom the tenant named: events, endpoints, deliveries, attempts.

-- One line of each tenant's feed, which is read in the order of transactions: one that commits late comes last.
CREATE TABLE event (
    id        text COLLATE "C" PRIMARY KEY DEFAULT new_id('evt'),
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenant,
    type      text NOT NULL CHECK (type ~ '^[a-z_]+\.[a-z_]+$'),
    object_id text COLLATE "C" NOT NULL,
    data      jsonb NOT NULL CHECK (octet_length(data::text) < 16384),  -- a payload has less than 20 kB
    at        timestamptz NOT NULL DEFAULT now(),
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (tenant_id, id)
);
CREATE INDEX event_feed ON event (tenant_id, xid, id);
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE webhook_endpoint (
    id               text COLLATE "C" PRIMARY KEY DEFAULT new_id('whe'),
    tenant_id        text COLLATE "C" NOT NULL REFERENCES tenant,
    url              text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    types            text[] CHECK (cardinality(types) > 0),  -- NULL: all, those to come too
    description      text NOT NULL CHECK (length(description) <= 500),
    secret           bytea NOT NULL,                         -- sealed, as the old one is
    old_secret       bytea,
    old_secret_until timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    failing_since    timestamptz,                            -- nothing got through since then
    resting_until    timestamptz,                            -- it asked to be left alone until then
    disabled_at      timestamptz,
    disabled_because text NOT NULL DEFAULT '',
    deleted_at       timestamptz,
    UNIQUE (tenant_id, id),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_because = ''))
);
CREATE INDEX webhook_endpoint_living ON webhook_endpoint (tenant_id, id DESC) WHERE deleted_at IS NULL;

-- An event for an endpoint. Whoever takes it sets `due_at` ahead; what a sender that is killed had taken comes
-- due again by itself.
CREATE TABLE webhook_delivery (
    id          text COLLATE "C" PRIMARY KEY DEFAULT new_id('whd'),
    tenant_id   text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    event_id    text COLLATE "C" NOT NULL,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    tries       int NOT NULL DEFAULT 0 CHECK (tries >= 0),   -- since it was last put back
    due_at      timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    UNIQUE (event_id, endpoint_id),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint (tenant_id, id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES event (tenant_id, id),
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, due_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_page ON webhook_delivery (endpoint_id, id DESC);

CREATE TABLE webhook_attempt (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text COLLATE "C" NOT NULL,
    delivery_id text COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    status      int CHECK (status BETWEEN 100 AND 999),      -- NULL: there was no answer
    error       text NOT NULL,                               -- '' where it was delivered
    duration_ms int NOT NULL CHECK (duration_ms >= 0),
    response    text NOT NULL CHECK (length(response) <= 300),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_delivery (tenant_id, id)
);
CREATE INDEX webhook_attempt_log ON webhook_attempt (delivery_id, id DESC);
CREATE TRIGGER webhook_attempt_append_only BEFORE UPDATE OR DELETE ON webhook_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
