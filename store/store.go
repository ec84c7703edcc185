// Package store keeps what must survive: call detail records now, campaigns and
// contacts later. Queries are methods; SQL stays in here.
//
// A Store owns its database file and may be used by any goroutine. Writers take
// turns on one connection, readers use others and never wait for a writer. What
// a method has stored is on the disk when it returns: a killed process or a
// power cut afterwards loses nothing. It never calls anybody back.
package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// ErrNotFound says that there is no such record.
var ErrNotFound = errors.New("not found")

//go:embed migrations/*.sql
var migrations embed.FS

// readers bounds the connections, and with them the descriptors, that reads use.
const readers = 4

// Store is an open database.
type Store struct {
	write *sql.DB // one connection
	read  *sql.DB
	queue queue // of records
}

// Open opens, creating or migrating as needed, the SQLite database at path. What
// it creates only the owner may read: the directory is 0700, the file 0600.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := prepare(path); err != nil {
		return nil, err
	}
	s := &Store{queue: queue{turn: make(chan struct{}, 1)}}
	// Immediate: a writer waits for its turn at the beginning instead of failing midway.
	if s.write, err = connect(path, "&_txlock=immediate"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(ctx, s.write); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.read, err = connect(path, "&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, nil
}

// prepare makes sure that there is a file we may write and that nothing else
// lives in it: SQLite itself would only say so at the first statement.
func prepare(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create its directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return errors.Unwrap(err) // without the path, which the caller names
	}
	defer f.Close()

	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if n > 0 && !bytes.Equal(head, []byte(magic)) {
		return errors.New("the file is not an SQLite database")
	}
	return nil
}

// connect names a database handle; the first statement opens it.
func connect(path, more string) (*sql.DB, error) {
	name := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)" + // ms; another process may hold the file, for a backup say
		"&_pragma=journal_mode(wal)" +
		"&_pragma=synchronous(full)" + // CDRs are money: survive a power cut too
		"&_pragma=foreign_keys(1)" + more
	return sql.Open("sqlite", name)
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, wants, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read its version: %w", err)
	}
	if has > wants {
		return fmt.Errorf("it has version %d, this program knows only %d: it was used by a newer one", has, wants)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Close closes the database. Closing twice is harmless.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} { // the writer last: it tidies the log up
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
