-- Cloud messages. Peers are one number each: a user is its id, a basic group -id, a channel or supergroup
-- -(1000000000000 + id). A mailbox is the peer whose counter its messages share: a user, for all private chats and basic
-- groups, or a channel. Objects in BYTEA columns are TL of the newest layer, the same for every viewer.

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
    is_out BOOLEAN NOT NULL,             -- written by the owner of the mailbox
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
    silent BOOLEAN NOT NULL,
    noforwards BOOLEAN NOT NULL,
    invert_media BOOLEAN NOT NULL,
    pinned BOOLEAN NOT NULL,
    views BIGINT NOT NULL,
    forwards BIGINT NOT NULL,
    PRIMARY KEY (mailbox, id),
    UNIQUE (mailbox, uid)
);
CREATE INDEX messages_by_peer ON messages (mailbox, peer, id);
CREATE INDEX messages_by_uid ON messages (uid);

-- What happened in a mailbox, in the order of its pts. Messages are shown as they are when the event is read.
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

-- What an account has sent, so that a repeated call is answered and not sent twice.
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

-- What one mailbox still has to hear from another. Written with the change in the one, deleted with the change in the
-- other; doing it twice does no harm.
CREATE TABLE deliveries (
    mailbox BIGINT NOT NULL,
    source BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 new or edited, 3 deleted, 5 read, 6 pinned, 7 unpinned
    PRIMARY KEY (mailbox, uid, kind)
);

-- A chat in somebody's list.
CREATE TABLE dialogs (
    user_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    mailbox BIGINT NOT NULL,
    read_inbox BIGINT NOT NULL,
    read_outbox BIGINT NOT NULL,
    available_min BIGINT NOT NULL,       -- messages up to this one are not shown
    pinned BIGINT NOT NULL,              -- 0: no; the highest comes first
    unread_mark BOOLEAN NOT NULL,
    draft BYTEA,
    settings_hidden BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, peer)
);
CREATE INDEX dialogs_by_peer ON dialogs (peer);

CREATE TABLE mentions (
    user_id BIGINT NOT NULL,
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    unread BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, mailbox, message_id)
);

-- What an account has to hear of that has no counter. No content: it is shown as it is when it is read.
CREATE TABLE account_changes (
    user_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- 1 draft, 2 pinned dialogs, 3 unread mark, 4 blocked, 5 channel, 6 members of a group
    peer BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind, peer)
);
CREATE INDEX account_changes_by_time ON account_changes (at);

-- Basic groups, supergroups and channels.
CREATE TABLE chats (
    peer BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,                -- 0 basic group, 1 supergroup, 2 channel
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    creator BIGINT NOT NULL,
    date BIGINT NOT NULL,
    version BIGINT NOT NULL,
    banned_rights BIGINT NOT NULL,       -- of all members: the flags of chatBannedRights
    deleted BOOLEAN NOT NULL,
    migrated_to BIGINT NOT NULL,         -- peer of the supergroup; 0: none
    migrated_from BIGINT NOT NULL,
    migrated_max BIGINT NOT NULL,
    signatures BOOLEAN NOT NULL,
    noforwards BOOLEAN NOT NULL,
    hidden_history BOOLEAN NOT NULL,
    join_request BOOLEAN NOT NULL,
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
    banned_by BIGINT NOT NULL,
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
    permanent BOOLEAN NOT NULL,
    revoked BOOLEAN NOT NULL,
    request_needed BOOLEAN NOT NULL,
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

-- Clients that write -100 before the id of a channel rely on ten digits, and take groups that begin so for channels.
INSERT INTO counters (name, value) VALUES ('chat_id', 400000000), ('channel_id', 1000000000);
