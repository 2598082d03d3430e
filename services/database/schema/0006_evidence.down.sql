-- Lost: the runs of words by which similar answers are found. Nothing else.

DROP INDEX review_task_prompt;
DROP FUNCTION prompt_key;
DROP TABLE text_run;
