package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"trunkline/api/problem"
	"trunkline/call/event"
)

// stall is how long one write to a client may take. Longer than that it is not
// slow but gone.
const stall = 10 * time.Second

type eventQuery struct {
	Call   string   `query:"call" maxLength:"128" doc:"Only events of this call"`
	Types  []string `query:"types" maxItems:"64" doc:"Only events of these types, separated by commas"`
	Since  string   `query:"since" maxLength:"64" doc:"Go on behind this event: an id of this stream or a cursor; 0 is everything still kept. Left out: only what happens from now on"`
	LastID string   `header:"Last-Event-ID" maxLength:"64" doc:"As since; what a browser's EventSource sends when it reconnects. It counts more than since"`
}

// Resolve checks what the schema cannot say.
func (in *eventQuery) Resolve(huma.Context) []error {
	var errs []error
	for _, t := range in.Types {
		if !event.Known(event.Type(t)) {
			errs = append(errs, &huma.ErrorDetail{Location: "query.types", Message: fmt.Sprintf("there is no type of event %q", problem.Clip(t))})
		}
	}
	for where, at := range map[string]string{"query.since": in.Since, "header.Last-Event-ID": in.LastID} {
		if _, _, err := parseCursor(at); err != nil {
			errs = append(errs, &huma.ErrorDetail{Location: where, Message: err.Error()})
		}
	}
	return errs
}

// cursor names a place in the stream of events, across restarts.
func (h *Handler) cursor(seq uint64) string { return h.Bus.Run() + "-" + strconv.FormatUint(seq, 10) }

// parseCursor reads "<run>-<seq>" or a bare "<seq>"; run is "" then.
func parseCursor(s string) (run string, seq uint64, err error) {
	if s == "" {
		return "", 0, nil
	}
	run, number, found := strings.Cut(s, "-")
	if !found {
		run, number = "", s
	}
	seq, err = strconv.ParseUint(number, 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("%q is no id of an event", problem.Clip(s))
	}
	return run, seq, nil
}

// gap is what a client is told that has missed events. From then on it must not
// trust what it knows: GET /v1/calls tells the state anew.
type gap struct {
	Reason string `json:"reason" enum:"overrun,restart" doc:"overrun: the client was too slow or away too long; restart: the program was restarted since"`
	Missed uint64 `json:"missed,omitempty" doc:"How many, when it is known"`
}

func (h *Handler) addEvents() {
	add(h, huma.Operation{
		OperationID: "stream-events", Method: http.MethodGet, Path: "/v1/events", Tags: []string{"events"},
		Summary: "Follow events as they happen",
		Description: "Server-sent events. Each has its place in the stream as id, its type as event, and the event as " +
			"JSON as data. A client that reconnects with the last id it saw misses nothing, as long as the events are " +
			"still kept; what it missed it is told by an event of type gap. Comments keep a quiet stream alive.",
		Responses: h.streamResponses(),
	}, h.streamEvents)
}

func (h *Handler) streamEvents(_ context.Context, in *eventQuery) (*huma.StreamResponse, error) {
	leave, ok := h.streams.enter()
	if !ok {
		return nil, problem.New(problem.TooManyStreams, "")
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer leave()
		r, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // nginx holds events back otherwise
		if r.Method == http.MethodHead {
			return
		}
		s := &stream{h: h, in: in, w: w, control: http.NewResponseController(w)}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(h.streams.ctx, cancel)()
		s.run(ctx)
	}}, nil
}

// stream is one client following events.
type stream struct {
	h       *Handler
	in      *eventQuery
	w       http.ResponseWriter
	control *http.ResponseController
	out     bytes.Buffer
	at      uint64 // number of the event handled last
	told    uint64 // number the client knows of
}

func (s *stream) run(ctx context.Context) {
	// The server's time-outs are for requests that end.
	_ = s.control.SetReadDeadline(time.Time{})

	restarted := s.begin()
	sub := s.h.Bus.Subscribe(s.at)
	defer sub.Close()
	fmt.Fprintf(&s.out, ": trunkline run %s\nretry: 2000\n\n", s.h.Bus.Run())
	if restarted {
		s.put("gap", s.at, gap{Reason: "restart"})
	}
	for s.flush() == nil {
		if !s.next(ctx, sub) {
			return
		}
	}
}

// begin finds where the client wants to go on; restarted says that it means
// another run of the program, of which nothing is kept.
func (s *stream) begin() (restarted bool) {
	from := s.in.LastID
	if from == "" {
		from = s.in.Since
	}
	last := s.h.Bus.Last()
	s.at = last
	if from != "" {
		run, seq, _ := parseCursor(from) // checked by Resolve
		s.at = seq
		if run != "" && run != s.h.Bus.Run() || seq > last {
			s.at, restarted = 0, true
		}
	}
	s.told = s.at
	return restarted
}

// next waits for one event, or the time for a sign of life, and puts it out.
func (s *stream) next(ctx context.Context, sub *event.Subscription) bool {
	wait, cancel := context.WithTimeout(ctx, s.h.Heartbeat)
	defer cancel()
	e, err := sub.Next(wait)
	var missed *event.Gap
	switch {
	case err == nil:
		s.at = e.Seq
		if s.wants(e) {
			s.put(string(e.Type), e.Seq, e)
		}
	case errors.As(err, &missed):
		s.at += missed.Missed
		s.put("gap", s.at, gap{Reason: "overrun", Missed: missed.Missed})
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		s.beat()
	default:
		return false // the client, the bus or the server is going
	}
	return true
}

func (s *stream) wants(e event.Event) bool {
	return (s.in.Call == "" || s.in.Call == e.Call) &&
		(len(s.in.Types) == 0 || slices.Contains(s.in.Types, string(e.Type)))
}

func (s *stream) put(name string, seq uint64, data any) {
	text, err := json.Marshal(data)
	if err != nil { // a number that is none, say; the client should learn that there was something
		s.h.Log.Error("event cannot be written as JSON", "seq", seq, "type", name, "error", err)
		name, text = "gap", []byte(`{"reason":"overrun","missed":1}`)
	}
	fmt.Fprintf(&s.out, "id: %s\nevent: %s\ndata: %s\n\n", s.h.cursor(seq), name, text)
	s.told = seq
}

// beat is a comment. An id without data is no event, but moves the client's
// place behind events that its filter kept back.
func (s *stream) beat() {
	s.out.WriteString(": beat\n")
	if s.told != s.at {
		fmt.Fprintf(&s.out, "id: %s\n", s.h.cursor(s.at))
		s.told = s.at
	}
	s.out.WriteString("\n")
}

func (s *stream) flush() error {
	if s.out.Len() == 0 {
		return nil
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(stall))
	if _, err := s.out.WriteTo(s.w); err != nil {
		return err
	}
	return s.control.Flush()
}
