-- The files of recordings that were split, as a list in JSON; empty for one file.

-- +goose Up
ALTER TABLE cdrs ADD COLUMN recording_parts TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE cdrs DROP COLUMN recording_parts;
