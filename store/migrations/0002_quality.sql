-- How sound travelled and what became of recordings, beyond the first version.

-- +goose Up
ALTER TABLE cdr_legs ADD COLUMN relayed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cdr_legs ADD COLUMN late BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cdr_legs ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cdr_legs ADD COLUMN mos DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE cdr_legs ADD COLUMN round_trip_ms DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE cdr_legs ADD COLUMN remote_lost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cdr_legs ADD COLUMN remote_mos DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE cdrs ADD COLUMN recording_gaps BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cdrs ADD COLUMN recording_paused DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE cdrs ADD COLUMN recording_key TEXT NOT NULL DEFAULT '';
ALTER TABLE cdrs ADD COLUMN recording_error TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE cdr_legs DROP COLUMN relayed;
ALTER TABLE cdr_legs DROP COLUMN late;
ALTER TABLE cdr_legs DROP COLUMN refused;
ALTER TABLE cdr_legs DROP COLUMN mos;
ALTER TABLE cdr_legs DROP COLUMN round_trip_ms;
ALTER TABLE cdr_legs DROP COLUMN remote_lost;
ALTER TABLE cdr_legs DROP COLUMN remote_mos;
ALTER TABLE cdrs DROP COLUMN recording_gaps;
ALTER TABLE cdrs DROP COLUMN recording_paused;
ALTER TABLE cdrs DROP COLUMN recording_key;
ALTER TABLE cdrs DROP COLUMN recording_error;
