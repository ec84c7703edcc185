package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// What may be kept.
const (
	MostBucket = 64       // bytes of a bucket's name
	MostKey    = 256      // bytes of a key
	MostValue  = 64 << 10 // bytes of a value
)

// What can be wrong with a wish to keep something, for errors.Is.
var (
	ErrTooLarge = errors.New("too large")
	ErrInvalid  = errors.New("invalid")
)

// KV keeps values by bucket and key, until they expire. It may be used by any
// goroutine; what a method has changed is on the disk when it returns.
type KV struct {
	store *Store
	now   func() time.Time
}

// KV returns the store's, for which it is as late as now says.
func (s *Store) KV(now func() time.Time) *KV { return &KV{s, now} }

// Get returns the value of a key, or ErrNotFound.
func (k *KV) Get(ctx context.Context, bucket, key string) (value string, err error) {
	if err := checkKey(bucket, key); err != nil {
		return "", fmt.Errorf("get: %w", err)
	}
	err = k.store.read.QueryRowContext(ctx, `SELECT value FROM kv WHERE bucket = $1 AND name = $2
		AND (expires_at IS NULL OR expires_at > $3)`, bucket, key, k.now().UnixMicro()).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("get %q: %w", key, err)
	}
	return value, nil
}

const putKV = `INSERT INTO kv (bucket, name, value, expires_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (bucket, name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`

// Set keeps a value, for as long as ttl when that is above 0.
func (k *KV) Set(ctx context.Context, bucket, key, value string, ttl time.Duration) error {
	if err := checkKey(bucket, key); err != nil {
		return fmt.Errorf("set: %w", err)
	}
	if err := checkText("value", value, MostValue); err != nil {
		return fmt.Errorf("set %q: %w", key, err)
	}
	err := k.change(ctx, func(tx *sql.Tx, now time.Time) error {
		_, err := tx.ExecContext(ctx, putKV, bucket, key, value, expiry(now, ttl))
		return err
	})
	if err != nil {
		return fmt.Errorf("set %q: %w", key, err)
	}
	return nil
}

// Increase adds to a whole number, atomically, and returns the sum. What is not
// there is 0, and is then kept for ttl; of what is there the expiry stays. A value
// that is no whole number, or a sum beyond 2^53, is ErrInvalid.
func (k *KV) Increase(ctx context.Context, bucket, key string, by int64, ttl time.Duration) (sum int64, err error) {
	if err := checkKey(bucket, key); err != nil {
		return 0, fmt.Errorf("increase: %w", err)
	}
	err = k.change(ctx, func(tx *sql.Tx, now time.Time) error {
		var text string
		var expires sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT value, expires_at FROM kv WHERE bucket = $1 AND name = $2
			AND (expires_at IS NULL OR expires_at > $3)`, bucket, key, now.UnixMicro()).Scan(&text, &expires)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			text, expires = "0", expiry(now, ttl)
		case err != nil:
			return err
		}
		if sum, err = add(text, by); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, putKV, bucket, key, strconv.FormatInt(sum, 10), expires)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("increase %q: %w", key, err)
	}
	return sum, nil
}

// add is the sum of a number as it is kept and another.
func add(text string, by int64) (int64, error) {
	const most = 1 << 53
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -most || n > most || by < -most || by > most {
		return 0, fmt.Errorf("%.40q is no whole number that can be added to: %w", text, ErrInvalid)
	}
	if n += by; n < -most || n > most {
		return 0, fmt.Errorf("the sum is beyond 2^53: %w", ErrInvalid)
	}
	return n, nil
}

// Delete forgets a key and reports whether it was there.
func (k *KV) Delete(ctx context.Context, bucket, key string) (was bool, err error) {
	if err := checkKey(bucket, key); err != nil {
		return false, fmt.Errorf("delete: %w", err)
	}
	err = k.change(ctx, func(tx *sql.Tx, _ time.Time) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM kv WHERE bucket = $1 AND name = $2`, bucket, key)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		was = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("delete %q: %w", key, err)
	}
	return was, nil
}

// change does something in a transaction. What has expired goes first.
func (k *KV) change(ctx context.Context, do func(*sql.Tx, time.Time) error) error {
	tx, err := k.store.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	now := k.now()
	if _, err := tx.ExecContext(ctx, `DELETE FROM kv WHERE expires_at <= $1`, now.UnixMicro()); err != nil {
		return err
	}
	if err := do(tx, now); err != nil {
		return err
	}
	return tx.Commit()
}

func expiry(now time.Time, ttl time.Duration) sql.NullInt64 {
	if ttl <= 0 {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: now.Add(ttl).UnixMicro(), Valid: true}
}

func checkKey(bucket, key string) error {
	if bucket == "" || key == "" {
		return fmt.Errorf("an empty bucket or key: %w", ErrInvalid)
	}
	return errors.Join(checkText("bucket", bucket, MostBucket), checkText("key", key, MostKey))
}

// checkText refuses what one of the databases would.
func checkText(what, s string, most int) error {
	if len(s) > most {
		return fmt.Errorf("%s of %d bytes: at most %d: %w", what, len(s), most, ErrTooLarge)
	}
	if !utf8.ValidString(s) || text(s) != s {
		return fmt.Errorf("%s is not UTF-8, or has a NUL: %w", what, ErrInvalid)
	}
	return nil
}
