-- Long work that a lab asks for and looks after: exports. Whoever works at one takes it by lease; what a process
-- that is killed had taken is taken again.
CREATE TABLE operation (
    id          text COLLATE "C" PRIMARY KEY DEFAULT new_id('ope'),
    tenant_id   text COLLATE "C" NOT NULL REFERENCES tenant,
    kind        text NOT NULL CHECK (kind IN ('export')),
    request     jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed', 'expired')),
    done        int NOT NULL DEFAULT 0 CHECK (done >= 0),
    total       int NOT NULL CHECK (total >= 0),
    files       jsonb NOT NULL DEFAULT '[]',
    error       text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    taken_until timestamptz,
    UNIQUE (tenant_id, id),
    CHECK ((state IN ('pending', 'running')) = (ended_at IS NULL)),
    CHECK ((state = 'failed') = (error <> ''))
);
CREATE INDEX operation_page ON operation (tenant_id, id DESC);
CREATE INDEX operation_undone ON operation (id) WHERE ended_at IS NULL;
CREATE INDEX operation_kept ON operation (ended_at) WHERE state = 'done';
ALTER TABLE operation ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON operation TO ingot_lab USING (tenant_id = own_tenant());
