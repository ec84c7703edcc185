package lib

import (
	"context"
	"errors"
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/store"
)

// KV keeps values; a *store.KV does. Errors are store's ErrNotFound, ErrTooLarge
// and ErrInvalid, or of the database.
type KV interface {
	Get(ctx context.Context, bucket, key string) (value string, err error)
	Set(ctx context.Context, bucket, key, value string, ttl time.Duration) error
	Increase(ctx context.Context, bucket, key string, by int64, ttl time.Duration) (sum int64, err error)
	Delete(ctx context.Context, bucket, key string) (was bool, err error)
}

// kvTime bounds one use of the table.
const kvTime = 5 * time.Second

func (k *kit) kv() Library {
	return Library{
		Name: "kv",
		Doc: "Values that outlive the call, for all flows: text, numbers, true, false and tables that JSON can hold. Keys are texts of up " +
			"to 256 bytes, values take up to 64 KiB as JSON; each `bucket` has keys of its own. What secure_collect has collected is not kept. What is kept is on the disk when the " +
			"function returns.",
		Rows: []*Row{k.kvGet(), k.kvSet(), k.kvIncr(), k.kvDelete()},
	}
}

const kvErrors = "; or nil and an error: invalid, too_large, timeout, failed (the database's trouble), not_configured"

func keyArgs(more ...verb.Arg) []verb.Arg {
	return append([]verb.Arg{
		{Name: "key", Kind: value.Text, Lead: true, Required: true, Doc: "which value"},
		{Name: "bucket", Kind: value.Text, Default: "default", Doc: "among which; a name of up to 64 bytes"},
	}, more...)
}

// keyIsOpen raises for a key with a secret in it, before it is kept.
func keyIsOpen(e *Env, a verb.Args) error {
	return e.keeps("arguments key and bucket", a.Text("bucket")+" "+a.Text("key"))
}

func (k *kit) kvGet() *Row {
	return &Row{Shape: verb.Shape{
		Name: "kv.get", Doc: "Returns what is kept.", Args: keyArgs(), After: true,
		Result: "the value, nil when there is none or it has expired" + kvErrors,
	}, Run: func(e *Env, a verb.Args) (v lua.LValue, err error) {
		var text string
		err = k.kept(e, "kv.get", func(ctx context.Context) (err error) {
			text, err = k.KV.Get(ctx, a.Text("bucket"), a.Text("key"))
			return err
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
			return lua.LNil, nil
		case err != nil:
			return nil, err
		}
		return k.decode(e, "kv.get", text)
	}}
}

func (k *kit) kvSet() *Row {
	return &Row{Shape: verb.Shape{
		Name: "kv.set", Doc: "Keeps a value in place of what was kept.", Args: keyArgs(
			verb.Arg{Name: "value", Kind: value.Any, Required: true, Doc: "what to keep"},
			verb.Arg{Name: "ttl", Kind: value.Duration, Doc: "for how long, at most 24h; left out, until it is deleted"},
			verb.Arg{Name: "days", Kind: value.Count, Doc: "for how many days, in place of ttl"},
		), After: true, Result: "true" + kvErrors,
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		ttl, err := kvTTL(a)
		if err != nil {
			return nil, err
		}
		text, err := k.encode(e, "kv.set", a.Value("value"))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(keyIsOpen(e, a), e.keeps("argument value", text)); err != nil {
			return nil, err
		}
		err = k.kept(e, "kv.set", func(ctx context.Context) error {
			return k.KV.Set(ctx, a.Text("bucket"), a.Text("key"), text, ttl)
		})
		return lua.LTrue, err
	}}
}

func (k *kit) kvIncr() *Row {
	return &Row{Shape: verb.Shape{
		Name: "kv.incr", Doc: "Adds to a whole number, whoever else does so at the same time. What is not kept yet is 0, and then kept for " +
			"as long as `ttl` or `days` say; what is kept already expires when it would have.",
		Args: keyArgs(
			verb.Arg{Name: "by", Kind: value.Number, Doc: "how much, a whole number that may be below 0; left out, 1"},
			verb.Arg{Name: "ttl", Kind: value.Duration, Doc: "for how long, at most 24h; left out, until it is deleted"},
			verb.Arg{Name: "days", Kind: value.Count, Doc: "for how many days, in place of ttl"},
		), After: true, Result: "the sum" + kvErrors,
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		ttl, err := kvTTL(a)
		if err != nil {
			return nil, err
		}
		if err := keyIsOpen(e, a); err != nil {
			return nil, err
		}
		by := 1.0
		if a.Has("by") {
			by = a.Level("by")
		}
		if by != math.Trunc(by) || !(math.Abs(by) <= exactWhole) {
			return nil, verb.Mistakef("argument by: want a whole number, got %v", by)
		}
		var sum int64
		err = k.kept(e, "kv.incr", func(ctx context.Context) (err error) {
			sum, err = k.KV.Increase(ctx, a.Text("bucket"), a.Text("key"), int64(by), ttl)
			return err
		})
		return lua.LNumber(sum), err
	}}
}

func (k *kit) kvDelete() *Row {
	return &Row{Shape: verb.Shape{
		Name: "kv.delete", Doc: "Forgets a value.", Args: keyArgs(), After: true, Result: "true, or false when there was none" + kvErrors,
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		var was bool
		err := k.kept(e, "kv.delete", func(ctx context.Context) (err error) {
			was, err = k.KV.Delete(ctx, a.Text("bucket"), a.Text("key"))
			return err
		})
		return lua.LBool(was), err
	}}
}

func kvTTL(a verb.Args) (time.Duration, error) {
	const mostDays = 3660
	ttl, days := a.Duration("ttl"), a.Count("days")
	switch {
	case a.Has("ttl") && a.Has("days"):
		return 0, verb.Mistakef("ttl and days: only one of them can be")
	case a.Has("ttl") && ttl <= 0, a.Has("days") && (days < 1 || days > mostDays):
		return 0, verb.Mistakef("ttl and days: want more than 0, and at most %d days", mostDays)
	}
	return ttl + time.Duration(days)*24*time.Hour, nil
}

// kept uses the table for a script. The error is store's ErrNotFound, or for the
// script.
func (k *kit) kept(e *Env, name string, use func(context.Context) error) error {
	if k.KV == nil {
		return refused(name, codeNotConfigured, "there is no table")
	}
	ctx, cancel := context.WithTimeout(e.Context, kvTime)
	defer cancel()
	switch err := use(ctx); {
	case err == nil, errors.Is(err, store.ErrNotFound):
		return err
	case errors.Is(err, store.ErrInvalid):
		return refused(name, codeInvalid, "%v", err)
	case errors.Is(err, store.ErrTooLarge):
		return refused(name, codeTooLarge, "%v", err)
	case ctx.Err() != nil:
		return refused(name, call.CodeTimeout, "%v", err)
	default:
		e.Log.Error("kv fails", "error", err)
		return refused(name, codeFailed, "the database is in trouble; the log has the details")
	}
}
