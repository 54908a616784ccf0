-- Mail addresses to which login codes go.

CREATE TABLE login_emails (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    reset_at BIGINT NOT NULL             -- when it is to be forgotten, because somebody cannot read its mail; 0: nobody asked
);

-- Another address that waits until it is confirmed.
CREATE TABLE login_email_changes (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);

-- The same for a login that is not to go on without an address.
CREATE TABLE login_email_setups (
    phone_code_hash TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);

-- The confirmed address that codes of the account go to once the login has succeeded; empty: none. A code with delivery 3
-- went there.
ALTER TABLE login_codes ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE pending_logins ADD COLUMN email TEXT NOT NULL DEFAULT '';

-- Exports of an account's data that are under way.
CREATE TABLE takeouts (
    user_id BIGINT NOT NULL PRIMARY KEY,
    id BIGINT NOT NULL,
    at BIGINT NOT NULL
);
