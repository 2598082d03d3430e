-- Gold is answered like any task, and its answers never count.
CREATE OR REPLACE VIEW counted_answer AS
SELECT a.task_id, a.id AS assignment_id, a.reviewer, a.presented, w.label, w.answer, w.comment,
       w.guideline_n, w.simulated, w.active_ms, w.answered_at
FROM assignment a JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
JOIN review_task t ON t.id = a.task_id
WHERE a.state = 'submitted' AND t.state <> 'gold';
