package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/api"
	"trunkline/api/problem"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/cmd/trunkline/internal/phone"
	"trunkline/sip"
)

// node is a running server with a configuration file that may be changed.
type node struct {
	*server
	t    *testing.T
	file string
	base string
}

// frame is the part of the file that stays.
const frame = `
sip: {listen: ["udp:127.0.0.1:0"], %s}
media: {ports: 27100-27199, process: shared}
api: {listen: "127.0.0.1:0"}
limits: {drain: 1s}
speech: {recognizers: []}
`

// serving starts a server; text is the rest of its file, keys those of sip.
func serving(t *testing.T, text string, keys ...string) *node {
	t.Helper()
	dir := t.TempDir()
	n := &node{t: t, file: filepath.Join(dir, "my.yaml")}
	n.write(fmt.Sprintf("data: %s\n"+frame+"%s", filepath.Join(dir, "data"), strings.Join(keys, ", "), text))
	cfg, err := config.Load(n.file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n.server, err = start(t.Context(), cfg, n.file, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.close)
	n.base = "http://" + n.api.Addr().String()
	return n
}

func (n *node) write(text string) {
	n.t.Helper()
	if err := os.WriteFile(n.file, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// change replaces a part of the file.
func (n *node) change(old, text string) {
	n.t.Helper()
	was, err := os.ReadFile(n.file)
	if err != nil || !bytes.Contains(was, []byte(old)) {
		n.t.Fatalf("%q is not in the file (%v)", old, err)
	}
	n.write(strings.Replace(string(was), old, text, 1))
}

// ask sends a request and reads the answer into v, if there is one. It returns the
// problem, if there is one.
func (n *node) ask(method, path, body string, status int, v any) (p problem.Problem) {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), method, n.base+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		n.t.Fatalf("%s %s: %d, want %d: %s (%v)", method, path, res.StatusCode, status, text, err)
	}
	if status >= 400 {
		v = &p
	}
	if v != nil {
		if err := json.Unmarshal(text, v); err != nil {
			n.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return p
}

// call lets a phone of ours call somebody and returns what came of it.
func (n *node) call(to string) phone.Report {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 20*time.Second)
	defer cancel()
	r, _ := phone.Run(ctx, phone.Config{To: fmt.Sprintf("sip:%s@%s", to, n.endpoint.Addrs()[0].Addr), Hangup: 100 * time.Millisecond})
	return r
}

// TestTrunksThroughTheAPI: they hold at once and over restarts, belong to whoever
// made them, and cannot go while a route needs them.
func TestTrunksThroughTheAPI(t *testing.T) {
	n := serving(t, "trunks: [{name: local, networks: [127.0.0.0/8]}]\nroutes: [{to: hotline, flow: hotline, vars: {lang: en}}]\n")
	const pbx = `{"name": "pbx", "target": "127.0.0.1:9", "limits": {"outbound": {"calls": 3}}}`
	var made api.Trunk
	n.ask("PUT", "/v1/trunks/pbx", pbx, http.StatusCreated, &made)
	if made.Origin != "api" || made.Status.Name != "pbx" || made.Config.Limits.Outbound.Calls != 3 {
		t.Errorf("made %+v", made)
	}
	var list api.TrunkList
	n.ask("GET", "/v1/trunks", "", http.StatusOK, &list)
	if len(list.Trunks) != 2 || list.Trunks[0].Name != "local" || list.Trunks[0].Origin != "file" {
		t.Errorf("list %+v", list)
	}
	for path, want := range map[string]problem.Code{
		`{"name": "local", "target": "127.0.0.1:9"}`:                  problem.TrunkOfFile,
		`{"name": "other", "target": "127.0.0.1:9", "codecs": ["x"]}`: problem.InvalidRequest,
		`{"name": "other", "target": "127.0.0.1:9", "stir": "sign"}`:  problem.InvalidRequest,
	} {
		name := strings.Split(path, `"`)[3]
		status := http.StatusUnprocessableEntity
		if want == problem.TrunkOfFile {
			status = http.StatusConflict
		}
		if p := n.ask("PUT", "/v1/trunks/"+name, path, status, nil); p.Code != want {
			t.Errorf("%s: %s; want %s", path, p.Code, want)
		}
	}
	kept, err := config.ReadTrunks(n.cfg.TrunkFile())
	if err != nil || len(kept) != 1 || kept[0].Name != "pbx" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	n.change("routes: [", `routes: [{to: out, bridge: {trunk: pbx}}, `)
	var r api.Reloaded
	n.ask("POST", "/v1/reload", "", http.StatusOK, &r)
	if p := n.ask("DELETE", "/v1/trunks/pbx", "", http.StatusConflict, nil); p.Code != problem.TrunkInUse || !strings.Contains(p.Detail, "routes[0].bridge") {
		t.Errorf("problem %+v", p)
	}
	n.change(`{to: out, bridge: {trunk: pbx}}, `, "")
	n.ask("POST", "/v1/reload", "", http.StatusOK, &r)
	n.ask("DELETE", "/v1/trunks/pbx", "", http.StatusNoContent, nil)
	n.ask("DELETE", "/v1/trunks/pbx", "", http.StatusNotFound, nil)
	n.ask("DELETE", "/v1/trunks/local", "", http.StatusConflict, nil)
}

// TestReload: a mistake changes nothing and is told with its line; what is right
// holds for the next call; what cannot change while running is named.
func TestReload(t *testing.T) {
	n := serving(t, "trunks: [{name: local, networks: [127.0.0.0/8]}]\nroutes: [{to: hotline, flow: hotline, vars: {lang: en}}]\n")
	if r := n.call("other"); r.Answered || r.Cause.Code != sip.NotFound {
		t.Errorf("before there is a route: %+v", r.Cause)
	}
	n.change("{to: hotline,", "{to: other, flow: nosuch}, {to: hotline,")
	p := n.ask("POST", "/v1/reload", "", http.StatusUnprocessableEntity, nil)
	if p.Code != problem.BadConfiguration || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, n.file+":9:") {
		t.Errorf("problem %+v", p)
	}
	n.change("nosuch", "hotline, vars: {lang: en}")
	n.change("drain: 1s", "drain: 2s")
	var r api.Reloaded
	n.ask("POST", "/v1/reload", "", http.StatusOK, &r)
	if !slices.Equal(r.Applied, []string{"routes"}) || !slices.Equal(r.Restart, []string{"limits.drain"}) {
		t.Errorf("reloaded %+v", r)
	}
	if r := n.call("other"); !r.Answered {
		t.Errorf("after there is a route: %+v", r.Cause)
	}
}

// TestDrainAndBack: a node that drains says so, refuses calls that come and calls
// that are to be placed, and takes them again.
func TestDrainAndBack(t *testing.T) {
	n := serving(t, "trunks: [{name: local, networks: [127.0.0.0/8]}, {name: out, target: \"127.0.0.1:9\"}]\nroutes: [{to: hotline, flow: hotline, vars: {lang: en}}]\n")
	var d api.Drain
	n.ask("POST", "/v1/node/drain", "", http.StatusOK, &d)
	if !d.Draining {
		t.Error("does not drain")
	}
	n.ask("GET", "/ready", "", http.StatusServiceUnavailable, nil)
	if r := n.call("hotline"); r.Answered || r.Cause.Status != http.StatusServiceUnavailable {
		t.Errorf("a call while draining: %+v", r.Cause)
	}
	if p := n.ask("POST", "/v1/calls", `{"to": "1", "flow": "hotline"}`, http.StatusServiceUnavailable, nil); p.Code != problem.NotReady {
		t.Errorf("placing a call: %+v", p)
	}
	n.ask("DELETE", "/v1/node/drain", "", http.StatusOK, &d)
	n.ask("GET", "/ready", "", http.StatusOK, nil)
	if r := n.call("hotline"); d.Draining || !r.Answered {
		t.Errorf("a call after draining: %+v", r.Cause)
	}
}

// TestTraceOfACall: what SIP said in a call can be had when the call is over.
func TestTraceOfACall(t *testing.T) {
	n := serving(t, "trunks: [{name: local, networks: [127.0.0.0/8]}]\nroutes: [{to: hotline, flow: hotline, vars: {lang: en}}]\n")
	events := n.bus.Subscribe(0)
	if r := n.call("hotline"); !r.Answered {
		t.Fatalf("%+v", r.Cause)
	}
	e, err := events.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var trace api.CallTrace
	n.ask("GET", "/v1/calls/"+e.Call+"/trace?format=json", "", http.StatusOK, &trace)
	if len(trace.Messages) < 4 || !strings.HasPrefix(trace.Messages[0].Text, "INVITE sip:hotline@") {
		t.Errorf("trace %+v", trace)
	}
}
