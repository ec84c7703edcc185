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
)

// services are the web services that flows may reach in a test.
type services struct {
	rules rules[webRule]

	mu    sync.Mutex // guards what follows; flows ask
	asked []web.Request
}

// webRule is what the test says about requests.
type webRule struct {
	url, method string
	answer      web.Answer
	err         string
	after       time.Duration
}

// Do answers as the test says.
func (s *services) Do(ctx context.Context, r web.Request) (*web.Answer, error) {
	s.mu.Lock()
	s.asked = append(s.asked, r)
	s.mu.Unlock()
	rule, ok := s.rules.pick(func(rule webRule) bool {
		return (rule.method == "" || rule.method == r.Method) && like(rule.url, r.URL)
	})
	if !ok {
		return nil, &web.Error{Code: web.CodeUnreachable, Text: fmt.Sprintf("the test says nothing about %s %s", r.Method, r.URL)}
	}
	if r.Timeout > 0 && rule.after >= r.Timeout {
		rule.after, rule.err = r.Timeout, web.CodeTimeout
	}
	if !pass(ctx, rule.after) {
		return nil, &web.Error{Code: web.CodeHangup, Text: "the call is over"}
	}
	if rule.err != "" {
		return nil, &web.Error{Code: rule.err, Text: "the test wants it so"}
	}
	return &rule.answer, nil
}

// pass lets time pass, and reports false when ctx ends first.
func pass(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
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
		rule := webRule{url: a.Text("url"), method: strings.ToUpper(a.Text("method")), err: a.Text("error"), after: a.Duration("after")}
		rule.answer = web.Answer{Status: http.StatusOK, Header: http.Header{}, Body: []byte(a.Text("body"))}
		if a.Has("status") {
			rule.answer.Status = a.Count("status")
		}
		if a.Has("json") {
			body, err := json.Marshal(t.plain(a.Value("json")))
			if err != nil {
				return nil, fmt.Errorf("http: argument json: %w", err)
			}
			rule.answer.Body = body
			rule.answer.Header.Set("Content-Type", "application/json")
		}
		t.web.rules.add(rule)
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
