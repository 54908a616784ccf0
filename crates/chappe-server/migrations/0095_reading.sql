-- How far somebody has read a channel by themselves. What was there when they came in is not unread to them, but its
-- authors have no reader in them yet.
ALTER TABLE dialogs ADD COLUMN read_mark BIGINT NOT NULL DEFAULT 0;
UPDATE dialogs SET read_mark = read_inbox;

-- Voice and round messages that are still to be listened to, in the copies of both sides.
ALTER TABLE messages ADD COLUMN media_unread BOOLEAN NOT NULL DEFAULT FALSE;

-- Who has seen a post: each counts once.
CREATE TABLE post_views (
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message_id, user_id)
);
CREATE INDEX post_views_by_time ON post_views (at);
