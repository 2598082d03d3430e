-- A second wall between tenants: what a lab asks is run as a role that sees its own rows only, whatever the
-- statement says. The platform's own processes are the tables' owner, whom these policies do not bind.
SET CONSTRAINTS ALL IMMEDIATE;  -- what earlier revisions left to the end would stand in the way
DO $$ BEGIN
    CREATE ROLE ingot_lab NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- roles are the whole server's: another database of it made this one
END $$;
GRANT ingot_lab TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO ingot_lab;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ingot_lab;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ingot_lab;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ingot_lab;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ingot_lab;

CREATE FUNCTION own_tenant() RETURNS text LANGUAGE sql STABLE
RETURN current_setting('app.tenant', true);

-- Of every table that names a tenant. Not of item_grant: whether others hold a content has to be seen, and no
-- request shows its rows.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id'
          AND NOT a.attisdropped AND c.relname <> 'item_grant'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_rows ON %I TO ingot_lab USING (tenant_id = own_tenant())', name);
    END LOOP;
END $$;
-- A lab makes the keys of its own rehearsal; what it does with accounts is in the platform's trail.
CREATE POLICY rehearsal_keys ON api_key TO ingot_lab USING (tenant_id = own_tenant() || '--test');
CREATE POLICY other_trails ON audit_event FOR INSERT TO ingot_lab
    WITH CHECK (tenant_id IN ('', own_tenant() || '--test'));
