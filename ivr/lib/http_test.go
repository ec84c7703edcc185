package lib

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/ivr/lib/web"
)

// service is a web service that pretends.
type service struct {
	asked  web.Request
	answer web.Answer
	err    error
}

func (s *service) Do(_ context.Context, r web.Request) (*web.Answer, error) {
	s.asked = r
	return &s.answer, s.err
}

func TestHTTPRequests(t *testing.T) {
	s := &service{answer: web.Answer{Status: 204}}
	b := newBench(t, Deps{HTTP: s})
	f := func(script, want string) {
		t.Helper()
		b.is(script+".ok", "true")
		r := s.asked
		got := r.Method + " " + r.URL
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			got += fmt.Sprintf(" %s: %s;", name, strings.Join(r.Header[name], ","))
		}
		if r.Auth != "" {
			got += " auth " + r.Auth
		}
		if r.Timeout != 0 || r.Bytes != 0 {
			got += fmt.Sprint(" ", r.Timeout, " ", r.Bytes)
		}
		if got += " " + string(r.Body); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", script, got, want)
		}
	}
	f(`http.get "https://a.test/b?c=d"`, "GET https://a.test/b?c=d ")
	f(`http.get{ "https://a.test/b?c=d", query = { e = "f g&", c = 1, l = { 1, true } }, headers = { ["x-a"] = "b", n = 5 }, auth = "crm", timeout = "1m", max_bytes = 10 }`,
		"GET https://a.test/b?c=d&c=1&e=f+g%26&l=1&l=true N: 5; X-A: b; auth crm 1m0s 10 ")
	f(`http.post{ "https://a.test", json = { a = { 1, json.null } } }`, `POST https://a.test Content-Type: application/json; {"a":[1,null]}`)
	f(`http.post{ "https://a.test", form = { a = "b c", d = "ü" } }`, "POST https://a.test Content-Type: application/x-www-form-urlencoded; a=b+c&d=%C3%BC")
	f(`http.post{ "https://a.test", body = "<a/>", headers = { ["content-type"] = "text/xml" } }`, "POST https://a.test Content-Type: text/xml; <a/>")
	f(`http.post{ "https://a.test", json = 1, headers = { ["Content-Type"] = "application/a+json" } }`, "POST https://a.test Content-Type: application/a+json; 1")
	f(`http.request{ "https://a.test", method = "DELETE" }`, "DELETE https://a.test ")
}

// TestHTTPSecrets: what was collected is sent as JSON, form or text, by https only.
func TestHTTPSecrets(t *testing.T) {
	s := &service{answer: web.Answer{Status: 204}}
	b := newBench(t, Deps{HTTP: s})
	f := func(args, want string) {
		t.Helper()
		s.asked = web.Request{}
		b.is("http.post{ 'https://a.test', "+args+" }.ok", "true")
		if got := string(s.asked.Body); got != want {
			t.Errorf("%s: sent %s, want %s", args, got, want)
		}
		s.asked = web.Request{}
		b.is("http.post{ 'http://a.test', "+args+" }", "raised t.lua:1: http.post: argument url: a secret goes by https only")
		if s.asked.URL != "" {
			t.Errorf("%s: sent to %s", args, s.asked.URL)
		}
	}
	f("json = { card = card }", `{"card":"`+card+`"}`)
	f("form = { card = card }", "card="+card)
	f("form = { card = '5105, 1051, 0510, 5100' }", "card=5105%2C+1051%2C+0510%2C+5100")
	f("body = '"+card+"'", card)
	f("headers = { card = '"+card+"' }", "")
	f("query = { card = '"+card+"' }", "")
	b.is("http.post{ 'http://a.test', json = { last4 = '5100' } }.ok", "true")
	b.is("json.encode{ card }", "invalid: a userdata is nothing that JSON has")
	b.is("http.post{ 'https://a.test', body = card }", "raised t.lua:1: http.post: argument body: want text, got userdata")
}

