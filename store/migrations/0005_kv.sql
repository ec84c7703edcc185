-- What flows keep, by bucket and key: values are JSON, expires_at is in
-- microseconds since 1970-01-01 UTC, NULL for never.

-- +goose Up
CREATE TABLE kv (
    bucket     TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (bucket, name)
);
CREATE INDEX kv_by_expiry ON kv (expires_at);

-- +goose Down
DROP TABLE kv;
