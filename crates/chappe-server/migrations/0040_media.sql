-- Photos and documents: what messages and profiles show. Their bytes are blobs.

-- One row for each stored file; its id is the blob's.
CREATE TABLE cloud_files (
    id BIGINT NOT NULL PRIMARY KEY,
    owner_id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    part_len BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX cloud_files_by_owner ON cloud_files (owner_id);

CREATE TABLE media (
    id BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,                -- 1 photo, 2 document
    owner_id BIGINT NOT NULL,
    object BYTEA NOT NULL                -- the TL object as nobody sees it: without access hash and file reference
);

-- The file of each size of a photo or document; '' is the document itself.
CREATE TABLE media_files (
    media_id BIGINT NOT NULL,
    size_type TEXT NOT NULL,
    file_id BIGINT NOT NULL,
    PRIMARY KEY (media_id, size_type)
);
