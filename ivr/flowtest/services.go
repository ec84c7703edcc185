package flowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/lib/web"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/store"
)

// services are the web services that flows may reach in a test.
type services struct {
	mu    sync.Mutex // guards what follows; flows ask
	rules []*webRule
	asked []web.Request
}

// webRule is what the test says about requests.
type webRule struct {
	url, method string
	answer      web.Answer
	err         string
	after       time.Duration
	used        bool
}

// Do answers as the test says.
func (s *services) Do(ctx context.Context, r web.Request) (*web.Answer, error) {
	rule := s.find(r)
	if rule == nil {
		return nil, &web.Error{Code: web.CodeUnreachable, Text: fmt.Sprintf("the test says nothing about %s %s", r.Method, r.URL)}
	}
	t := time.NewTimer(rule.after)
	defer t.Stop()
	var late <-chan time.Time
	if r.Timeout > 0 {
		limit := time.NewTimer(r.Timeout)
		defer limit.Stop()
		late = limit.C
	}
	select {
	case <-t.C:
	case <-late:
		return nil, &web.Error{Code: web.CodeTimeout, Text: "it took too long"}
	case <-ctx.Done():
		return nil, &web.Error{Code: web.CodeHangup, Text: "the call is over"}
	}
	if rule.err != "" {
		return nil, &web.Error{Code: rule.err, Text: "the test wants it so"}
	}
	return &rule.answer, nil
}

// find is the first rule that fits and was not used yet, else the last that fits.
func (s *services) find(r web.Request) (last *webRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	for _, rule := range s.rules {
		if rule.method != "" && rule.method != r.Method || !like(rule.url, r.URL) {
			continue
		}
		last = rule
		if !rule.used {
			break
		}
	}
	if last != nil {
		last.used = true
	}
	return last
}

// like reports whether text is the pattern, in which * stands for anything.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, parts[0])
	if len(parts) == 1 {
		return ok && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return ok && strings.HasSuffix(rest, parts[len(parts)-1])
}

func httpRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "http",
		Doc: "Says what a web service answers. Said twice, the first request goes as the first says, those that follow as the " +
			"last. What nothing is said about is unreachable.",
		Args: []verb.Arg{
			{Name: "url", Kind: value.Text, Lead: true, Required: true, Doc: "the address, in which * stands for anything"},
			{Name: "method", Kind: value.Text, Doc: "of such requests only: GET, POST, …"},
			{Name: "status", Kind: value.Count, Doc: "else 200"},
			{Name: "json", Kind: value.Any, Doc: "what it answers, as JSON"},
			{Name: "body", Kind: value.Text, Doc: "instead: as text"},
			{Name: "after", Kind: value.Duration, Default: "50ms", Doc: "how long it takes"},
			{Name: "error", Kind: value.Text, Doc: "instead of an answer: timeout, refused, unreachable, …"},
		},
		Result: "nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		rule := &webRule{url: a.Text("url"), method: strings.ToUpper(a.Text("method")), err: a.Text("error"), after: a.Duration("after")}
		rule.answer = web.Answer{Status: http.StatusOK, Header: http.Header{}, Body: []byte(a.Text("body"))}
		if a.Has("status") {
			rule.answer.Status = a.Count("status")
		}
		if a.Has("json") {
			body, err := json.Marshal(plain(a.Value("json")))
			if err != nil {
				return nil, fmt.Errorf("http: argument json: %w", err)
			}
			rule.answer.Body = body
			rule.answer.Header.Set("Content-Type", "application/json")
		}
		t.web.mu.Lock()
		defer t.web.mu.Unlock()
		t.web.rules = append(t.web.rules, rule)
		return nil, nil
	}}
}

func requestsRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "requests", Doc: "Tells what flows asked of web services so far.",
		Result: "a list of tables: method, url, body, and json when the body is JSON",
	}, Run: func(t *trial, _ verb.Args) (lua.LValue, error) {
		t.web.mu.Lock()
		defer t.web.mu.Unlock()
		out := t.L.NewTable()
		for _, r := range t.web.asked {
			one := t.L.NewTable()
			one.RawSetString("method", lua.LString(r.Method))
			one.RawSetString("url", lua.LString(r.URL))
			one.RawSetString("body", lua.LString(r.Body))
			var v any
			if json.Unmarshal(r.Body, &v) == nil {
				one.RawSetString("json", t.luaOf(v))
			}
			out.Append(one)
		}
		return out, nil
	}}
}

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
		text, err := json.Marshal(plain(a.Value("value")))
		if err != nil {
			return nil, fmt.Errorf("kv: argument value: %w", err)
		}
		return a.Value("value"), t.values.Set(t.ctx, a.Text("bucket"), a.Text("key"), string(text), 0)
	}}
}
