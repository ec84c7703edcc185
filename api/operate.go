package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Operator changes what the node does. Errors that are a *problem.Problem are told to the
// client.
type Operator interface {
	// Reload reads the configuration again and applies what can be applied while
	// calls live, or nothing at all.
	Reload(by string) (Reloaded, error)
	// Drain refuses new calls of every kind until Undrain; calls that live go on.
	Drain(by string)
	Undrain(by string)
	Draining() bool
}

// Reloaded is the answer of POST /v1/reload.
type Reloaded struct {
	Applied []string `json:"applied" nullable:"false" doc:"Parts of the configuration that changed and hold now"`
	Restart []string `json:"restart" nullable:"false" doc:"Keys that changed and hold only after a restart"`
}

type reloaded struct{ Body Reloaded }

// Drain is the answer about draining.
type Drain struct {
	Draining bool `json:"draining"`
	Calls    int  `json:"calls" doc:"Calls that live"`
}

type drain struct{ Body Drain }

func (h *Handler) addOperator() {
	tags := []string{"node"}
	add(h, huma.Operation{
		OperationID: "reload", Method: http.MethodPost, Path: "/v1/reload", Tags: tags,
		Summary:     "Read the configuration again",
		Description: "Applies trunks, groups, routes, dialing and certificates. A configuration with a mistake is refused as a whole, with each mistake.",
	}, func(ctx context.Context, _ *struct{}) (*reloaded, error) {
		r, err := h.Operator.Reload(client(ctx))
		if err != nil {
			return nil, h.told(err, "reload")
		}
		return &reloaded{Reloaded{notNil(r.Applied), notNil(r.Restart)}}, nil
	})
	add(h, huma.Operation{
		OperationID: "drain", Method: http.MethodPost, Path: "/v1/node/drain", Tags: tags,
		Summary:     "Take no new calls",
		Description: "New calls of every kind are refused and /ready says no. Calls that live go on.",
	}, func(ctx context.Context, _ *struct{}) (*drain, error) {
		h.Operator.Drain(client(ctx))
		return h.drain(), nil
	})
	add(h, huma.Operation{
		OperationID: "undrain", Method: http.MethodDelete, Path: "/v1/node/drain", Tags: tags,
		Summary: "Take new calls again", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, _ *struct{}) (*drain, error) {
		h.Operator.Undrain(client(ctx))
		return h.drain(), nil
	})
}

func (h *Handler) drain() *drain {
	live, _ := h.Bus.View().Count()
	return &drain{Drain{Draining: h.Operator.Draining(), Calls: live}}
}
