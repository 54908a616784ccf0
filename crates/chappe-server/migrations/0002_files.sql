-- Files of secret chats: what the server knows of them. Their bytes are kept elsewhere, named by blob_id.

ALTER TABLE secret_messages ADD COLUMN file_id BIGINT NOT NULL DEFAULT 0;      -- 0: none
ALTER TABLE secret_deliveries ADD COLUMN file_id BIGINT NOT NULL DEFAULT 0;

-- One row for each file that somebody uploads, and for a while afterwards.
CREATE TABLE uploads (
    user_id BIGINT NOT NULL,
    file_id BIGINT NOT NULL,             -- the client's number
    blob_id BIGINT NOT NULL UNIQUE,
    is_big BOOLEAN NOT NULL,
    part_count BIGINT NOT NULL,
    size BIGINT NOT NULL,
    part_len BIGINT NOT NULL,            -- of the parts below the highest; 0: there are none
    highest BIGINT NOT NULL,
    highest_len BIGINT NOT NULL,
    total BIGINT NOT NULL,               -- parts announced; 0: not yet
    stored BOOLEAN NOT NULL,             -- it has become the file with the id blob_id
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
);
CREATE INDEX secret_files_by_owner ON secret_files (owner_id);
CREATE INDEX secret_files_by_use ON secret_files (used_at);

-- Blobs that nothing refers to any more, until their bytes are gone.
CREATE TABLE dead_blobs (
    blob_id BIGINT NOT NULL PRIMARY KEY
);
