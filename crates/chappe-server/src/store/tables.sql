-- The tables to which all migrations lead, for worlds in memory. Written by the test of their equality
-- with CHAPPE_WRITE_TABLES=1.
BEGIN;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
CREATE TABLE server_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
CREATE TABLE auth_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    key_bytes BYTEA NOT NULL,
    is_temp BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,      -- 0: never
    bound_to BIGINT NOT NULL,        -- the permanent key of a bound temporary one; 0: not bound
    created_at BIGINT NOT NULL,
    dc_id BIGINT NOT NULL,           -- the data centre the client named in the exchange; 0: none
    first_salt BIGINT NOT NULL,
    layer BIGINT NOT NULL,           -- of the last invokeWithLayer; 0: none yet
    api_id BIGINT NOT NULL,
    device_model TEXT NOT NULL,
    app_version TEXT NOT NULL
, system_version TEXT NOT NULL DEFAULT '', lang_pack TEXT NOT NULL DEFAULT '', ip TEXT NOT NULL DEFAULT '', active_at BIGINT NOT NULL DEFAULT 0, revoked BIGINT NOT NULL DEFAULT FALSE, home BIGINT NOT NULL DEFAULT 0, lang_code TEXT NOT NULL DEFAULT '');
CREATE INDEX auth_keys_by_bound ON auth_keys (bound_to);
CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    phone TEXT UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    is_bot BIGINT NOT NULL,
    token_hash BYTEA,
    deleted BIGINT NOT NULL,
    pts BIGINT NOT NULL,
    online_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL
