-- Logging in: how codes travel, QR codes, what is known of devices.

ALTER TABLE login_codes ADD COLUMN delivery BIGINT NOT NULL DEFAULT 0;     -- 0 a short message, 1 in the app, 2 a call
ALTER TABLE login_codes ADD COLUMN owner_id BIGINT NOT NULL DEFAULT 0;     -- the account that changes to this number; 0: a login

-- Wrong codes for a number, whichever code was meant.
CREATE TABLE wrong_codes (
    phone TEXT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- Codes that a device shows to be read by another.
CREATE TABLE login_tokens (
    token BYTEA NOT NULL PRIMARY KEY,
    auth_key_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_by BIGINT NOT NULL,         -- the account; 0: nobody yet
    except_ids TEXT NOT NULL             -- accounts that may not accept it, with commas between
);
CREATE INDEX login_tokens_by_key ON login_tokens (auth_key_id);

ALTER TABLE auth_keys ADD COLUMN system_version TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_keys ADD COLUMN lang_pack TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_keys ADD COLUMN ip TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_keys ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;      -- of the last call, to a few minutes
ALTER TABLE auth_keys ADD COLUMN revoked BOOLEAN NOT NULL DEFAULT FALSE;   -- logged out by another device
ALTER TABLE authorizations ADD COLUMN unconfirmed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;          -- the latest of its devices

-- Settings that the server itself goes by.
CREATE TABLE account_settings (
    user_id BIGINT NOT NULL PRIMARY KEY,
    account_ttl_days BIGINT NOT NULL,
    authorization_ttl_days BIGINT NOT NULL
);
