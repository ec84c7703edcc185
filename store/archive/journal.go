package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Status says where a recording is on its way.
type Status string

// The states of a recording.
const (
	Pending Status = "pending" // to be uploaded, or being uploaded
	Done    Status = "done"    // in the store
	Failed  Status = "failed"  // given up; see Archive.Retry
)

// Upload is a recording and what has become of it.
type Upload struct {
	Recording
	Object  string // its name in the bucket
	Status  Status
	Tries   int       // that failed, when pending or failed
	AddedAt time.Time //
	NextAt  time.Time // when it is tried next
	DoneAt  time.Time // zero: not yet
	Bytes   int64     // in the store
	SHA256  string    // of the object, in hexadecimal
	Error   string    // of the last try
}

// schema is version 1 of the journal. Times are microseconds since 1970.
const schema = `
CREATE TABLE IF NOT EXISTS uploads (
	id       TEXT PRIMARY KEY,
	path     TEXT NOT NULL,
	at       INTEGER NOT NULL,
	object   TEXT NOT NULL,
	status   TEXT NOT NULL DEFAULT 'pending',
	tries    INTEGER NOT NULL DEFAULT 0,
	added_at INTEGER NOT NULL,
	next_at  INTEGER NOT NULL,
	done_at  INTEGER NOT NULL DEFAULT 0,
	bytes    INTEGER NOT NULL DEFAULT 0,
	sha256   TEXT NOT NULL DEFAULT '',
	error    TEXT NOT NULL DEFAULT '',
	remove   INTEGER NOT NULL DEFAULT 0 -- the local file is still to be removed
) STRICT;
CREATE INDEX IF NOT EXISTS uploads_next ON uploads (status, next_at);
CREATE INDEX IF NOT EXISTS uploads_remove ON uploads (id) WHERE remove = 1;
PRAGMA user_version = 1;`

// journal is the memory of an Archive.
type journal struct{ db *sql.DB }

func openJournal(ctx context.Context, path string) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // SQLite would let others read it
	if err != nil {
		return nil, err
	}
	f.Close()
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // one writer; lists are short
	j := &journal{db}
	if err := j.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return j, nil
}

func (j *journal) prepare(ctx context.Context) error {
	var version int
	if err := j.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > 1 {
		return fmt.Errorf("it has version %d, this program knows only 1: it was used by a newer one", version)
	}
	_, err := j.db.ExecContext(ctx, schema)
	return err
}

func (j *journal) close() error { return j.db.Close() }

func (j *journal) add(ctx context.Context, r Recording, object string, now time.Time) error {
	_, err := j.db.ExecContext(ctx,
		"INSERT INTO uploads (id, path, at, object, added_at, next_at) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
		r.ID, r.Path, r.At.UnixMicro(), object, now.UnixMicro())
	return err
}

func (j *journal) done(ctx context.Context, id string, sent sent, remove bool, now time.Time) error {
	_, err := j.db.ExecContext(ctx,
		"UPDATE uploads SET status = 'done', bytes = $2, sha256 = $3, done_at = $4, error = '', remove = $5 WHERE id = $1",
		id, sent.bytes, sent.sha256, now.UnixMicro(), remove)
	return err
}

func (j *journal) missed(ctx context.Context, id string, s Status, why string, next time.Time) error {
	_, err := j.db.ExecContext(ctx,
		"UPDATE uploads SET status = $2, tries = tries + 1, error = $3, next_at = $4 WHERE id = $1",
		id, s, why, next.UnixMicro())
	return err
}

func (j *journal) retry(ctx context.Context, id string, now time.Time) error {
	r, err := j.db.ExecContext(ctx,
		"UPDATE uploads SET status = 'pending', tries = 0, added_at = $2, next_at = $2 WHERE id = $1 AND status <> 'done'",
		id, now.UnixMicro())
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

func (j *journal) removed(ctx context.Context, id string) error {
	_, err := j.db.ExecContext(ctx, "UPDATE uploads SET remove = 0 WHERE id = $1", id)
	return err
}

// list returns the rows that a WHERE clause selects.
func (j *journal) list(ctx context.Context, where string, args ...any) ([]Upload, error) {
	rows, err := j.db.QueryContext(ctx,
		"SELECT id, path, at, object, status, tries, added_at, next_at, done_at, bytes, sha256, error FROM uploads "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Upload
	for rows.Next() {
		var u Upload
		var at, added, next, done int64
		err := rows.Scan(&u.ID, &u.Path, &at, &u.Object, &u.Status, &u.Tries, &added, &next, &done, &u.Bytes, &u.SHA256, &u.Error)
		if err != nil {
			return nil, err
		}
		u.At, u.AddedAt, u.NextAt = instant(at), instant(added), instant(next)
		if done != 0 {
			u.DoneAt = instant(done)
		}
		list = append(list, u)
	}
	return list, rows.Err()
}

func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

func (j *journal) counts(ctx context.Context) (map[Status]int, error) {
	rows, err := j.db.QueryContext(ctx, "SELECT status, count(*) FROM uploads GROUP BY status")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[Status]int{}
	for rows.Next() {
		var s Status
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			return nil, err
		}
		counts[s] = n
	}
	return counts, rows.Err()
}
