-- Tasks that no batch waits for: questions that the reward service's judges abstained from. Such a
-- task belongs to a tenant directly, and its answer moves no batch. One task per tenant and content.

ALTER TABLE review_task ALTER COLUMN batch_id DROP NOT NULL;
ALTER TABLE review_task ADD COLUMN tenant_id text COLLATE "C" REFERENCES tenant;
ALTER TABLE review_task ADD CHECK ((batch_id IS NULL) = (tenant_id IS NOT NULL));
CREATE UNIQUE INDEX review_task_of_tenant ON review_task (tenant_id, item_id)
    WHERE batch_id IS NULL;
CREATE INDEX review_task_of_tenant_open ON review_task (tenant_id)
    WHERE batch_id IS NULL AND state = 'open';
