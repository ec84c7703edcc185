package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"trunkline/api/problem"
	"trunkline/call/event"
	"trunkline/store"
)

func TestOnlyTheTokenOpens(t *testing.T) {
	const token = "correct-horse-battery-staple"
	n := newNode(t, func(c *Config) { c.Token = token })
	f := func(authorization string, status int) {
		t.Helper()
		for _, pattern := range n.routes.patterns {
			method, path, _ := strings.Cut(pattern, " ")
			if path == livePath || path == readyPath || path == "/v1/events" {
				continue
			}
			w := n.ask(method, strings.ReplaceAll(path, "{id}", "x"), "", "Authorization: "+authorization)
			if (w.Code == 401) != (status == 401) {
				t.Errorf("%s with %q: status %d; want %d", pattern, authorization, w.Code, status)
			}
		}
	}
	f("", 401)
	f("Bearer", 401)
	f("Bearer ", 401)
	f("Bearer wrong", 401)
	f("Bearer "+token+"x", 401)
	f("Bearer "+token[:len(token)-1], 401)
	f("Basic "+token, 401)
	f(token, 401)
	f("Bearer "+token, 200)
	f("bearer "+token, 200)

	w := n.ask("GET", "/v1/events", "")
	expect(t, w, 401, problem.Unauthorized)
	if w.Header().Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
	// Not even what exists is told.
	expect(t, n.ask("GET", "/v1/nothing", ""), 401, problem.Unauthorized)
	expect(t, n.ask("GET", "/v1/calls?access_token="+token, ""), 401, problem.Unauthorized)
	// Health is public, and a token makes the host's name unimportant.
	expect(t, n.ask("GET", "/live", ""), 200, "")
	expect(t, n.ask("GET", "/ready", ""), 200, "")
	expect(t, n.ask("GET", "/v1/calls", "", "Authorization: Bearer "+token, "Host: pbx.example.com"), 200, "")
}

func TestWithoutATokenOnlyThisMachine(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Hosts = []string{"pbx.lan"} })
	f := func(status int, code problem.Code, headers ...string) {
		t.Helper()
		for _, method := range []string{"GET", "POST"} {
			w := n.ask(method, "/v1/calls", `{"to":"1","flow":"x"}`, headers...)
			if w.Code >= 400 || status >= 400 {
				expect(t, w, status, code)
			}
		}
	}
	f(200, "", "Host: localhost")
	f(200, "", "Host: LocalHost:8080")
	f(200, "", "Host: 127.0.0.1:8080")
	f(200, "", "Host: 127.1.2.3")
	f(200, "", "Host: [::1]:8080")
	f(200, "", "Host: pbx.lan:80")
	f(200, "", "Host: 127.0.0.1:8080", "Origin: http://127.0.0.1:8080", "Sec-Fetch-Site: same-origin")
	f(403, problem.ForeignHost, "Host: evil.example")
	f(403, problem.ForeignHost, "Host: localhost.evil.example:8080")
	f(403, problem.ForeignHost, "Host: 127.0.0.1.nip.io")
	f(403, problem.ForeignHost, "Host: 192.0.2.1:8080")
	f(403, problem.ForeignHost, "Host: 2130706433")
	f(403, problem.ForeignHost, "Host: 0.0.0.0:8080")
	f(403, problem.ForeignHost, "Host: ")
	f(403, problem.ForeignOrigin, "Origin: https://evil.example")
	f(403, problem.ForeignOrigin, "Origin: null")
	f(403, problem.ForeignOrigin, "Origin: http://localhost:3000")
	f(403, problem.ForeignOrigin, "Sec-Fetch-Site: cross-site")
	f(403, problem.ForeignOrigin, "Sec-Fetch-Site: same-site")
}

