-- The recordings of legs that have one of their own, as an object in JSON; empty
-- for none.

-- +goose Up
ALTER TABLE cdr_legs ADD COLUMN recording TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE cdr_legs DROP COLUMN recording;
