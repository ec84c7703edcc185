// Package api is the HTTP control API: one file per resource, JSON under /v1,
// described by an OpenAPI document made from the handlers.
//
// It owns nothing but its streams and its memory of idempotency keys. Reads are
// answered from the view of calls and from the store, never by asking the owner
// of a call; wishes go to Calls. cmd builds one Handler and serves it with
// Listen; nobody else calls in. It never sees a SIP message or an RTP packet,
// and it never answers a stranger: see guard.go.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"trunkline/api/internal/once"
	"trunkline/api/problem"
	"trunkline/call/event"
	"trunkline/sip"
	"trunkline/store"
)

// Calls places and ends calls.
//
// When an error says why by a method Why() event.Cause, as those of package call
// do, the client learns the cause; of any other error it learns nothing.
type Calls interface {
	// Originate places a call, which runs a flow once it is answered. It returns
	// the call's id as soon as the call exists.
	Originate(ctx context.Context, r OriginateRequest) (id string, err error)
	// Hangup ends a call; by says who asked. The only error is that there is no
	// such call.
	Hangup(id, by string) error
}

// OriginateRequest is a call to place. All text has passed the checks of POST
// /v1/calls: no control characters, bounded length.
type OriginateRequest struct {
	To      string
	Trunk   string // "" leaves the choice to Calls
	From    string // "" leaves it to the trunk
	Flow    string
	Vars    map[string]string
	Timeout time.Duration // ring time; 0 leaves it to Calls
}

// CDRs reads call detail records; store.Store does.
type CDRs interface {
	CDRs(ctx context.Context, q store.CDRQuery) ([]store.CDR, error)
	CDR(ctx context.Context, id string) (store.CDR, error)
}

// Config says what the API is made of. Calls, Bus and CDRs are required.
type Config struct {
	Calls Calls
	Bus   *event.Bus
	CDRs  CDRs

	// Each of these is a part of the API, which is not there without it.
	Trunks   Trunks
	Border   Border
	Traces   Traces
	Operator Operator
	Desk     Desk
	Queues   Queues
	Scripts  Scripts

	Families func() []sip.Family // what sip counts; nil: nothing to tell
	Seeing   func() Seeing       // what traces and copies take; nil: there are none
	Holdings func() Holdings     // what the node holds; nil: nothing to tell
	Ready    func() error        // nil error: new calls are welcome; nil: always
	Version  string

	Token string   // bearer token; "" lets anybody on this machine in, see Listen
	Hosts []string // further names of this machine that requests may name, without a token
	Log   *slog.Logger

	Heartbeat time.Duration // between signs of life on a quiet stream of events; 0 means 15 s
}

// Handler answers the API's requests. Its streams of events end when the client
// goes, the bus is closed, or CloseStreams is called.
type Handler struct {
	Config
	started time.Time
	api     huma.API
	routes  *routes
	guarded http.Handler
	placed  *once.Memory[event.Call]
	streams *streams
}

// New builds a Handler. It panics when Config lacks what is required.
func New(cfg Config) *Handler {
	if cfg.Calls == nil || cfg.Bus == nil || cfg.CDRs == nil {
		panic("api: Calls, Bus and CDRs are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	if cfg.Version == "" {
		cfg.Version = "devel"
	}
	h := &Handler{
		Config:  cfg,
		started: time.Now(),
		routes:  &routes{mux: http.NewServeMux()},
		placed:  once.New[event.Call](),
		streams: newStreams(),
	}
	h.api = humago.New(h.routes, document(cfg.Version))
	h.addCalls()
	h.addEvents()
	h.addCDRs()
	h.addNode()
	h.addMetrics()
	h.addHealth()
	h.addParts()
	h.addOpenAPI()
	h.guarded = h.guard(h.routes)
	return h
}

// addParts adds what not every node has.
func (h *Handler) addParts() {
	if h.Trunks != nil {
		h.addTrunks()
	}
	if h.Border != nil {
		h.addBorder()
	}
	if h.Traces != nil {
		h.addTrace()
	}
	if h.Operator != nil {
		h.addOperator()
	}
	if h.Desk != nil {
		h.addDesk()
	}
	if h.Queues != nil {
		h.addQueues()
	}
	if h.Scripts != nil {
		h.addScripts()
	}
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.guarded.ServeHTTP(w, r) }

// CloseStreams ends all streams of events, so that a server can shut down.
// Later ones end at once.
func (h *Handler) CloseStreams() { h.streams.close() }

// routes is the mux, remembering its patterns, with problems for what it does
// not know.
type routes struct {
	mux      *http.ServeMux
	patterns []string
}

// HandleFunc implements humago.Mux.
func (m *routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.patterns = append(m.patterns, pattern)
	m.mux.HandleFunc(pattern, handler)
}

// ServeHTTP implements http.Handler.
func (m *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, pattern := m.mux.Handler(r)
	if pattern != "" {
		m.mux.ServeHTTP(w, r)
		return
	}
	// Let the mux say what is wrong, but in our words.
	verdict := &verdict{header: http.Header{}}
	handler.ServeHTTP(verdict, r)
	if verdict.status == http.StatusMethodNotAllowed {
		w.Header()["Allow"] = verdict.header["Allow"]
		problem.New(problem.MethodNotAllowed, r.Method+" is not possible here").Write(w)
		return
	}
	problem.New(problem.NotFound, "nothing lives at this path").Write(w)
}

// verdict is a ResponseWriter that keeps only the status and header.
type verdict struct {
	header http.Header
	status int
}

func (v *verdict) Header() http.Header         { return v.header }
func (v *verdict) Write(b []byte) (int, error) { return len(b), nil }
func (v *verdict) WriteHeader(status int)      { v.status = status }
