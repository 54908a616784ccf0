-- The world of an embedded server. SQLite and PostgreSQL share this file, therefore only types that both know
-- and that keep their meaning: BIGINT for every number and Unix second, TEXT, BOOLEAN, BYTEA (SQLite stores the
-- bytes as they are). Zero stands for "never" or "none" where a column says so.

CREATE TABLE server_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('user_id', 1000000);

CREATE TABLE auth_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    key_bytes BYTEA NOT NULL,
    is_temp BOOLEAN NOT NULL,
    expires_at BIGINT NOT NULL,      -- 0: never
    bound_to BIGINT NOT NULL,        -- the permanent key of a bound temporary one; 0: not bound
    created_at BIGINT NOT NULL,
    dc_id BIGINT NOT NULL,           -- the data centre the client named in the exchange; 0: none
    first_salt BIGINT NOT NULL,
    layer BIGINT NOT NULL,           -- of the last invokeWithLayer; 0: none yet
    api_id BIGINT NOT NULL,
    device_model TEXT NOT NULL,
    app_version TEXT NOT NULL
);
CREATE INDEX auth_keys_by_bound ON auth_keys (bound_to);

CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    phone TEXT UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    is_bot BOOLEAN NOT NULL,
    token_hash BYTEA,
    deleted BOOLEAN NOT NULL,
    pts BIGINT NOT NULL,
    online_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row for each logged-in permanent key: a device.
CREATE TABLE authorizations (
    auth_key_id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    qts BIGINT NOT NULL,             -- of the last message queued; 1 before the first
    encrypted_requests_disabled BOOLEAN NOT NULL
);
CREATE INDEX authorizations_by_user ON authorizations (user_id);

CREATE TABLE login_codes (
    phone_code_hash TEXT NOT NULL PRIMARY KEY,
    phone TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    confirmed BOOLEAN NOT NULL       -- the right code was given, sign-up may follow
);
CREATE INDEX login_codes_by_phone ON login_codes (phone);

CREATE TABLE contacts (
    owner_id BIGINT NOT NULL,
    contact_id BIGINT NOT NULL,
    phone TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    PRIMARY KEY (owner_id, contact_id)
);

CREATE TABLE blocked (
    owner_id BIGINT NOT NULL,
    blocked_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner_id, blocked_id)
);

CREATE TABLE secret_chats (
    id BIGINT NOT NULL PRIMARY KEY,
    random_id BIGINT NOT NULL,
    admin_id BIGINT NOT NULL,
    admin_auth BIGINT NOT NULL,
    participant_id BIGINT NOT NULL,
    participant_auth BIGINT NOT NULL,    -- 0 until accepted
    date BIGINT NOT NULL,
    g_a BYTEA NOT NULL,
    g_b BYTEA NOT NULL,                  -- empty until accepted
    key_fingerprint BIGINT NOT NULL,
    state BIGINT NOT NULL,               -- 0 requested, 1 accepted, 2 discarded
    history_deleted BOOLEAN NOT NULL,
    UNIQUE (admin_id, random_id)
);
CREATE INDEX secret_chats_by_admin ON secret_chats (admin_auth);
CREATE INDEX secret_chats_by_participant ON secret_chats (participant_id);

-- The mailbox of a device.
CREATE TABLE secret_messages (
    auth_key_id BIGINT NOT NULL,         -- the receiving device
    qts BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    random_id BIGINT NOT NULL,
    date BIGINT NOT NULL,
    is_service BOOLEAN NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (auth_key_id, qts)
);
CREATE INDEX secret_messages_by_chat ON secret_messages (chat_id);

-- What was already delivered, so that a repeated call is answered and not delivered twice.
CREATE TABLE secret_deliveries (
    chat_id BIGINT NOT NULL,
    sender_auth BIGINT NOT NULL,
    random_id BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    date BIGINT NOT NULL,
    PRIMARY KEY (chat_id, sender_auth, random_id, content_hash)
);
CREATE INDEX secret_deliveries_by_date ON secret_deliveries (date);

-- Updates without a counter that a device may have missed. They hold no content: what is sent is made from the
-- chat as it is at that moment, so sending one twice or late does no harm.
CREATE TABLE device_events (
    auth_key_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 the chat changed, 2 messages were read
    max_date BIGINT NOT NULL,            -- of a read mark, else 0
    at BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,          -- when getDifference answered with it; 0: not yet
    PRIMARY KEY (auth_key_id, chat_id, kind)
);
