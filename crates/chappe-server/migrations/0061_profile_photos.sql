-- Photos of people and bots. The current one and the one for those who may not see it are named by the account.

ALTER TABLE users ADD COLUMN photo_id BIGINT NOT NULL DEFAULT 0;       -- 0: none
ALTER TABLE users ADD COLUMN fallback_id BIGINT NOT NULL DEFAULT 0;

CREATE TABLE profile_photos (
    user_id BIGINT NOT NULL,
    photo_id BIGINT NOT NULL,
    position BIGINT NOT NULL,            -- the highest is the newest
    PRIMARY KEY (user_id, photo_id)
);
