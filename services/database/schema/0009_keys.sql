-- Keys that may do less than their role, that end, and that are replaced; roles of labs' own people; an
-- audit trail that shows whether somebody changed it.

ALTER TABLE account DROP CONSTRAINT account_roles_check;
ALTER TABLE account ADD CONSTRAINT account_roles_check CHECK (cardinality(roles) > 0 AND roles <@ ARRAY[
    'reviewer', 'adjudicator', 'qa_lead', 'admin', 'owner', 'lab_buyer', 'lab_viewer', 'auditor']);

ALTER TABLE api_key
    ADD COLUMN name text NOT NULL DEFAULT '' CHECK (length(name) <= 120),
    ADD COLUMN scopes text[] CHECK (cardinality(scopes) > 0),  -- NULL: all that the role gives
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN replaced_by text COLLATE "C" REFERENCES api_key;
CREATE INDEX api_key_of_tenant ON api_key (tenant_id, prefix);

-- Whose trail an event is in: '' for the platform's own, where reviewers' acts are.
ALTER TABLE audit_event
    ADD COLUMN tenant_id text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_event_unsealed ON audit_event (tenant_id, xid, id);

-- Each trail is a chain: hash n is over hash n - 1 and the line of event n. Transactions do not wait for one
-- another: events are sealed afterwards, in the order of their transactions, once no older one is open.
CREATE TABLE audit_seal (
    tenant_id text COLLATE "C" NOT NULL,
    n         bigint NOT NULL CHECK (n > 0),
    event_id  bigint NOT NULL UNIQUE REFERENCES audit_event,
    hash      bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (tenant_id, n)
);
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What is hashed of an event: a line of JSON, the time in microseconds since 1970.
CREATE FUNCTION audit_line(e audit_event) RETURNS text LANGUAGE sql IMMUTABLE
RETURN json_build_array(
    e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.tenant_id, e.actor, e.action, e.object_id,
    e.detail)::text;

-- Seal what is new in a trail, and say how many events that were.
CREATE FUNCTION seal_audit(trail text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    last audit_seal;
    after audit_event;
    e audit_event;
    sealed int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit ' || trail, 72));
    SELECT * INTO last FROM audit_seal WHERE tenant_id = trail ORDER BY n DESC LIMIT 1;
    SELECT * INTO after FROM audit_event WHERE id = last.event_id;
    FOR e IN SELECT * FROM audit_event
        WHERE tenant_id = trail AND xid < pg_snapshot_xmin(pg_current_snapshot())
          AND (xid, id) > (coalesce(after.xid, '0'::xid8), coalesce(after.id, 0))
        ORDER BY xid, id
    LOOP
        last := (trail, coalesce(last.n, 0) + 1, e.id,
                 sha256(coalesce(last.hash, '') || convert_to(audit_line(e), 'UTF8')));
        INSERT INTO audit_seal SELECT last.*;
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;

-- A repeated request gets its headers again, too.
ALTER TABLE idempotency ADD COLUMN headers jsonb NOT NULL DEFAULT '{}';
