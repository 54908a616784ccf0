-- Accounts that were made for a test rather than by signing up: by which name the test knows them, and the device
-- that is logged in already.
CREATE TABLE ready_accounts (
    name TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    auth_key_id BIGINT NOT NULL,
    bot_token TEXT NOT NULL              -- empty for people
);
