-- Files that labs sent in: what was found in them, and where they are. Of a refused one only its faults are kept.
CREATE TABLE lab_file (
    id         text COLLATE "C" PRIMARY KEY DEFAULT new_id('fil'),
    tenant_id  text COLLATE "C" NOT NULL REFERENCES tenant,
    purpose    text NOT NULL CHECK (purpose IN ('prompts', 'completions', 'benchmark', 'decisions')),
    state      text NOT NULL CHECK (state IN ('processed', 'refused', 'deleted')),
    name       text NOT NULL,  -- in the tenant's folder; '' of a refused one
    rows       int NOT NULL CHECK (rows >= 0),
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256     text NOT NULL,
    faults     jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, id),
    CHECK ((state = 'refused') = (faults <> '[]'))
);
CREATE UNIQUE INDEX lab_file_once ON lab_file (tenant_id, name, purpose) WHERE state = 'processed';
CREATE INDEX lab_file_page ON lab_file (tenant_id, id DESC) WHERE state <> 'deleted';
ALTER TABLE lab_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON lab_file TO ingot_lab USING (tenant_id = own_tenant());
