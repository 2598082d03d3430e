-- Every task is a batch's again. Lost: the reward service's tasks with their answers.

ALTER TABLE answer DISABLE TRIGGER answer_append_only;
DELETE FROM answer w USING assignment a, review_task t
WHERE w.assignment_id = a.id AND a.task_id = t.id AND t.batch_id IS NULL;
ALTER TABLE answer ENABLE TRIGGER answer_append_only;
DELETE FROM assignment a USING review_task t WHERE a.task_id = t.id AND t.batch_id IS NULL;
DELETE FROM review_task WHERE batch_id IS NULL;

DROP INDEX review_task_of_tenant, review_task_of_tenant_open;
ALTER TABLE review_task
    DROP CONSTRAINT review_task_check2,
    DROP COLUMN tenant_id,
    ALTER COLUMN batch_id SET NOT NULL;
