package flowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/store"
)

// values is the table of values that outlive calls, of one test.
type values struct {
	mu   sync.Mutex
	kept map[[2]string]kept
}

type kept struct {
	text  string
	until time.Time // zero: for ever
}

func newValues() *values { return &values{kept: map[[2]string]kept{}} }

// get is what is kept; mu is held.
func (v *values) get(bucket, key string) (kept, bool) {
	k, ok := v.kept[[2]string{bucket, key}]
	if ok && !k.until.IsZero() && !time.Now().Before(k.until) {
		return kept{}, false
	}
	return k, ok
}

func (v *values) Get(_ context.Context, bucket, key string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if k, ok := v.get(bucket, key); ok {
		return k.text, nil
	}
	return "", store.ErrNotFound
}

func (v *values) Set(_ context.Context, bucket, key, text string, ttl time.Duration) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept[[2]string{bucket, key}] = kept{text, until(ttl)}
	return nil
}

func (v *values) Increase(_ context.Context, bucket, key string, by int64, ttl time.Duration) (sum int64, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	k, ok := v.get(bucket, key)
	if !ok {
		k = kept{"0", until(ttl)}
	}
	if err := json.Unmarshal([]byte(k.text), &sum); err != nil {
		return 0, fmt.Errorf("%w: %q is no whole number", store.ErrInvalid, key)
	}
	sum += by
	v.kept[[2]string{bucket, key}] = kept{fmt.Sprint(sum), k.until}
	return sum, nil
}

func (v *values) Delete(_ context.Context, bucket, key string) (was bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, was = v.get(bucket, key)
	delete(v.kept, [2]string{bucket, key})
	return was, nil
}

func until(ttl time.Duration) time.Time {
	if ttl == 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

func kvRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "kv", Doc: "Keeps a value for flows to find by kv.get, or without `value` tells what is kept. Each test begins with none.",
		Args: []verb.Arg{
			{Name: "key", Kind: value.Text, Lead: true, Required: true, Doc: "which value"},
			{Name: "bucket", Kind: value.Text, Default: "default", Doc: "among which"},
			{Name: "value", Kind: value.Any, Doc: "what to keep"},
		},
		Result: "what is kept; nil for nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		if !a.Has("value") {
			text, err := t.values.Get(t.ctx, a.Text("bucket"), a.Text("key"))
			var v any
			if err != nil || json.Unmarshal([]byte(text), &v) != nil {
				return lua.LNil, nil
			}
			return t.luaOf(v), nil
		}
		text, err := json.Marshal(t.plain(a.Value("value")))
		if err != nil {
			return nil, fmt.Errorf("kv: argument value: %w", err)
		}
		return a.Value("value"), t.values.Set(t.ctx, a.Text("bucket"), a.Text("key"), string(text), 0)
	}}
}
