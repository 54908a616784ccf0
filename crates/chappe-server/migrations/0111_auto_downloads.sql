-- What clients of an account fetch by themselves, by preset: 0 low, 1 medium, 2 high.
CREATE TABLE auto_downloads (
    user_id BIGINT NOT NULL,
    preset BIGINT NOT NULL,
    settings BYTEA NOT NULL,
    PRIMARY KEY (user_id, preset)
);
