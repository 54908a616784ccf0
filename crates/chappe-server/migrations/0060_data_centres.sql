-- Which of several data centres something is at home in. 0: at every one, from a time when there was one.

ALTER TABLE auth_keys ADD COLUMN home BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN home BIGINT NOT NULL DEFAULT 0;
ALTER TABLE secret_files ADD COLUMN home BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cloud_files ADD COLUMN home BIGINT NOT NULL DEFAULT 0;

-- How many data centres the world has; 0: never more than one.
INSERT INTO counters (name, value) VALUES ('data_centres', 0);

-- What one data centre gives a device to show at another.
CREATE TABLE exported_logins (
    token BYTEA NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    device BIGINT NOT NULL,              -- whose login it is
    home BIGINT NOT NULL,                -- where it is good
    expires_at BIGINT NOT NULL
);

-- Keys at other data centres to which a device has carried its login.
CREATE TABLE carried_logins (
    auth_key_id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    device BIGINT NOT NULL
);
CREATE INDEX carried_logins_by_device ON carried_logins (device);
