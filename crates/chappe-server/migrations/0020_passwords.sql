-- Passwords of two-step verification. What is kept of one opens nothing without guessing it by a slow hash.

CREATE TABLE passwords (
    user_id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,             -- random, another one with each change
    salt1 BYTEA NOT NULL,
    salt2 BYTEA NOT NULL,
    verifier BYTEA NOT NULL,
    hint TEXT NOT NULL,
    email TEXT NOT NULL,                 -- for recovery; empty: none
    wrong_tries BIGINT NOT NULL,         -- since wrong_since
    wrong_since BIGINT NOT NULL,
    reset_at BIGINT NOT NULL,            -- when a reset that was asked for may be done; 0: none was
    declined_at BIGINT NOT NULL,         -- when a reset was last declined; 0: never
    delete_at BIGINT NOT NULL            -- when the account may be deleted without the password; 0: nobody asked
);

-- A change that waits until a mail address is confirmed.
CREATE TABLE password_changes (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    with_password BOOLEAN NOT NULL,      -- a new password comes with the address
    salt1 BYTEA NOT NULL,
    salt2 BYTEA NOT NULL,
    verifier BYTEA NOT NULL,
    hint TEXT NOT NULL
);

-- Codes sent to a confirmed mail address because the password is forgotten.
CREATE TABLE password_recoveries (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);

-- Challenges that were sent and not answered.
CREATE TABLE srp_challenges (
    id BIGINT NOT NULL PRIMARY KEY,
    auth_key_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    version BIGINT NOT NULL,             -- of the password
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX srp_challenges_by_key ON srp_challenges (auth_key_id);

-- Devices that have shown everything for a login but the password.
CREATE TABLE pending_logins (
    auth_key_id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX pending_logins_by_user ON pending_logins (user_id);
