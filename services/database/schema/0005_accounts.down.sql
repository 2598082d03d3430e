-- Lost: one-time passwords and the sessions that they opened; their owners need new ones.
DELETE FROM login_session WHERE one_time;
UPDATE account SET password_hash = '' WHERE password_until IS NOT NULL;
ALTER TABLE login_session DROP COLUMN one_time;
ALTER TABLE account DROP COLUMN password_until;
