-- A password that somebody else made up only lets its owner choose their own, and not for long.
ALTER TABLE account ADD COLUMN password_until timestamptz;  -- NULL for a password of one's own
ALTER TABLE login_session ADD COLUMN one_time boolean NOT NULL DEFAULT false;