, active_at BIGINT NOT NULL DEFAULT 0, about TEXT NOT NULL DEFAULT '', is_support BIGINT NOT NULL DEFAULT FALSE, home BIGINT NOT NULL DEFAULT 0, photo_id BIGINT NOT NULL DEFAULT 0, fallback_id BIGINT NOT NULL DEFAULT 0, hears_groups BIGINT NOT NULL DEFAULT FALSE);
CREATE TABLE authorizations (
    auth_key_id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    qts BIGINT NOT NULL,             -- of the last message queued; 1 before the first
    encrypted_requests_disabled BIGINT NOT NULL
, unconfirmed BIGINT NOT NULL DEFAULT FALSE);
CREATE INDEX authorizations_by_user ON authorizations (user_id);
CREATE TABLE login_codes (
    phone_code_hash TEXT NOT NULL PRIMARY KEY,
    phone TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    confirmed BIGINT NOT NULL       -- the right code was given, sign-up may follow
, delivery BIGINT NOT NULL DEFAULT 0, owner_id BIGINT NOT NULL DEFAULT 0, email TEXT NOT NULL DEFAULT '');
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
    history_deleted BIGINT NOT NULL,
    UNIQUE (admin_id, random_id)
);
CREATE INDEX secret_chats_by_admin ON secret_chats (admin_auth);
CREATE INDEX secret_chats_by_participant ON secret_chats (participant_id);
CREATE TABLE secret_messages (
    auth_key_id BIGINT NOT NULL,         -- the receiving device
    qts BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    random_id BIGINT NOT NULL,
    date BIGINT NOT NULL,
    is_service BIGINT NOT NULL,
    data BYTEA NOT NULL, file_id BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (auth_key_id, qts)
);
CREATE INDEX secret_messages_by_chat ON secret_messages (chat_id);
CREATE TABLE secret_deliveries (
    chat_id BIGINT NOT NULL,
    sender_auth BIGINT NOT NULL,
    random_id BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    date BIGINT NOT NULL, file_id BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, sender_auth, random_id, content_hash)
);
CREATE INDEX secret_deliveries_by_date ON secret_deliveries (date);
CREATE TABLE device_events (
    auth_key_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 the chat changed, 2 messages were read
    max_date BIGINT NOT NULL,            -- of a read mark, else 0
    at BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,          -- when getDifference answered with it; 0: not yet
    PRIMARY KEY (auth_key_id, chat_id, kind)
);
CREATE TABLE uploads (
    user_id BIGINT NOT NULL,
    file_id BIGINT NOT NULL,             -- the client's number
    blob_id BIGINT NOT NULL UNIQUE,
    is_big BIGINT NOT NULL,
    part_count BIGINT NOT NULL,
    size BIGINT NOT NULL,
    part_len BIGINT NOT NULL,            -- of the parts below the highest; 0: there are none
    highest BIGINT NOT NULL,
    highest_len BIGINT NOT NULL,
    total BIGINT NOT NULL,               -- parts announced; 0: not yet
    stored BIGINT NOT NULL,             -- it has become the file with the id blob_id
    touched_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, file_id)
);
CREATE INDEX uploads_by_time ON uploads (touched_at);
CREATE TABLE upload_parts (
    blob_id BIGINT NOT NULL,
    part BIGINT NOT NULL,
    len BIGINT NOT NULL,
    PRIMARY KEY (blob_id, part)
);
CREATE TABLE secret_files (
    id BIGINT NOT NULL PRIMARY KEY,      -- also the blob's
    owner_id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    part_len BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    key_fingerprint BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL              -- when it was last sent
, home BIGINT NOT NULL DEFAULT 0);
CREATE INDEX secret_files_by_owner ON secret_files (owner_id);
CREATE INDEX secret_files_by_use ON secret_files (used_at);
CREATE TABLE dead_blobs (
    blob_id BIGINT NOT NULL PRIMARY KEY
);
CREATE TABLE mailboxes (
    mailbox BIGINT NOT NULL PRIMARY KEY,
    pts BIGINT NOT NULL,
    last_id BIGINT NOT NULL              -- of the newest message there ever was
);
CREATE TABLE messages (
    mailbox BIGINT NOT NULL,
    id BIGINT NOT NULL,
    uid BIGINT NOT NULL,                 -- the same for all copies of a message
    peer BIGINT NOT NULL,                -- the chat, as the owner of the mailbox sees it
    from_peer BIGINT NOT NULL,           -- who shows as the author; 0: the channel itself
    author BIGINT NOT NULL,              -- the account that wrote it
    is_out BIGINT NOT NULL,             -- written by the owner of the mailbox
    date BIGINT NOT NULL,
    edit_date BIGINT NOT NULL,           -- 0: never
    revision BIGINT NOT NULL,            -- counts the edits
    message TEXT NOT NULL,
    folded TEXT NOT NULL,                -- in lower case, for the search
    entities BYTEA,
    media BYTEA,
    kinds BIGINT NOT NULL,               -- bits for the filters of the search
    reply_markup BYTEA,
    action BYTEA,                        -- of a service message
    fwd BYTEA,
    reply BYTEA,
    reply_to BIGINT NOT NULL,            -- in this mailbox; 0: none
    reply_uid BIGINT NOT NULL,
    via_bot BIGINT NOT NULL,
    grouped_id BIGINT NOT NULL,
    post_author TEXT,
    silent BIGINT NOT NULL,
    noforwards BIGINT NOT NULL,
    invert_media BIGINT NOT NULL,
    pinned BIGINT NOT NULL,
    views BIGINT NOT NULL,
    forwards BIGINT NOT NULL, media_unread BIGINT NOT NULL DEFAULT FALSE, media_ttl BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (mailbox, id),
    UNIQUE (mailbox, uid)
);
CREATE INDEX messages_by_peer ON messages (mailbox, peer, id);
CREATE INDEX messages_by_uid ON messages (uid);
CREATE TABLE mailbox_events (
    mailbox BIGINT NOT NULL,
    pts BIGINT NOT NULL,
    pts_count BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 new, 2 edited, 3 deleted, 4 read by the owner, 5 read by others, 6 pinned, 7 unpinned, 8 contents read
    peer BIGINT NOT NULL,
    value BIGINT NOT NULL,               -- a message id
    ids TEXT NOT NULL,                   -- message ids, separated by commas
    at BIGINT NOT NULL,
    PRIMARY KEY (mailbox, pts)
);
CREATE INDEX mailbox_events_by_time ON mailbox_events (at);
CREATE TABLE sent_messages (
    author BIGINT NOT NULL,
    random_id BIGINT NOT NULL,
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    pts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (author, random_id)
);
CREATE INDEX sent_messages_by_time ON sent_messages (at);
CREATE TABLE deliveries (
    mailbox BIGINT NOT NULL,
    source BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 new or edited, 3 deleted, 5 read, 6 pinned, 7 unpinned
    PRIMARY KEY (mailbox, uid, kind)
);
CREATE TABLE dialogs (
    user_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    mailbox BIGINT NOT NULL,
    read_inbox BIGINT NOT NULL,
    read_outbox BIGINT NOT NULL,
    available_min BIGINT NOT NULL,       -- messages up to this one are not shown
    pinned BIGINT NOT NULL,              -- 0: no; the highest comes first
    unread_mark BIGINT NOT NULL,
    draft BYTEA,
    settings_hidden BIGINT NOT NULL, read_mark BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, peer)
);
CREATE INDEX dialogs_by_peer ON dialogs (peer);
CREATE TABLE mentions (
    user_id BIGINT NOT NULL,
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    PRIMARY KEY (user_id, mailbox, message_id)
);
CREATE TABLE account_changes (
    user_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 draft, 2 pinned dialogs, 3 unread mark, 4 blocked, 5 channel, 6 members of a group
    peer BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind, peer)
);
CREATE INDEX account_changes_by_time ON account_changes (at);
CREATE TABLE chats (
    peer BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,                -- 0 basic group, 1 supergroup, 2 channel
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    creator BIGINT NOT NULL,
    date BIGINT NOT NULL,
    version BIGINT NOT NULL,
    banned_rights BIGINT NOT NULL,       -- of all members: the flags of chatBannedRights
    deleted BIGINT NOT NULL,
    migrated_to BIGINT NOT NULL,         -- peer of the supergroup; 0: none
    migrated_from BIGINT NOT NULL,
    migrated_max BIGINT NOT NULL,
    signatures BIGINT NOT NULL,
    noforwards BIGINT NOT NULL,
    hidden_history BIGINT NOT NULL,
    join_request BIGINT NOT NULL,
    slowmode BIGINT NOT NULL,            -- seconds
    photo BYTEA
);
CREATE TABLE chat_members (
    peer BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    state BIGINT NOT NULL,               -- 0 member, 1 left, 2 removed
    inviter BIGINT NOT NULL,
    date BIGINT NOT NULL,
    admin_rights BIGINT NOT NULL,        -- the flags of chatAdminRights; 0: no admin
    promoted_by BIGINT NOT NULL,
    rank TEXT NOT NULL,
    banned_rights BIGINT NOT NULL,       -- the flags of chatBannedRights
    banned_until BIGINT NOT NULL,
    banned_by BIGINT NOT NULL, revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (peer, user_id)
);
CREATE INDEX chat_members_by_user ON chat_members (user_id);
CREATE TABLE chat_invites (
    hash TEXT NOT NULL PRIMARY KEY,
    peer BIGINT NOT NULL,
    admin BIGINT NOT NULL,
    date BIGINT NOT NULL,
    expire_date BIGINT NOT NULL,         -- 0: never
    usage_limit BIGINT NOT NULL,         -- 0: none
    uses BIGINT NOT NULL,
    permanent BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    request_needed BIGINT NOT NULL,
    title TEXT NOT NULL
);
CREATE INDEX chat_invites_by_peer ON chat_invites (peer);
CREATE TABLE join_requests (
    peer BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    date BIGINT NOT NULL,
    PRIMARY KEY (peer, user_id)
);
CREATE TABLE bot_commands (
    bot_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    lang_code TEXT NOT NULL,
    commands BYTEA NOT NULL,
    PRIMARY KEY (bot_id, scope, lang_code)
);
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
CREATE TABLE password_changes (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    with_password BIGINT NOT NULL,      -- a new password comes with the address
    salt1 BYTEA NOT NULL,
    salt2 BYTEA NOT NULL,
    verifier BYTEA NOT NULL,
    hint TEXT NOT NULL
);
CREATE TABLE password_recoveries (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE TABLE srp_challenges (
    id BIGINT NOT NULL PRIMARY KEY,
    auth_key_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    version BIGINT NOT NULL,             -- of the password
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX srp_challenges_by_key ON srp_challenges (auth_key_id);
CREATE TABLE pending_logins (
    auth_key_id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL
, email TEXT NOT NULL DEFAULT '');
CREATE INDEX pending_logins_by_user ON pending_logins (user_id);
CREATE TABLE wrong_codes (
    phone TEXT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL,
    since BIGINT NOT NULL
);
CREATE TABLE login_tokens (
    token BYTEA NOT NULL PRIMARY KEY,
    auth_key_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_by BIGINT NOT NULL,         -- the account; 0: nobody yet
    except_ids TEXT NOT NULL             -- accounts that may not accept it, with commas between
);
CREATE INDEX login_tokens_by_key ON login_tokens (auth_key_id);
CREATE TABLE account_settings (
    user_id BIGINT NOT NULL PRIMARY KEY,
    account_ttl_days BIGINT NOT NULL,
    authorization_ttl_days BIGINT NOT NULL
, silent_sign_ups BIGINT NOT NULL DEFAULT FALSE, archive_strangers BIGINT NOT NULL DEFAULT FALSE, keep_archived_unmuted BIGINT NOT NULL DEFAULT FALSE, keep_archived_folders BIGINT NOT NULL DEFAULT FALSE, hide_read_marks BIGINT NOT NULL DEFAULT FALSE);
CREATE TABLE usernames (
    username_lower TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    kind BIGINT NOT NULL,                -- 0 a user or bot, 1 a channel
    owner_id BIGINT NOT NULL
);
CREATE INDEX usernames_by_owner ON usernames (owner_id);
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
CREATE TABLE ready_accounts (
    name TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    auth_key_id BIGINT NOT NULL,
    bot_token TEXT NOT NULL              -- empty for people
);
CREATE TABLE cloud_files (
    id BIGINT NOT NULL PRIMARY KEY,
    owner_id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    part_len BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    created_at BIGINT NOT NULL
, home BIGINT NOT NULL DEFAULT 0);
CREATE INDEX cloud_files_by_owner ON cloud_files (owner_id);
CREATE TABLE media (
    id BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,                -- 1 photo, 2 document
    owner_id BIGINT NOT NULL,
    object BYTEA NOT NULL                -- the TL object as nobody sees it: without access hash and file reference
, used_at BIGINT NOT NULL DEFAULT 0);
CREATE TABLE media_files (
    media_id BIGINT NOT NULL,
    size_type TEXT NOT NULL,
    file_id BIGINT NOT NULL,
    PRIMARY KEY (media_id, size_type)
);
CREATE TABLE chat_reads (
    user_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    max_id BIGINT NOT NULL,              -- in the reader's mailbox, or the channel's
    at BIGINT NOT NULL,
    PRIMARY KEY (user_id, peer, max_id)
);
CREATE INDEX chat_reads_by_time ON chat_reads (at);
CREATE TABLE invite_imports (
    hash TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    date BIGINT NOT NULL,
    approved_by BIGINT NOT NULL,         -- 0: nobody had to
    PRIMARY KEY (hash, user_id)
);
CREATE TABLE admin_log (
    id BIGINT NOT NULL PRIMARY KEY,
    peer BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    date BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- the bit of channelAdminLogEventsFilter
    action BYTEA NOT NULL,               -- TL, without what belongs to a viewer
    folded TEXT NOT NULL                 -- in lower case, for the search
);
CREATE INDEX admin_log_by_peer ON admin_log (peer, id);
CREATE TABLE exported_logins (
    token BYTEA NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    device BIGINT NOT NULL,              -- whose login it is
    home BIGINT NOT NULL,                -- where it is good
    expires_at BIGINT NOT NULL
);
CREATE TABLE carried_logins (
    auth_key_id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    device BIGINT NOT NULL
);
CREATE INDEX carried_logins_by_device ON carried_logins (device);
CREATE TABLE profile_photos (
    user_id BIGINT NOT NULL,
    photo_id BIGINT NOT NULL,
    position BIGINT NOT NULL,            -- the highest is the newest
    PRIMARY KEY (user_id, photo_id)
);
CREATE TABLE bot_queries (
    id BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,                -- 1 a button, 2 inline
    bot_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    query TEXT NOT NULL,
    position TEXT NOT NULL,              -- where the results begin
    asked_at BIGINT NOT NULL,
    answer BYTEA,                        -- TL of the newest layer, as nobody sees it
    cache_until BIGINT NOT NULL,         -- until when others get the same answer
    is_private BIGINT NOT NULL          -- only whoever asked does
);
CREATE INDEX bot_queries_by_time ON bot_queries (asked_at);
CREATE INDEX bot_queries_by_query ON bot_queries (bot_id, query);
CREATE TABLE bot_info (
    bot_id BIGINT NOT NULL,
    lang_code TEXT NOT NULL,
    name TEXT,
    about TEXT,
    description TEXT,
    PRIMARY KEY (bot_id, lang_code)
);
CREATE INDEX deliveries_by_source ON deliveries (source);
CREATE INDEX media_by_use ON media (used_at);
CREATE INDEX messages_with_media ON messages (mailbox, id) WHERE media IS NOT NULL OR action IS NOT NULL;
CREATE TABLE post_views (
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message_id, user_id)
);
CREATE INDEX post_views_by_time ON post_views (at);
CREATE TABLE media_timers (
    uid BIGINT NOT NULL PRIMARY KEY,
    due BIGINT NOT NULL
);
CREATE INDEX media_timers_by_due ON media_timers (due);
CREATE TABLE heard_messages (
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message_id, user_id)
);
CREATE INDEX heard_messages_by_time ON heard_messages (at);
CREATE TABLE login_emails (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    reset_at BIGINT NOT NULL             -- when it is to be forgotten, because somebody cannot read its mail; 0: nobody asked
);
CREATE TABLE login_email_changes (
    user_id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE TABLE login_email_setups (
    phone_code_hash TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE TABLE takeouts (
    user_id BIGINT NOT NULL PRIMARY KEY,
    id BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TABLE auto_downloads (
    user_id BIGINT NOT NULL,
    preset BIGINT NOT NULL,
    settings BYTEA NOT NULL,
    PRIMARY KEY (user_id, preset)
);
INSERT INTO _sqlx_migrations VALUES (1, 'init', '2026-01-01 00:00:00', 1, X'B4455C8741817B029199BC51A8C5DD1432F260434E40DEBDF0B01E269CA96033D069A6891B4349C2855C8B83A6EECEF1', 0);
INSERT INTO _sqlx_migrations VALUES (10, 'messages', '2026-01-01 00:00:00', 1, X'ED42F8A5ED59EBED710609D2DBE1DC202ADEFAAEFE2530E4149D59CF330284BFCF7C422DC36841576D59A4DEB5801601', 0);
INSERT INTO _sqlx_migrations VALUES (100, 'opened media', '2026-01-01 00:00:00', 1, X'4A66190C07CE713A5961B2F767B4C0AB0AAA709B9E1ADEA7545B7476C689696315DC0CCE75F7A042E6F961D871F50AB8', 0);
INSERT INTO _sqlx_migrations VALUES (110, 'login emails', '2026-01-01 00:00:00', 1, X'20E79060D9F710F5A72674B2D921620022FC6D8E425735FF7F64A9045B7C8437B8D7124DA34A3A306C225EE792BD027D', 0);
INSERT INTO _sqlx_migrations VALUES (111, 'auto downloads', '2026-01-01 00:00:00', 1, X'DA02E77AC5B9B3A04835A78D04810F580DA9ABDB5CFF28D7BBE7258D52684D989B59FD8E4540A5EBD0295EBFDD852479', 0);
INSERT INTO _sqlx_migrations VALUES (2, 'files', '2026-01-01 00:00:00', 1, X'57CB583DAB9A1509858BCA8638EB37B273E247D23556A55A2B4F661DFBE9A51DC5FA1D0616735A5452BF489E8ACB3913', 0);
INSERT INTO _sqlx_migrations VALUES (20, 'passwords', '2026-01-01 00:00:00', 1, X'360F538DB887CE9F3576D2E9B809BC47031B644DAC87D9D48EDF88C400AD0EC726D7A5BA5D8FBCDD23FA8A767DE836DE', 0);
INSERT INTO _sqlx_migrations VALUES (21, 'login', '2026-01-01 00:00:00', 1, X'9E35A4F3375CABC82C5C58F76D4113F371107CD02B6536C96AD85A9BB880C86F46B314FA3BD9A6789D9063D03F49927C', 0);
INSERT INTO _sqlx_migrations VALUES (22, 'profiles', '2026-01-01 00:00:00', 1, X'2E45D767537BFD61D9611994105946D7E422D08D10A17AD8263880E05DADE83A07E4EF595D8A46AE05410C7B0A23A364', 0);
INSERT INTO _sqlx_migrations VALUES (30, 'ready accounts', '2026-01-01 00:00:00', 1, X'5CA1271FC1F17B4DB0B7DAA331B2540513788232F7C4B56AE9F6FE0C3BC4D668BAEEFD9A51E07DD62A41B5B4BA0E6FA0', 0);
INSERT INTO _sqlx_migrations VALUES (40, 'media', '2026-01-01 00:00:00', 1, X'A27315F4A2FF12B40E503B38B472B15DFC8C4F3FCA07061DE18FE1143F5C450CC247AC152224E233B5EB127554EA7620', 0);
INSERT INTO _sqlx_migrations VALUES (50, 'groups', '2026-01-01 00:00:00', 1, X'1656279C392385CB0C4D52F44A6F6B431EC20399AE6F2D67A378E8F6330A2EBF7DDBCB28849CE57336E8F8B6804B52CF', 0);
INSERT INTO _sqlx_migrations VALUES (51, 'admin log', '2026-01-01 00:00:00', 1, X'F38E151680BAB6170413330A1A356E9C6C605018F818115945917BCC3204C235003DCC83F53484F88DD0DC0D149225D2', 0);
INSERT INTO _sqlx_migrations VALUES (60, 'data centres', '2026-01-01 00:00:00', 1, X'AB1F94D76418DA38ABA722BCEA54BD8F4DE29CE7B9A7C251B2B0C0A30D18EDAFAF82BDC5150B12F934C280D1E862EFB5', 0);
INSERT INTO _sqlx_migrations VALUES (61, 'profile photos', '2026-01-01 00:00:00', 1, X'B00E41813B27667BF69A360EFB60FD9C09F20931F1859D8AA1AF5B1011C4081F6925EF2B30F4EE71359BD9BCD164B25C', 0);
INSERT INTO _sqlx_migrations VALUES (62, 'bots', '2026-01-01 00:00:00', 1, X'5F6689977B7DF0CB5894308F17CF3BD13776BCAC1CDFE2B7058A0159DF8C20A59BA4AFDA714365A042E54B08A49C10DA', 0);
INSERT INTO _sqlx_migrations VALUES (80, 'deliveries by source', '2026-01-01 00:00:00', 1, X'8930FF86DC020E3BE4F0F499021E0124E0000006ACBC4181A39B5B1BA4C4E9498265EF9269B8FEC28FE9351252D0EA37', 0);
INSERT INTO _sqlx_migrations VALUES (90, 'bots in groups', '2026-01-01 00:00:00', 1, X'8B3B5C9BAA4266CA880028780D74D7A2818C7332793F1ED4E49F9449DD425DF938B8AE6CFFDA39CEDAB6EC3510470CF8', 0);
INSERT INTO _sqlx_migrations VALUES (91, 'media use', '2026-01-01 00:00:00', 1, X'197CE28113BFC9E56C06B7F95072F56BCFC5706B6075AE48E0DECA307CC6589600F63F3DB5BCBD6D6EFCF9286685D938', 0);
INSERT INTO _sqlx_migrations VALUES (95, 'reading', '2026-01-01 00:00:00', 1, X'EC635CF5D1886B0BC6FE53C1E2443BB0E23D907A1ABCCD71FE94EFCFF36C2EA305D3E241AE95430B2216881D81F1B583', 0);
INSERT INTO _sqlx_migrations VALUES (96, 'member revisions', '2026-01-01 00:00:00', 1, X'1BED577F1F9B295FFF49C1E18AE49F4D65ADABC0F8209EF5C1B1B349B3821FF71AC58C1D59FACA840BC9500D11CE4362', 0);
INSERT INTO counters VALUES ('admin_log', 0);
INSERT INTO counters VALUES ('channel_id', 1000000000);
INSERT INTO counters VALUES ('chat_id', 400000000);
INSERT INTO counters VALUES ('data_centres', 0);
INSERT INTO counters VALUES ('user_id', 1000000);
INSERT INTO users VALUES (777000, '42777', 'Telegram', '', 0, NULL, 0, 1, 0, 0, 0, '', 1, 0, 0, 0, 0);
COMMIT;
