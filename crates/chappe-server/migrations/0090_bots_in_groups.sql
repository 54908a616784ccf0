-- The language that a client was last set to, two letters; empty: it has not said.
ALTER TABLE auth_keys ADD COLUMN lang_code TEXT NOT NULL DEFAULT '';

-- Whether a bot gets all messages of its groups, and not only those for it.
ALTER TABLE users ADD COLUMN hears_groups BOOLEAN NOT NULL DEFAULT FALSE;