func TestHTTPAnswers(t *testing.T) {
	s := &service{}
	b := newBench(t, Deps{HTTP: s})
	f := func(a web.Answer, want string) {
		t.Helper()
		s.answer = a
		b.is(`http.get "https://a.test"`, want)
	}
	kind := func(k string) http.Header { return http.Header{"Content-Type": {k}} }
	f(web.Answer{Status: 404, Body: []byte("gone\x00\xff")}, "{body=gone\x00\xff headers={} ok=false status=404}")
	f(web.Answer{Status: 299, Header: http.Header{"X-A": {"b", "c"}}}, "{body= headers={x-a=b, c} ok=true status=299}")
	f(web.Answer{Status: 200, Header: kind("application/json; charset=utf-8"), Body: []byte(`{"a":[1]}`)},
		`{body={"a":[1]} headers={content-type=application/json; charset=utf-8} json={a={1}} ok=true status=200}`)
	f(web.Answer{Status: 500, Header: kind("application/problem+json"), Body: []byte(`{"a":1}`)},
		`{body={"a":1} headers={content-type=application/problem+json} json={a=1} ok=false status=500}`)
	f(web.Answer{Status: 200, Header: kind("application/json"), Body: []byte(`{"a":`)},
		`{body={"a": headers={content-type=application/json} ok=true status=200}`)
	f(web.Answer{Status: 200, Header: kind("text/html"), Body: []byte(`{}`)}, `{body={} headers={content-type=text/html} ok=true status=200}`)
}

func TestHTTPErrors(t *testing.T) {
	s := &service{}
	b := newBench(t, Deps{HTTP: s})
	for _, code := range []string{web.CodeTimeout, web.CodeRefused, web.CodeUnreachable, web.CodeTooLarge, web.CodeBlocked, web.CodeInvalid, web.CodeBusy} {
		s.err = &web.Error{Code: code, Text: "why"}
		for _, script := range []string{`http.get "https://a.test"`, `http.post "https://a.test"`, `http.request{ "https://a.test", method = "PUT" }`} {
			b.is(script, code+": why")
		}
	}
	s.err = errors.New("odd")
	b.is(`http.get "https://a.test"`, "unreachable: odd")
	s.err = nil

	b.is(`http.get{ "http://[", query = { a = 1 } }`, "invalid: this is no address such as https://example.com/a")
	b.is(`http.post{ "https://a.test", json = print }`, "invalid: a function is nothing that JSON has")
	f := func(args, want string) {
		t.Helper()
		b.is(`http.request{ "https://a.test", method = "POST", `+args+` }`, "raised t.lua:1: http.request: "+want)
	}
	f(`headers = { ["X-A"] = "b\r\nX-Evil: c" }`, "argument headers: X-A has a control character")
	f(`headers = { ["X-A\r\nX-Evil"] = "b" }`, `argument headers: "X-A\r\nX-Evil" is no name of a header`)
	f(`headers = { [""] = "b" }`, `argument headers: "" is no name of a header`)
	f(`headers = { ["ü"] = "b" }`, `argument headers: "ü" is no name of a header`)
	f(`headers = { host = "b" }`, `argument headers: Host is not for flows to set`)
	f(`headers = { ["proxy-authorization"] = "b" }`, `argument headers: Proxy-Authorization is not for flows to set`)
	f(`headers = { "b" }`, `argument headers: want names and values, got number 1 as a name`)
	f(`query = { a = print }`, `argument query: a: want a text, a number, or true or false, got function`)
	f(`form = { a = { {} } }`, `argument form: a: want a text, a number, or true or false, got table`)
	f(`json = 1, body = "a"`, "json, form and body: only one of them can be sent")
	f(`timeout = "0s"`, "argument timeout: want more than 0 and at most 1m0s, got 0s")
	f(`timeout = "2m"`, "argument timeout: want more than 0 and at most 1m0s, got 2m0s")
	f(`max_bytes = 0`, "argument max_bytes: want 1 to 1048576, got 0")
	b.is(`http.request{ "https://a.test", method = "get" }`, `raised t.lua:1: http.request: argument method: want GET, HEAD, POST, PUT, PATCH, DELETE, got "get"`)
	b.is(`http.get{ "https://a.test", json = 1 }`, `raised t.lua:1: http.get: unknown argument "json"…`)

	b = newBench(t, Deps{})
	b.is(`http.get "https://a.test"`, "not_configured: there is no client")
}

// TestHTTPHangup: a caller who hangs up waits for no service.
func TestHTTPHangup(t *testing.T) {
	c := web.New(web.Options{Timeout: time.Minute})
	defer c.Close()
	b := newBench(t, Deps{HTTP: c})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.env.Context = ctx
	b.is(`http.get "https://192.0.2.1/"`, "hangup: …")
}
