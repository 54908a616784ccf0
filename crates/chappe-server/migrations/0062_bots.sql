-- What people ask bots by buttons and inline, until a while after the answer.
CREATE TABLE bot_queries (
    id BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,                -- 1 a button, 2 inline
    bot_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    query TEXT NOT NULL,
    position TEXT NOT NULL,              -- where the results begin
    asked_at BIGINT NOT NULL,
    answer BYTEA,                        -- TL of the newest layer, as nobody sees it
    cache_until BIGINT NOT NULL,         -- until when others get the same answer
    is_private BOOLEAN NOT NULL          -- only whoever asked does
);
CREATE INDEX bot_queries_by_time ON bot_queries (asked_at);
CREATE INDEX bot_queries_by_query ON bot_queries (bot_id, query);

-- What bots say about themselves, by language; the empty one is for everybody else.
CREATE TABLE bot_info (
    bot_id BIGINT NOT NULL,
    lang_code TEXT NOT NULL,
    name TEXT,
    about TEXT,
    description TEXT,
    PRIMARY KEY (bot_id, lang_code)
);
