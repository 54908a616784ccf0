-- What people say about themselves and to whom.

ALTER TABLE users ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN is_support BOOLEAN NOT NULL DEFAULT FALSE;

-- The account that the server itself speaks through. Nobody can log in to it: its number is too short.
INSERT INTO users (id, phone, first_name, last_name, is_bot, token_hash, deleted, pts, online_until, created_at, is_support)
VALUES (777000, '42777', 'Telegram', '', FALSE, NULL, FALSE, 1, 0, 0, TRUE);

-- Names by which people, bots and channels are found.
CREATE TABLE usernames (
    username_lower TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    kind BIGINT NOT NULL,                -- 0 a user or bot, 1 a channel
    owner_id BIGINT NOT NULL
);
CREATE INDEX usernames_by_owner ON usernames (owner_id);

-- Who may see or do what. The first rule that fits decides.
CREATE TABLE privacy_rules (
    user_id BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    ids TEXT NOT NULL,                   -- with commas between
    PRIMARY KEY (user_id, subject, position)
);

CREATE TABLE notify_settings (
    user_id BIGINT NOT NULL,
    scope BIGINT NOT NULL,               -- 0 users, 1 groups, 2 channels, 3 a user, 4 a group, 5 a channel
    peer_id BIGINT NOT NULL,             -- 0 for the first three
    show_previews BIGINT NOT NULL,       -- -1: not set, here and below
    silent BIGINT NOT NULL,
    mute_until BIGINT NOT NULL,
    sound BIGINT NOT NULL,               -- 0 the default, 1 none, 2 a local one, 3 a ringtone
    sound_title TEXT NOT NULL,
    sound_data TEXT NOT NULL,
    sound_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, scope, peer_id)
);

ALTER TABLE account_settings ADD COLUMN silent_sign_ups BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE account_settings ADD COLUMN archive_strangers BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE account_settings ADD COLUMN keep_archived_unmuted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE account_settings ADD COLUMN keep_archived_folders BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE account_settings ADD COLUMN hide_read_marks BOOLEAN NOT NULL DEFAULT FALSE;
