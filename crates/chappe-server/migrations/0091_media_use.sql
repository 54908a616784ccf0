-- When a photo or document was last made, named by somebody or found to be in use.
ALTER TABLE media ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX media_by_use ON media (used_at);
CREATE INDEX messages_with_media ON messages (mailbox, id) WHERE media IS NOT NULL OR action IS NOT NULL;
