package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// load returns the records that query selects, with their legs and nodes. It
// reads in one transaction: a record is seen whole.
func (s *Store) load(ctx context.Context, query string, args []any) ([]CDR, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was changed

	list := []CDR{}
	place := map[string]int{}
	err = each(ctx, tx, query, args, func(r *sql.Rows) error {
		c, err := scanCDR(r)
		place[c.ID] = len(list)
		list = append(list, c)
		return err
	})
	if err != nil || len(list) == 0 {
		return list, err
	}

	among, ids := amongIDs(list)
	err = each(ctx, tx, selectLegs+among, ids, func(r *sql.Rows) error {
		call, l, err := scanLeg(r)
		c := &list[place[call]]
		c.Legs = append(c.Legs, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, selectNodes+among, ids, func(r *sql.Rows) error {
		call, n, err := scanNode(r)
		c := &list[place[call]]
		c.Nodes = append(c.Nodes, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, selectMisses+among, ids, func(r *sql.Rows) error {
		call, m, err := scanMiss(r)
		c := &list[place[call]]
		c.Misses = append(c.Misses, m)
		return err
	})
	return list, err
}

const selectLegs = `SELECT cdr_id, id, trunk, direction, address, sip_call_id, codec, started_at, answered_at,
	ended_at, cause_code, cause_sip, cause_q850, cause_by, cause_text,
	packets_in, packets_out, lost, jitter_ms, late, refused, mos, round_trip_ms, remote_lost, remote_mos, relayed, recording FROM cdr_legs`

const selectNodes = `SELECT cdr_id, menu, node, reached_by, heard, score, at FROM cdr_nodes`

const selectMisses = `SELECT cdr_id, menu, language, heard, best, score, at FROM cdr_misses`

func amongIDs(list []CDR) (clause string, ids []any) {
	marks := make([]string, len(list))
	for i, c := range list {
		marks[i] = fmt.Sprintf("$%d", i+1)
		ids = append(ids, c.ID)
	}
	return " WHERE cdr_id IN (" + strings.Join(marks, ", ") + ") ORDER BY cdr_id, position", ids
}

func each(ctx context.Context, tx *sql.Tx, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanCDR(r *sql.Rows) (CDR, error) {
	c := CDR{Legs: []LegRecord{}, Nodes: []NodeVisit{}}
	var started, ended int64
	var answered, lost sql.NullInt64
	var path sql.NullString
	var parts string
	var seconds sql.NullFloat64
	var rec Recording
	err := r.Scan(&c.ID, &c.Direction, &c.Trunk, &c.From, &c.To, &c.Flow, &started, &answered,
		&ended, &c.Cause.Code, &c.Cause.SIP, &c.Cause.Q850, &c.Cause.By, &c.Cause.Text,
		&path, &seconds, &lost, &rec.Gaps, &rec.Paused, &rec.Key, &rec.Error, &parts)
	c.StartedAt, c.AnsweredAt, c.EndedAt = instant(started), maybeInstant(answered), instant(ended)
	if path.Valid {
		rec.Path, rec.Seconds, rec.Lost = path.String, seconds.Float64, uint64(lost.Int64)
		c.Recording = &rec
	}
	if parts != "" {
		err = errors.Join(err, json.Unmarshal([]byte(parts), &rec.Parts))
	}
	return c, err
}

func scanLeg(r *sql.Rows) (call string, l LegRecord, err error) {
	var recording string
	var started, ended int64
	var answered sql.NullInt64
	err = r.Scan(&call, &l.ID, &l.Trunk, &l.Direction, &l.Address, &l.SIPCallID, &l.Codec, &started, &answered,
		&ended, &l.Cause.Code, &l.Cause.SIP, &l.Cause.Q850, &l.Cause.By, &l.Cause.Text,
		&l.PacketsIn, &l.PacketsOut, &l.Lost, &l.JitterMS,
		&l.Late, &l.Refused, &l.MOS, &l.RoundTripMS, &l.RemoteLost, &l.RemoteMOS, &l.Relayed, &recording)
	if recording != "" {
		err = errors.Join(err, json.Unmarshal([]byte(recording), &l.Recording))
	}
	l.StartedAt, l.AnsweredAt, l.EndedAt = instant(started), maybeInstant(answered), instant(ended)
	return call, l, err
}

func scanNode(r *sql.Rows) (call string, n NodeVisit, err error) {
	var at int64
	err = r.Scan(&call, &n.Menu, &n.Node, &n.By, &n.Heard, &n.Score, &at)
	n.At = instant(at)
	return call, n, err
}

func scanMiss(r *sql.Rows) (call string, m Miss, err error) {
	var at int64
	err = r.Scan(&call, &m.Menu, &m.Language, &m.Heard, &m.Best, &m.Score, &at)
	m.At = instant(at)
	return call, m, err
}

func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

func maybeInstant(us sql.NullInt64) *time.Time {
	if !us.Valid {
		return nil
	}
	t := instant(us.Int64)
	return &t
}

func maybeTime(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// What comes from the wire or from arithmetic must not cost us the record: the
// next three make every value one that each database takes.

// text replaces bad UTF-8 and NUL, which PostgreSQL refuses.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// list makes text of a list, an empty one of an empty one.
func list(l []string) string {
	if len(l) == 0 {
		return ""
	}
	b, _ := json.Marshal(l) // of strings it never fails, and it replaces bad UTF-8
	return text(string(b))
}

// object makes text of what became of a recording, an empty one of none.
func object(r *Recording) string {
	if r == nil {
		return ""
	}
	kept := *r
	kept.Seconds, kept.Paused = number(r.Seconds), number(r.Paused)
	b, _ := json.Marshal(kept) // numbers and strings never fail
	return text(string(b))
}

func count(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// number replaces what has no place in JSON, nor in a NOT NULL column.
func number(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
