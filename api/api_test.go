package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/api/problem"
	"trunkline/call/event"
	"trunkline/store"
)

var _ CDRs = (*store.Store)(nil)

// exchange plays the part of package call: it places calls by telling the bus.
type exchange struct {
	bus *event.Bus

	mu     sync.Mutex
	placed []OriginateRequest
	live   map[string]bool
	ended  []string // "id by"
	refuse error
}

// why is an error like those of package call.
type why struct{ event.Cause }

func (w why) Error() string { return "dial: " + w.Code }

func (x *exchange) Originate(ctx context.Context, r OriginateRequest) (string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuse != nil {
		return "", x.refuse
	}
	x.placed = append(x.placed, r)
	id := fmt.Sprint("call-", len(x.placed))
	x.live[id] = true
	x.bus.Publish(id, "", event.CallStarted{Direction: "outbound", Trunk: r.Trunk, From: r.From, To: r.To, Flow: r.Flow})
	x.bus.Publish(id, "a", event.LegStarted{Direction: "outbound", Trunk: r.Trunk, Address: "sip:" + r.To + "@192.0.2.7"})
	return id, ctx.Err()
}

func (x *exchange) Hangup(id, by string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.live[id] {
		return io.EOF
	}
	delete(x.live, id)
	x.ended = append(x.ended, id+" "+by)
	x.bus.Publish(id, "a", event.LegEnded{Cause: event.Cause{Code: "normal", By: by}})
	x.bus.Publish(id, "", event.CallEnded{Cause: event.Cause{Code: "normal", By: by}})
	return nil
}

// node is an API with everything it stands on.
type node struct {
	*Handler
	bus   *event.Bus
	calls *exchange
	board *board
	store *store.Store
}

func newNode(t *testing.T, change func(*Config)) *node {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	bus := event.NewBus(100)
	calls := &exchange{bus: bus, live: map[string]bool{}}
	b := newBoard()
	cfg := Config{Calls: calls, Bus: bus, CDRs: db, Trunks: b, Border: b, Traces: b, Operator: b, Desk: desk{calls}, Queues: queues, Scripts: b, Version: "v1.2.3"}
	if change != nil {
		change(&cfg)
	}
	return &node{Handler: New(cfg), bus: bus, calls: calls, board: b, store: db}
}

// ask sends a request to localhost; headers are "Name: value".
func (n *node) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	return w
}

// expect checks the status and, of a problem, its code and form.
func expect(t *testing.T, w *httptest.ResponseRecorder, status int, code problem.Code) problem.Problem {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d; want %d: %s", w.Code, status, w.Body)
	}
	var p problem.Problem
	if status < 400 {
		return p
	}
	if got := w.Header().Get("Content-Type"); got != problem.ContentType {
		t.Errorf("content type %q; want %s", got, problem.ContentType)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if p.Code != code || p.Status != status || p.Title == "" || p.Type != "urn:trunkline:problem:"+string(code) {
		t.Errorf("problem %+v; want code %s, status %d", p, code, status)
	}
	return p
}

func TestEveryRouteIsInTheDocumentAndBack(t *testing.T) {
	n := newNode(t, nil)
	var documented []string
	for path, methods := range openAPI(t, n)["paths"].(map[string]any) {
		for method := range methods.(map[string]any) {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(documented)
	routed := slices.Sorted(slices.Values(n.routes.patterns))
	if !slices.Equal(documented, routed) {
		t.Errorf("documented %q; routed %q", documented, routed)
	}
}

func openAPI(t *testing.T, n *node) map[string]any {
	t.Helper()
	w := n.ask("GET", "/openapi.json", "")
	expect(t, w, 200, "")
	if got := w.Header().Get("Content-Type"); got != "application/openapi+json" {
		t.Errorf("content type %q", got)
	}
	var doc map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// The document holds together: version, unique operation ids, every path
// parameter described, a problem for every error, no dangling or unused schema.
func TestDocumentIsValid(t *testing.T) {
	doc := openAPI(t, newNode(t, nil))
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("version %q; want 3.1", v)
	}
	ids := map[string]bool{}
	for path, methods := range doc["paths"].(map[string]any) {
		for method, v := range methods.(map[string]any) {
			op := v.(map[string]any)
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] || op["summary"] == "" {
				t.Errorf("%s %s: operation id %q is empty or there twice, or there is no summary", method, path, id)
			}
			ids[id] = true
			responses := op["responses"].(map[string]any)
			text, _ := json.Marshal(responses["default"])
			if !bytes.Contains(text, []byte("schemas/Problem")) || len(responses) < 2 {
				t.Errorf("%s %s: responses %v; want a success and a problem", method, path, slices.Collect(maps.Keys(responses)))
			}
			if params, _ := json.Marshal(op["parameters"]); strings.Contains(path, "{") != bytes.Contains(params, []byte(`"in":"path"`)) {
				t.Errorf("%s %s: parameters %s do not fit the path", method, path, params)
			}
		}
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	used := map[string]bool{}
	refs(doc, used)
	for name := range schemas {
		if !used["#/components/schemas/"+name] {
			t.Errorf("schema %s is used nowhere", name)
		}
		delete(used, "#/components/schemas/"+name)
	}
	if len(used) > 0 {
		t.Errorf("%v lead nowhere", used)
	}
	for _, k := range event.Kinds() {
		if text, _ := json.Marshal(doc); !bytes.Contains(text, []byte(`"`+k.EventType()+`"`)) {
			t.Errorf("event %s is not described", k.EventType())
		}
	}
	if text, _ := json.Marshal(doc); bytes.Contains(text, []byte("http://")) || bytes.Contains(text, []byte("https://")) {
		t.Errorf("the document links to somewhere outside: %s", text)
	}
}

func refs(v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if ref, ok := inner.(string); ok && k == "$ref" {
				found[ref] = true
			}
			refs(inner, found)
		}
	case []any:
		for _, inner := range v {
			refs(inner, found)
		}
	}
}

