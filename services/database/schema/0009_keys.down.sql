-- Lost: names, scopes and ends of keys (a key that has ended, or may do less than its role, is revoked),
-- whose trail an event is in and the seals. Tenants' rehearsals stay as tenants of their own.

UPDATE api_key SET revoked_at = coalesce(revoked_at, now())
WHERE expires_at IS NOT NULL OR scopes IS NOT NULL;
ALTER TABLE idempotency DROP COLUMN headers;

DROP FUNCTION seal_audit, audit_line;
DROP TABLE audit_seal;
DROP INDEX audit_event_unsealed;
ALTER TABLE audit_event DROP COLUMN tenant_id, DROP COLUMN xid;

DROP INDEX api_key_of_tenant;
ALTER TABLE api_key
    DROP COLUMN name,
    DROP COLUMN scopes,
    DROP COLUMN expires_at,
    DROP COLUMN last_used_at,
    DROP COLUMN replaced_by;

-- Labs' own people have no role any more; they can be given one.
DELETE FROM login_session WHERE account_id IN (
    SELECT id FROM account WHERE roles && ARRAY['owner', 'lab_buyer', 'lab_viewer', 'auditor']);
UPDATE account SET disabled_at = coalesce(disabled_at, now()), roles = ARRAY['reviewer']
WHERE roles && ARRAY['owner', 'lab_buyer', 'lab_viewer', 'auditor'];
ALTER TABLE account DROP CONSTRAINT account_roles_check;
ALTER TABLE account ADD CONSTRAINT account_roles_check
    CHECK (roles <@ ARRAY['reviewer', 'adjudicator', 'qa_lead', 'admin'] AND cardinality(roles) > 0);
