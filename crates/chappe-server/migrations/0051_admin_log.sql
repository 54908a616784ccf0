-- What administrators and members did in a supergroup or channel.
CREATE TABLE admin_log (
    id BIGINT NOT NULL PRIMARY KEY,
    peer BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    date BIGINT NOT NULL,
    kind BIGINT NOT NULL,                -- the bit of channelAdminLogEventsFilter
    action BYTEA NOT NULL,               -- TL, without what belongs to a viewer
    folded TEXT NOT NULL                 -- in lower case, for the search
);
CREATE INDEX admin_log_by_peer ON admin_log (peer, id);
INSERT INTO counters (name, value) VALUES ('admin_log', 0);
