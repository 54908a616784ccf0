-- Counts the changes of somebody's part in a chat, so that what follows from an older one is not written over a newer one.
ALTER TABLE chat_members ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
