-- Where similar texts are found: a few runs of words of each answer, hashed, apart for each queue.
-- One row for a run and a reviewer, so that a phrase used ten thousand times costs one row.
CREATE TABLE text_run (
    run           bigint NOT NULL,
    reviewer      text COLLATE "C" NOT NULL,
    assignment_id text COLLATE "C" NOT NULL,  -- the reviewer's latest answer that has it
    PRIMARY KEY (run, reviewer)
);

-- The last turn of a task's prompt, hashed; NULL where there is none, or where PostgreSQL cannot read it
-- (payloads may hold \u0000).
CREATE FUNCTION prompt_key(payload json) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN hashtextextended(payload #>> '{prompt,-1,content}', 0);
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- Tasks on the same prompt: what models answered there.
CREATE INDEX review_task_prompt ON review_task (prompt_key(payload));
