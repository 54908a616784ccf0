-- Seconds that the medium may be seen once it was opened; 0: for ever.
ALTER TABLE messages ADD COLUMN media_ttl BIGINT NOT NULL DEFAULT 0;

-- Media that were opened, and go out of all copies of their message at a time.
CREATE TABLE media_timers (
    uid BIGINT NOT NULL PRIMARY KEY,
    due BIGINT NOT NULL
);
CREATE INDEX media_timers_by_due ON media_timers (due);

-- Who has listened to a voice or round message of a supergroup.
CREATE TABLE heard_messages (
    mailbox BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message_id, user_id)
);
CREATE INDEX heard_messages_by_time ON heard_messages (at);
