package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
	"trunkline/sip/trace"
	"trunkline/store"
)

// Traces returns what is kept of these SIP Call-IDs, in the order of time, secrets
// masked; trace.Recorder does.
type Traces interface {
	Messages(callIDs ...string) []trace.Message
}

type traceInput struct {
	ID     string `path:"id" maxLength:"128" doc:"Call id"`
	Format string `query:"format" enum:"ladder,text,pcap,json" default:"ladder"`
}

// CallTrace is a trace as JSON.
type CallTrace struct {
	Call     string          `json:"call"`
	Messages []trace.Message `json:"messages" nullable:"false"`
}

func (h *Handler) addTrace() {
	schema := h.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[CallTrace](), true, "")
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	add(h, huma.Operation{
		OperationID: "trace-call", Method: http.MethodGet, Path: "/v1/calls/{id}/trace", Tags: []string{"calls"},
		Summary:     "See what SIP said in a call, live or ended",
		Description: "Of recent calls, while there is room. Secrets are masked.",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content: map[string]*huma.MediaType{
				"text/plain": text, pcapType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
				"application/json": {Schema: schema},
			},
		}},
	}, h.getTrace)
}

const pcapType = "application/vnd.tcpdump.pcap"

func (h *Handler) getTrace(ctx context.Context, in *traceInput) (*raw, error) {
	ids, err := h.sipCallIDs(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	messages := h.Traces.Messages(ids...)
	if len(messages) == 0 {
		return nil, problem.New(problem.NoTrace, "nothing is kept of what SIP said in it")
	}
	var body bytes.Buffer
	kind := "text/plain; charset=utf-8"
	switch in.Format {
	case "text":
		err = trace.WriteText(&body, messages)
	case "pcap":
		kind = pcapType
		err = trace.WritePCAP(&body, messages)
	case "json":
		kind = "application/json"
		err = json.NewEncoder(&body).Encode(CallTrace{Call: in.ID, Messages: messages})
	default:
		err = trace.WriteLadder(&body, messages)
	}
	if err != nil {
		return nil, h.told(err, "trace call")
	}
	return &raw{ContentType: kind, Body: body.Bytes()}, nil
}

// sipCallIDs returns the Call-IDs of a call's legs: of one that lives or has ended
// lately those that the view shows, else those of its record.
func (h *Handler) sipCallIDs(ctx context.Context, id string) (ids []string, err error) {
	if c, ok := h.Bus.View().Get(id); ok {
		for _, l := range c.Legs {
			ids = append(ids, l.SIPCallID)
		}
		return ids, nil
	}
	r, err := h.CDRs.CDR(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.New(problem.NoSuchCall, "no call "+problem.Clip(id)+" lives, nor is there a record of one")
	}
	if err != nil {
		return nil, h.internal("read cdr", err)
	}
	for _, l := range r.Legs {
		ids = append(ids, l.SIPCallID)
	}
	return ids, nil
}
