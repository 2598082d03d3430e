-- Lost: quotes, contracts and their amendments, what was decided on batches, their items and manifests, feedback
-- and incidents. Batches under contract stay as what was produced.
DROP TABLE scenario, incident, feedback, manifest, batch_item;
DROP TRIGGER batch_transition ON batch;
UPDATE batch SET state = CASE WHEN delivery_uri <> '' THEN 'delivered' ELSE 'planned' END
    WHERE state IN ('accepted', 'partly_accepted', 'rejected', 'settled', 'cancelled');
ALTER TABLE batch
    DROP COLUMN tenant_id CASCADE, DROP COLUMN kind, DROP COLUMN number, DROP COLUMN makes_up_for,
    DROP COLUMN planned_qty, DROP COLUMN starts_at, DROP COLUMN due_at, DROP COLUMN started_at, DROP COLUMN arrives_at, DROP COLUMN purged_at,
    DROP COLUMN delivered_at,
    DROP COLUMN accept_by, DROP COLUMN reminded_at, DROP COLUMN settled_at, DROP COLUMN delivered_qty,
    DROP COLUMN guideline_n, DROP COLUMN version,
    DROP CONSTRAINT batch_state_check,
    ADD CONSTRAINT batch_state_check CHECK (state IN (
        'planned', 'generating', 'judging', 'calibrating', 'in_review', 'assembling', 'delivered', 'failed'));
DROP TABLE amendment, contract, quote, price_book;
ALTER TABLE orders DROP CONSTRAINT orders_tenant_id_id_key;
DROP FUNCTION check_transition;
DROP TABLE legal_transition;
DROP FUNCTION tenant_now;
ALTER TABLE tenant DROP COLUMN clock_ahead;