func TestEveryAnswerHasSafeHeaders(t *testing.T) {
	n := newNode(t, nil)
	for _, path := range []string{"/v1/calls", "/live", "/v1/nothing", "/openapi.json", "/v1/calls/%3Cscript%3E"} {
		h := n.ask("GET", path, "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

// What callers call themselves must not become markup in somebody's browser.
func TestTextComesOutEscaped(t *testing.T) {
	n := newNode(t, nil)
	n.bus.Publish("c", "", event.CallStarted{From: "<script>\xff\r\n\x00", Flow: "x"})
	w := n.ask("GET", "/v1/calls", "")
	expect(t, w, 200, "")
	if strings.ContainsAny(w.Body.String(), "<>\x00") || !utf8.Valid(w.Body.Bytes()) {
		t.Errorf("raw in the answer: %s", w.Body)
	}
}

func TestHostileBodies(t *testing.T) {
	n := newNode(t, nil)
	deep := func(k int) string {
		return `{"vars":` + strings.Repeat(`{"a":`, k) + `1` + strings.Repeat("}", k) + "}"
	}
	many := func(k int) string {
		var b strings.Builder
		b.WriteString(`{"to":"1"`)
		for i := range k {
			fmt.Fprintf(&b, `,"k%d":0`, i)
		}
		return b.String() + "}"
	}
	f := func(body string, status int, code problem.Code, want string) {
		t.Helper()
		w := n.ask("POST", "/v1/calls", body)
		p := expect(t, w, status, code)
		if !strings.Contains(p.Detail, want) || w.Body.Len() > 8<<10 {
			t.Errorf("%d bytes, detail %q; want %q", w.Body.Len(), problem.Clip(p.Detail), want)
		}
	}
	f(strings.Repeat(" ", 10<<20), 413, problem.BodyTooLarge, "1 MB")
	f(`{"to":"`+strings.Repeat("1", 1<<20-20)+`"}`, 422, problem.InvalidRequest, "body.to")
	f(deep(10_000), 400, problem.InvalidJSON, "nested deeper than 64")
	f(strings.Repeat("[", 100_000), 400, problem.InvalidJSON, "nested deeper than 64")
	f(many(1_000_00), 413, problem.BodyTooLarge, "")
	f(many(50_000), 400, problem.InvalidJSON, "more than 4096 members")
	f(many(1_000), 422, problem.InvalidRequest, "unexpected property")
	f("{\"to\":\"\xff\",\"flow\":\"x\"}", 400, problem.InvalidJSON, "UTF-8")
	f(`{"to":"1","flow":"x"} {}`, 400, problem.InvalidJSON, "after top-level value")
	f(`{"to":"1","flow":"x"`, 400, problem.InvalidJSON, "")
	f(`{"to":"1",}`, 400, problem.InvalidJSON, "near byte")
	f(`"`+strings.Repeat("x", 5000)+`"`, 422, problem.InvalidRequest, "expected object")
	f(`{"`+strings.Repeat("x", 5000)+`":1}`, 422, problem.InvalidRequest, "unexpected property")
	f(`null`, 422, problem.InvalidRequest, "")
	f(`[]`, 422, problem.InvalidRequest, "expected object")
	f(`{"to":null,"flow":"x"}`, 422, problem.InvalidRequest, "body.to")
	f(`{"to":"","flow":"x"}`, 422, problem.InvalidRequest, "body.to")
	f(`{"to":"1"}`, 422, problem.InvalidRequest, "flow")
	f(`{"to":"`+strings.Repeat("1", 65)+`","flow":"x"}`, 422, problem.InvalidRequest, "body.to")
	f(`{"to":"１","flow":"x"}`, 422, problem.InvalidRequest, "body.to")
	f(`{"to":"1@evil.example","flow":"x"}`, 422, problem.InvalidRequest, "body.to")
	f(`{"to":"1\n","flow":"x"}`, 422, problem.InvalidRequest, "body.to")
	f(`{"to":"1","flow":"x","trunk":"a\u0000"}`, 422, problem.InvalidRequest, "body.trunk")
	f(`{"to":"1","flow":"x","from":"\r\n"}`, 422, problem.InvalidRequest, "body.from")
	f(`{"to":"1","flow":"x","tr\u212anK":"y"}`, 400, problem.InvalidJSON, "no field")
	f(`{"to":"1","flow":"x","timeout":"1ms"}`, 422, problem.InvalidRequest, "between 1s and 10m")
	f(`{"to":"1","flow":"x","timeout":"soon"}`, 422, problem.InvalidRequest, "no duration")
	f(`{"to":"1","flow":"x","timeout":30}`, 422, problem.InvalidRequest, "body.timeout")
	f(`{"to":"1","flow":"x","vars":{"k":"`+strings.Repeat("x", 5000)+`"}}`, 422, problem.InvalidRequest, "4096 bytes")
	f(`{"to":"1","flow":"x","vars":{"k":1}}`, 422, problem.InvalidRequest, "body.vars.k")
	if len(n.calls.placed) != 0 {
		t.Errorf("%d calls were placed", len(n.calls.placed))
	}
}

func TestHostileRequests(t *testing.T) {
	n := newNode(t, nil)
	expect(t, n.ask("POST", "/v1/calls", "\x1f\x8b", "Content-Encoding: gzip"), 415, problem.UnsupportedMedia)
	expect(t, n.ask("POST", "/v1/calls", "{}", "Content-Type: application/x-www-form-urlencoded"), 415, problem.UnsupportedMedia)
	expect(t, n.ask("GET", "/v1/calls/"+strings.Repeat("x", 500), ""), 422, problem.InvalidRequest)
	expect(t, n.ask("GET", "/v1/calls/%ff%00", ""), 404, problem.NoSuchCall)
	expect(t, n.ask("GET", "/v1/cdrs/%ff%00'--", ""), 404, problem.NoSuchCDR)
	expect(t, n.ask("POST", "/v1/calls", `{"to":"1","flow":"x"}`, "Idempotency-Key: "+strings.Repeat("k", 256)), 422, problem.InvalidRequest)
}

func TestWhyACallWasNotPlaced(t *testing.T) {
	n := newNode(t, nil)
	f := func(err error, status int, code problem.Code, detail string) {
		t.Helper()
		n.calls.refuse = err
		p := expect(t, n.ask("POST", "/v1/calls", `{"to":"1","flow":"x"}`), status, code)
		if p.Detail != detail || (p.Cause == nil) != (code == problem.Internal) {
			t.Errorf("problem %+v; want detail %q", p, detail)
		}
	}
	because := func(code string) error {
		return fmt.Errorf("originate: %w", why{event.Cause{Code: code, SIP: 500, Text: "such is life"}})
	}
	f(because("invalid"), 422, problem.CannotDial, "such is life")
	f(because("refused"), 403, problem.CallRefused, "such is life")
	f(because("overload"), 503, problem.Overload, "such is life")
	f(because("unreachable"), 502, problem.CallFailed, "such is life")
	f(errors.New("secret"), 500, problem.Internal, "")
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"to":"100","flow":"hotline","trunk":"a","from":"1","vars":{"k":"v"},"timeout":"30s"}`,
		`{"to":"1\r\n","TO":"x"}`, `[[[[`, `{"a":{"a":{"a":1}}}`, `nul`, `"\ud800"`, "\xff", `{"to":1e999}`,
	} {
		f.Add([]byte(seed))
	}
	bus := event.NewBus(1)
	calls := &exchange{bus: bus, live: map[string]bool{}}
	h := New(Config{Calls: calls, Bus: bus, CDRs: &store.Store{}})
	f.Fuzz(func(t *testing.T, body []byte) {
		calls.placed = nil
		r := httptest.NewRequest(http.MethodPost, "/v1/calls", strings.NewReader(string(body)))
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || (w.Code == 201) != (len(calls.placed) == 1) {
			t.Fatalf("status %d, %d calls for %q", w.Code, len(calls.placed), body)
		}
		for _, c := range calls.placed {
			for _, s := range []string{c.To, c.From, c.Trunk, c.Flow} {
				if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("@/\\;<>\"", r) }) {
					t.Fatalf("%q was let through from %q", s, body)
				}
			}
		}
	})
}
