package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// CDRQuery narrows a listing of CDRs; zero fields do not narrow.
type CDRQuery struct {
	From, To, Flow string
	Before         string // only calls that ended before the call with this id did (for paging)
	Limit          int    // 0 means 50; at most 500
}

const (
	limitUsual = 50
	limitMost  = 500
)

const insertCDR = `INSERT INTO cdrs (id, direction, trunk, from_number, to_number, flow,
	started_at, answered_at, ended_at, cause_code, cause_sip, cause_q850, cause_by, cause_text,
	recording_path, recording_seconds, recording_lost,
	recording_gaps, recording_paused, recording_key, recording_error, recording_parts)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
	ON CONFLICT (id) DO NOTHING`

const insertLeg = `INSERT INTO cdr_legs (cdr_id, position, id, trunk, direction, address, sip_call_id,
	codec, started_at, answered_at, ended_at, cause_code, cause_sip, cause_q850, cause_by, cause_text,
	packets_in, packets_out, lost, jitter_ms, late, refused, mos, round_trip_ms, remote_lost, remote_mos, relayed, recording)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
	$21, $22, $23, $24, $25, $26, $27, $28)`

const insertNode = `INSERT INTO cdr_nodes (cdr_id, position, menu, node, reached_by, heard, score, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const insertMiss = `INSERT INTO cdr_misses (cdr_id, position, menu, language, heard, best, score, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// AddCDR stores the record of an ended call, all of it or nothing. Adding the
// same call twice keeps the first record and is not an error: a call leaves
// exactly one. Text that is no UTF-8 is stored with the bad bytes replaced.
func (s *Store) AddCDR(ctx context.Context, c CDR) error {
	if c.ID == "" {
		return errors.New("add cdr: the call has no id")
	}
	if err := s.enter(ctx, &c); err != nil {
		return fmt.Errorf("add cdr %s: %w", c.ID, err)
	}
	return nil
}

const selectCDR = `SELECT id, direction, trunk, from_number, to_number, flow, started_at, answered_at,
	ended_at, cause_code, cause_sip, cause_q850, cause_by, cause_text,
	recording_path, recording_seconds, recording_lost,
	recording_gaps, recording_paused, recording_key, recording_error, recording_parts FROM cdrs`

// CDRs lists records, the latest ended first. When the call named by q.Before is
// not there, the error is ErrNotFound.
func (s *Store) CDRs(ctx context.Context, q CDRQuery) ([]CDR, error) {
	list, err := s.cdrs(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list cdrs: %w", err)
	}
	return list, nil
}

func (s *Store) cdrs(ctx context.Context, q CDRQuery) ([]CDR, error) {
	if q.Limit < 0 {
		return nil, fmt.Errorf("limit %d is negative", q.Limit)
	}
	if q.Limit == 0 {
		q.Limit = limitUsual
	}
	where, args, err := s.narrow(ctx, q)
	if err != nil {
		return nil, err
	}
	args = append(args, min(q.Limit, limitMost))
	return s.load(ctx, fmt.Sprintf("%s%s ORDER BY ended_at DESC, id DESC LIMIT $%d", selectCDR, where, len(args)), args)
}

// narrow returns the WHERE clause of q. Values never become part of the text.
func (s *Store) narrow(ctx context.Context, q CDRQuery) (where string, args []any, err error) {
	var terms []string
	equal := func(column, value string) {
		if value != "" {
			args = append(args, value)
			terms = append(terms, fmt.Sprintf("%s = $%d", column, len(args)))
		}
	}
	equal("from_number", q.From)
	equal("to_number", q.To)
	equal("flow", q.Flow)
	if q.Before != "" {
		var end int64
		err := s.read.QueryRowContext(ctx, "SELECT ended_at FROM cdrs WHERE id = $1", q.Before).Scan(&end)
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		if err != nil {
			return "", nil, fmt.Errorf("before %q: %w", q.Before, err)
		}
		args = append(args, end, q.Before)
		terms = append(terms, fmt.Sprintf("(ended_at, id) < ($%d, $%d)", len(args)-1, len(args)))
	}
	if len(terms) > 0 {
		where = " WHERE " + strings.Join(terms, " AND ")
	}
	return where, args, nil
}

// CDR returns one record, or ErrNotFound.
func (s *Store) CDR(ctx context.Context, id string) (CDR, error) {
	list, err := s.load(ctx, selectCDR+" WHERE id = $1", []any{id})
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return CDR{}, fmt.Errorf("read cdr %q: %w", id, err)
	}
	return list[0], nil
}
