-- Keys of labs' own endpoints, sealed: an order names one, the worker opens it, and it goes to that endpoint only.
CREATE TABLE credential (
    id         text COLLATE "C" PRIMARY KEY DEFAULT new_id('crd'),
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenant,
    name       text NOT NULL CHECK (length(name) <= 120),
    endpoint   text NOT NULL CHECK (length(endpoint) BETWEEN 1 AND 2000),
    sealed     bytea,           -- NULL: it was deleted
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    UNIQUE (tenant_id, id),
    CHECK ((sealed IS NULL) = (deleted_at IS NOT NULL))
);
CREATE INDEX credential_page ON credential (tenant_id, id DESC) WHERE deleted_at IS NULL;
ALTER TABLE credential ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON credential TO ingot_lab USING (tenant_id = own_tenant());
