package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
)

// These two are answered to anybody, and tell nothing but yes or no.
const (
	livePath  = "/live"
	readyPath = "/ready"
)

// Health is the answer of GET /live and /ready when it is yes.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

type health struct{ Body Health }

func (h *Handler) addHealth() {
	add(h, huma.Operation{
		OperationID: "get-live", Method: http.MethodGet, Path: livePath, Tags: []string{"health"},
		Summary: "Is the process alive?", Security: []map[string][]string{{}},
	}, func(context.Context, *struct{}) (*health, error) { return healthy(), nil })
	add(h, huma.Operation{
		OperationID: "get-ready", Method: http.MethodGet, Path: readyPath, Tags: []string{"health"},
		Summary: "Are new calls welcome?", Security: []map[string][]string{{}},
	}, h.getReady)
}

func (h *Handler) getReady(context.Context, *struct{}) (*health, error) {
	if h.Ready != nil && h.Ready() != nil {
		return nil, problem.New(problem.NotReady, "")
	}
	return healthy(), nil
}

func healthy() *health {
	return &health{Health{Status: "ok"}}
}
