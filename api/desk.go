package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
	"trunkline/call"
)

// deskTimeout bounds how long a far side may take to agree to be put on hold.
const deskTimeout = 30 * time.Second

// Desk does to calls what agents' desktops wish. call.Manager is one. Its errors are
// call.ErrNoCall or a *call.Error.
type Desk interface {
	Hold(ctx context.Context, id string, r call.HoldRequest) error
	Unhold(ctx context.Context, id, leg string) error
	Park(ctx context.Context, id, slot string, timeout time.Duration) (call.ParkedCaller, error)
	Pickup(ctx context.Context, id, slot string) error
	Parked() []call.ParkedCaller
	Message(ctx context.Context, id, text string) error
}

type holdInput struct {
	ID   string `path:"id" maxLength:"128" doc:"Call id"`
	Body struct {
		_     struct{} `additionalProperties:"false"`
		Leg   string   `json:"leg,omitempty" maxLength:"8" doc:"Leg id; the caller's when left out"`
		Blank bool     `json:"pause_recording,omitempty" doc:"Recordings pause meanwhile"`
	}
}

type unholdInput struct {
	ID   string `path:"id" maxLength:"128" doc:"Call id"`
	Body struct {
		_   struct{} `additionalProperties:"false"`
		Leg string   `json:"leg,omitempty" maxLength:"8" doc:"Leg id; the caller's when left out"`
	}
}

type parkInput struct {
	ID   string `path:"id" maxLength:"128" doc:"Call id"`
	Body struct {
		_       struct{} `additionalProperties:"false"`
		Slot    string   `json:"slot,omitempty" maxLength:"64" doc:"Where; a free number when left out"`
		Timeout int      `json:"timeout_seconds,omitempty" minimum:"1" maximum:"86400" doc:"How long the caller waits; 600 when left out"`
	}
}

type pickupInput struct {
	ID   string `path:"id" maxLength:"128" doc:"Call id"`
	Body struct {
		_    struct{} `additionalProperties:"false"`
		Slot string   `json:"slot" minLength:"1" maxLength:"64"`
	}
}

type messageInput struct {
	ID   string `path:"id" maxLength:"128" doc:"Call id"`
	Body struct {
		_    struct{} `additionalProperties:"false"`
		Text string   `json:"text" maxLength:"4096" doc:"For the flow; at most 4096 bytes"`
	}
}

type parkedCaller struct{ Body call.ParkedCaller }

// ParkedList is the answer of GET /v1/parked.
type ParkedList struct {
	Parked []call.ParkedCaller `json:"parked" nullable:"false" doc:"In the order in which they came"`
}

type parkedList struct{ Body ParkedList }

func (h *Handler) addDesk() {
	wish := func(id, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodPost, Path: "/v1/calls/{id}/" + path, Tags: []string{"calls"},
			Summary: summary, DefaultStatus: http.StatusNoContent,
		}
	}
	do := func(ctx context.Context, wish func(context.Context) error) (*struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, deskTimeout)
		defer cancel()
		return nil, h.deskError(wish(ctx))
	}
	add(h, wish("hold-call", "hold", "Put a leg on hold"), func(ctx context.Context, in *holdInput) (*struct{}, error) {
		r := call.HoldRequest{Leg: in.Body.Leg, Blank: in.Body.Blank}
		return do(ctx, func(ctx context.Context) error { return h.Desk.Hold(ctx, in.ID, r) })
	})
	add(h, wish("unhold-call", "unhold", "Take a leg off hold"), func(ctx context.Context, in *unholdInput) (*struct{}, error) {
		return do(ctx, func(ctx context.Context) error { return h.Desk.Unhold(ctx, in.ID, in.Body.Leg) })
	})
	add(h, wish("pick-up", "pickup", "Connect a call's caller with who is parked in a slot"), func(ctx context.Context, in *pickupInput) (*struct{}, error) {
		return do(ctx, func(ctx context.Context) error { return h.Desk.Pickup(ctx, in.ID, in.Body.Slot) })
	})
	add(h, wish("send-message", "messages", "Hand a call's flow a text"), func(ctx context.Context, in *messageInput) (*struct{}, error) {
		return do(ctx, func(ctx context.Context) error { return h.Desk.Message(ctx, in.ID, in.Body.Text) })
	})
	park := wish("park-call", "park", "Park a call's caller")
	park.DefaultStatus = http.StatusOK
	park.Description = "The call ends; the caller waits in a call of its own, which the answer names."
	add(h, park, h.park)
	add(h, huma.Operation{
		OperationID: "list-parked", Method: http.MethodGet, Path: "/v1/parked", Tags: []string{"calls"},
		Summary: "List who is parked",
	}, func(context.Context, *struct{}) (*parkedList, error) {
		return &parkedList{ParkedList{notNil(h.Desk.Parked())}}, nil
	})
}

func (h *Handler) park(ctx context.Context, in *parkInput) (*parkedCaller, error) {
	ctx, cancel := context.WithTimeout(ctx, deskTimeout)
	defer cancel()
	p, err := h.Desk.Park(ctx, in.ID, in.Body.Slot, time.Duration(in.Body.Timeout)*time.Second)
	if err != nil {
		return nil, h.deskError(err)
	}
	return &parkedCaller{p}, nil
}

// deskError turns an error of the Desk into a Problem.
func (h *Handler) deskError(err error) error {
	var e *call.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, call.ErrNoCall):
		return problem.New(problem.NoSuchCall, "")
	case !errors.As(err, &e):
		return h.internal("desk", err)
	}
	code := problem.WishRefused
	switch e.Code {
	case call.CodeHangup:
		code = problem.NoSuchCall
	case "overload":
		code = problem.Overload
	}
	p := problem.New(code, e.Text)
	p.Cause = &problem.Cause{Code: e.Code, SIP: e.SIP, Q850: e.Q850}
	return p
}
