// Package store keeps what must survive: call detail records now, campaigns and
// contacts later. Queries are methods; SQL stays in here.
package store

import "context"

// Store is an open database.
type Store struct{}

// Open opens, creating or migrating as needed, the SQLite database at path.
func Open(ctx context.Context, path string) (*Store, error) { panic("unwritten") }

// Close closes the database.
func (s *Store) Close() error { panic("unwritten") }

// AddCDR stores the record of an ended call. Adding the same call twice keeps
// the first record and is not an error: a call leaves exactly one.
func (s *Store) AddCDR(ctx context.Context, c CDR) error { panic("unwritten") }

// CDRQuery narrows a listing of CDRs; zero fields do not narrow.
type CDRQuery struct {
	From, To, Flow string
	Before         string // only calls that ended before the call with this id did (for paging)
	Limit          int    // 0 means 50; at most 500
}

// CDRs lists records, the latest ended first.
func (s *Store) CDRs(ctx context.Context, q CDRQuery) ([]CDR, error) { panic("unwritten") }

// CDR returns one record, or ErrNotFound.
func (s *Store) CDR(ctx context.Context, id string) (CDR, error) { panic("unwritten") }
