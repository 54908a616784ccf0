-- How far somebody had read a chat at a time, so that the author of a message learns who read it, and when.
CREATE TABLE chat_reads (
    user_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    max_id BIGINT NOT NULL,              -- in the reader's mailbox, or the channel's
    at BIGINT NOT NULL,
    PRIMARY KEY (user_id, peer, max_id)
);
CREATE INDEX chat_reads_by_time ON chat_reads (at);

-- Who came by an invite link.
CREATE TABLE invite_imports (
    hash TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    date BIGINT NOT NULL,
    approved_by BIGINT NOT NULL,         -- 0: nobody had to
    PRIMARY KEY (hash, user_id)
);