// What the handlers answer has the members that the document promises.
func TestAnswersKeepTheDocumentsPromise(t *testing.T) {
	n := newNode(t, nil)
	schemas := openAPI(t, n)["components"].(map[string]any)["schemas"].(map[string]any)
	f := func(w *httptest.ResponseRecorder, schema string) {
		t.Helper()
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		s := schemas[schema].(map[string]any)
		for name := range got {
			if _, ok := s["properties"].(map[string]any)[name]; !ok {
				t.Errorf("%s: member %q is not in the document", schema, name)
			}
		}
		for _, name := range s["required"].([]any) {
			if _, ok := got[name.(string)]; !ok {
				t.Errorf("%s: member %q is required and missing", schema, name)
			}
		}
	}
	f(n.ask("POST", "/v1/calls", `{"to":"100","flow":"x"}`, "Content-Type: application/json"), "Call")
	f(n.ask("GET", "/v1/node", ""), "Node")
	f(n.ask("GET", "/v1/calls/none", ""), "Problem")
	f(n.ask("GET", "/v1/calls", ""), "CallList")
	f(n.ask("GET", "/v1/cdrs", ""), "CDRList")
}

func TestUnknownPathsAndMethods(t *testing.T) {
	n := newNode(t, nil)
	f := func(method, path string, status int, code problem.Code) {
		t.Helper()
		expect(t, n.ask(method, path, ""), status, code)
	}
	f("GET", "/", 404, problem.NotFound)
	f("GET", "/v1/nothing", 404, problem.NotFound)
	f("GET", "/v1/calls/../../etc/passwd/x/y", 404, problem.NotFound)
	f("GET", "/docs", 404, problem.NotFound)
	f("GET", "/openapi.yaml", 404, problem.NotFound)
	f("GET", "/debug/pprof/", 404, problem.NotFound)
	f("PUT", "/v1/calls", 405, problem.MethodNotAllowed)
	f("POST", "/v1/events", 405, problem.MethodNotAllowed)
	if allow := n.ask("PATCH", "/v1/calls", "").Header().Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("Allow %q; want GET, HEAD, POST", allow)
	}
}

func TestNodeTellsWhatItHolds(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Holdings = func() Holdings { return Holdings{Calls: 3, Ports: 12} } })
	w := n.ask("GET", "/v1/node", "")
	expect(t, w, 200, "")
	var got Node
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Calls != 3 || got.Ports != 12 || got.Version != "v1.2.3" || got.Run != n.bus.Run() ||
		got.Goroutines < 1 || got.Descriptors < 3 || got.MemoryBytes < 1<<20 || time.Since(got.StartedAt) > time.Minute {
		t.Errorf("got %+v", got)
	}
}

func TestReadyFollowsTheNode(t *testing.T) {
	var busy error
	n := newNode(t, func(c *Config) { c.Ready = func() error { return busy } })
	expect(t, n.ask("GET", "/ready", ""), 200, "")
	busy = io.EOF
	w := n.ask("GET", "/ready", "")
	expect(t, w, 503, problem.NotReady)
	if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "EOF") {
		t.Errorf("want Retry-After and no details; got %v %s", w.Header(), w.Body)
	}
	expect(t, n.ask("GET", "/live", ""), 200, "")
	expect(t, n.ask("POST", "/v1/calls", `{"to":"1","flow":"x"}`), 503, problem.NotReady)
	if len(n.calls.placed) != 0 {
		t.Error("a call was placed while the node was not ready")
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New took an empty Config")
		}
	}()
	New(Config{})
}

func TestPanicFailsOneRequest(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Holdings = func() Holdings { panic("secret") } })
	w := n.ask("GET", "/v1/node", "")
	expect(t, w, 500, problem.Internal)
	if strings.Contains(w.Body.String(), "secret") {
		t.Errorf("the client reads %s", w.Body)
	}
	expect(t, n.ask("GET", "/live", ""), 200, "")
}

func TestStoreFaultsStayInside(t *testing.T) {
	n := newNode(t, nil)
	if err := n.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/cdrs", "/v1/cdrs/x"} {
		w := n.ask(http.MethodGet, path, "")
		expect(t, w, 500, problem.Internal)
		if strings.Contains(w.Body.String(), "database") {
			t.Errorf("the client reads %s", w.Body)
		}
	}
}
