-- Stale answers have no state of their own before this: voided ones do not block their reviewer either.
UPDATE assignment SET state = 'voided' WHERE state = 'surplus' AND reason = 'stale_guideline';
DROP INDEX assignment_live;
CREATE UNIQUE INDEX assignment_live ON assignment (task_id, reviewer)
    WHERE state IN ('leased', 'submitted', 'surplus', 'skipped');
DROP INDEX void_request_open, qualification_skill;
