-- What callers said that no menu understood.

-- +goose Up
CREATE TABLE cdr_misses (
    cdr_id   TEXT NOT NULL REFERENCES cdrs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    menu     TEXT NOT NULL,
    language TEXT NOT NULL,
    heard    TEXT NOT NULL,
    best     TEXT NOT NULL,
    score    DOUBLE PRECISION NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (cdr_id, position)
);
CREATE INDEX cdr_misses_by_menu ON cdr_misses (menu, at);

-- +goose Down
DROP TABLE cdr_misses;
