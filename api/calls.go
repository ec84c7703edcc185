package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
	"trunkline/call/event"
)

// placeTimeout bounds how long POST /v1/calls waits for the call to exist. It
// is not the ring time.
const placeTimeout = 10 * time.Second

type callPath struct {
	ID string `path:"id" maxLength:"128" doc:"Call id"`
}

// CallList is the answer of GET /v1/calls.
type CallList struct {
	Calls  []event.Call `json:"calls" nullable:"false" doc:"Live calls, the oldest first"`
	Cursor string       `json:"cursor" doc:"GET /v1/events?since=<cursor> goes on from exactly this state"`
}

type callList struct{ Body CallList }

type oneCall struct {
	Location string `header:"Location"`
	Replayed string `header:"Idempotency-Replayed" doc:"true when the answer is that of an earlier request"`
	Body     event.Call
}

// NewCall is the body of POST /v1/calls.
type NewCall struct {
	_       struct{}          `additionalProperties:"false"`
	To      string            `json:"to" minLength:"1" maxLength:"64" pattern:"^[0-9A-Za-z+_.!~*'()&=$,#-]+$" patternDescription:"a number or user name" doc:"Number or user part to call"`
	Flow    string            `json:"flow" minLength:"1" maxLength:"64" pattern:"^[0-9A-Za-z_][0-9A-Za-z_.-]*$" patternDescription:"the name of a flow" doc:"Flow to run once the call is answered"`
	Trunk   string            `json:"trunk,omitempty" maxLength:"64" pattern:"^[0-9A-Za-z_.-]*$" patternDescription:"the name of a trunk" doc:"Trunk to call through; may be left out when the configuration makes it clear"`
	From    string            `json:"from,omitempty" maxLength:"64" pattern:"^[0-9A-Za-z+_.!~*'()&=$,#-]*$" patternDescription:"a number or user name" doc:"Number to show; the trunk's own when left out"`
	Vars    map[string]string `json:"vars,omitempty" maxProperties:"64" doc:"For the flow to read. Names are letters, digits and _, at most 64; values at most 4096 bytes"`
	Timeout string            `json:"timeout,omitempty" maxLength:"16" doc:"How long to let it ring, 1s to 10m" example:"30s"`
}

type newCallInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"255" pattern:"^[!-~]*$" patternDescription:"visible ASCII" doc:"Repeating a request with the same key and body places no second call"`
	Body NewCall
}

// Resolve checks what the schema cannot say.
func (in *newCallInput) Resolve(huma.Context) []error {
	var errs []error
	mistake := func(where, what string) {
		errs = append(errs, &huma.ErrorDetail{Location: where, Message: what})
	}
	name := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	for k, v := range in.Body.Vars {
		where := "body.vars." + problem.Clip(k)
		if !name.MatchString(k) {
			mistake(where, "the name must be letters, digits and _, at most 64")
		}
		if len(v) > 4096 {
			mistake(where, "the value is longer than 4096 bytes")
		}
		for _, r := range v {
			if r == 0 {
				mistake(where, "the value contains NUL")
				break
			}
		}
	}
	if _, err := ringTime(in.Body.Timeout); err != nil {
		mistake("body.timeout", err.Error())
	}
	return errs
}

func ringTime(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration like 30s", problem.Clip(s))
	}
	if d < time.Second || d > 10*time.Minute {
		return 0, fmt.Errorf("%s is not between 1s and 10m", d)
	}
	return d, nil
}

func (h *Handler) addCalls() {
	add(h, huma.Operation{
		OperationID: "list-calls", Method: http.MethodGet, Path: "/v1/calls", Tags: []string{"calls"},
		Summary: "List the live calls",
	}, h.listCalls)
	add(h, huma.Operation{
		OperationID: "get-call", Method: http.MethodGet, Path: "/v1/calls/{id}", Tags: []string{"calls"},
		Summary:     "Look at one call",
		Description: "The latest ended calls stay visible for a while; after that there is only their CDR.",
	}, h.getCall)
	add(h, huma.Operation{
		OperationID: "place-call", Method: http.MethodPost, Path: "/v1/calls", Tags: []string{"calls"},
		Summary: "Place a call and run a flow", DefaultStatus: http.StatusCreated,
		Description: "Answers as soon as the call exists. What becomes of it is in its events.",
	}, h.placeCall)
	add(h, huma.Operation{
		OperationID: "end-call", Method: http.MethodDelete, Path: "/v1/calls/{id}", Tags: []string{"calls"},
		Summary: "End a call", DefaultStatus: http.StatusNoContent,
		Description: "Answers as soon as the wish is taken. Ending a call that has just ended is no error.",
	}, h.endCall)
}

func (h *Handler) listCalls(context.Context, *struct{}) (*callList, error) {
	out := &callList{}
	calls, seq := h.Bus.View().Live()
	out.Body.Calls, out.Body.Cursor = calls, h.cursor(seq)
	return out, nil
}

func (h *Handler) getCall(_ context.Context, in *callPath) (*oneCall, error) {
	c, ok := h.Bus.View().Get(in.ID)
	if !ok {
		return nil, problem.New(problem.NoSuchCall, "no call "+problem.Clip(in.ID)+" lives, nor has ended lately")
	}
	return &oneCall{Body: c}, nil
}

func (h *Handler) placeCall(ctx context.Context, in *newCallInput) (*oneCall, error) {
	c, replayed, err := h.placed.Do(ctx, in.Key, in.Body, func() (event.Call, error) {
		return h.place(ctx, in.Body)
	})
	if err != nil {
		return nil, err
	}
	out := &oneCall{Location: "/v1/calls/" + c.ID, Body: c}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

func (h *Handler) place(ctx context.Context, in NewCall) (event.Call, error) {
	if h.Ready != nil && h.Ready() != nil {
		return event.Call{}, problem.New(problem.NotReady, "")
	}
	timeout, _ := ringTime(in.Timeout) // checked by Resolve
	// The client going away must not tear a call that is half placed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), placeTimeout)
	defer cancel()
	id, err := h.Calls.Originate(ctx, OriginateRequest{
		To: in.To, Trunk: in.Trunk, From: in.From, Flow: in.Flow, Vars: in.Vars, Timeout: timeout,
	})
	if err != nil {
		p, told := notPlaced(err)
		level := h.Log.Info
		if !told {
			level = h.Log.Error
		}
		level("call not placed by api", "client", client(ctx), "to", in.To, "trunk", in.Trunk, "flow", in.Flow, "error", err)
		return event.Call{}, p
	}
	h.Log.Info("call placed by api", "client", client(ctx), "call", id, "to", in.To, "trunk", in.Trunk, "flow", in.Flow)
	if c, ok := h.Bus.View().Get(id); ok {
		return c, nil
	}
	return event.Call{
		ID: id, Direction: "outbound", Trunk: in.Trunk, From: in.From, To: in.To, Flow: in.Flow,
		State: event.StateStarting, StartedAt: time.Now().UTC(), Legs: []event.Leg{}, Nodes: []event.Visit{},
	}, nil
}

func (h *Handler) endCall(ctx context.Context, in *callPath) (*struct{}, error) {
	if err := h.Calls.Hangup(in.ID, "api"); err != nil {
		if _, ended := h.Bus.View().Get(in.ID); !ended {
			return nil, problem.New(problem.NoSuchCall, "no call "+problem.Clip(in.ID)+" lives")
		}
		return nil, nil
	}
	h.Log.Info("call ended by api", "client", client(ctx), "call", in.ID)
	return nil, nil
}

// notPlaced turns an error of Calls.Originate into a Problem. Only an error that
// says why is told to the client; the others are for the log.
func notPlaced(err error) (p *problem.Problem, told bool) {
	var says interface{ Why() event.Cause }
	if !errors.As(err, &says) {
		return problem.New(problem.Internal, ""), false
	}
	why := says.Why()
	code := problem.CallFailed
	switch why.Code {
	case "invalid":
		code = problem.CannotDial
	case "refused":
		code = problem.CallRefused
	case "overload":
		code = problem.Overload
	}
	p = problem.New(code, why.Text)
	p.Cause = &problem.Cause{Code: why.Code, SIP: why.SIP, Q850: why.Q850}
	return p, true
}
