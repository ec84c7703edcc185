-- Times are microseconds since 1970-01-01 UTC, NULL where it has not come to that.
-- Every statement must be good for SQLite and for PostgreSQL.

-- +goose Up
CREATE TABLE cdrs (
    id                TEXT PRIMARY KEY,
    direction         TEXT NOT NULL,
    trunk             TEXT NOT NULL,
    from_number       TEXT NOT NULL,
    to_number         TEXT NOT NULL,
    flow              TEXT NOT NULL,
    started_at        BIGINT NOT NULL,
    answered_at       BIGINT,
    ended_at          BIGINT NOT NULL,
    cause_code        TEXT NOT NULL,
    cause_sip         INTEGER NOT NULL,
    cause_q850        INTEGER NOT NULL,
    cause_by          TEXT NOT NULL,
    cause_text        TEXT NOT NULL,
    recording_path    TEXT,
    recording_seconds DOUBLE PRECISION,
    recording_lost    BIGINT
);
CREATE INDEX cdrs_by_end ON cdrs (ended_at, id);
CREATE INDEX cdrs_by_from ON cdrs (from_number, ended_at);
CREATE INDEX cdrs_by_to ON cdrs (to_number, ended_at);
CREATE INDEX cdrs_by_flow ON cdrs (flow, ended_at);

CREATE TABLE cdr_legs (
    cdr_id      TEXT NOT NULL REFERENCES cdrs (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    id          TEXT NOT NULL,
    trunk       TEXT NOT NULL,
    direction   TEXT NOT NULL,
    address     TEXT NOT NULL,
    sip_call_id TEXT NOT NULL,
    codec       TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at    BIGINT NOT NULL,
    cause_code  TEXT NOT NULL,
    cause_sip   INTEGER NOT NULL,
    cause_q850  INTEGER NOT NULL,
    cause_by    TEXT NOT NULL,
    cause_text  TEXT NOT NULL,
    packets_in  BIGINT NOT NULL,
    packets_out BIGINT NOT NULL,
    lost        BIGINT NOT NULL,
    jitter_ms   DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (cdr_id, position)
);

CREATE TABLE cdr_nodes (
    cdr_id     TEXT NOT NULL REFERENCES cdrs (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    menu       TEXT NOT NULL,
    node       TEXT NOT NULL,
    reached_by TEXT NOT NULL,
    heard      TEXT NOT NULL,
    score      DOUBLE PRECISION NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (cdr_id, position)
);
CREATE INDEX cdr_nodes_by_node ON cdr_nodes (menu, node, at);

-- +goose Down
DROP TABLE cdr_nodes;
DROP TABLE cdr_legs;
DROP TABLE cdrs;
