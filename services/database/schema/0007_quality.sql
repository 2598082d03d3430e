-- An answer that a breaking guideline made stale does not keep its reviewer from the task: they may
-- answer it anew, under the new guideline.
DROP INDEX assignment_live;
CREATE UNIQUE INDEX assignment_live ON assignment (task_id, reviewer)
    WHERE state IN ('leased', 'submitted', 'surplus', 'skipped') AND reason <> 'stale_guideline';

CREATE INDEX void_request_open ON void_request (asked_at) WHERE decided_by = '';
CREATE INDEX qualification_skill ON qualification (skill, reviewer);
