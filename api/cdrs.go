package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
	"trunkline/store"
)

type cdrQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	From   string `query:"from" maxLength:"128" doc:"Only calls of this caller"`
	To     string `query:"to" maxLength:"128" doc:"Only calls to this number"`
	Flow   string `query:"flow" maxLength:"128" doc:"Only calls that ran this flow"`
	Before string `query:"before" maxLength:"128" doc:"Only calls that ended before this one: next of the page before"`
}

// CDRList is the answer of GET /v1/cdrs.
type CDRList struct {
	CDRs []store.CDR `json:"cdrs" nullable:"false" doc:"The latest ended first"`
	Next string      `json:"next,omitempty" doc:"When there may be more: the value of before for the next page"`
}

type cdrList struct{ Body CDRList }

type oneCDR struct{ Body store.CDR }

func (h *Handler) addCDRs() {
	add(h, huma.Operation{
		OperationID: "list-cdrs", Method: http.MethodGet, Path: "/v1/cdrs", Tags: []string{"cdrs"},
		Summary: "List call detail records",
	}, h.listCDRs)
	add(h, huma.Operation{
		OperationID: "get-cdr", Method: http.MethodGet, Path: "/v1/cdrs/{id}", Tags: []string{"cdrs"},
		Summary: "Read one call's detail record",
	}, h.getCDR)
}

func (h *Handler) listCDRs(ctx context.Context, in *cdrQuery) (*cdrList, error) {
	list, err := h.CDRs.CDRs(ctx, store.CDRQuery{
		From: in.From, To: in.To, Flow: in.Flow, Before: in.Before, Limit: in.Limit,
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.New(problem.NoSuchCDR, "query.before: no record of call "+problem.Clip(in.Before))
	}
	if err != nil {
		return nil, h.internal("list cdrs", err)
	}
	out := &cdrList{}
	out.Body.CDRs = list
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, nil
}

func (h *Handler) getCDR(ctx context.Context, in *callPath) (*oneCDR, error) {
	c, err := h.CDRs.CDR(ctx, in.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.New(problem.NoSuchCDR, "no record of call "+problem.Clip(in.ID)+"; a call has one once it has ended")
	}
	if err != nil {
		return nil, h.internal("read cdr", err)
	}
	return &oneCDR{Body: c}, nil
}

// internal logs err and tells the client nothing of it.
func (h *Handler) internal(what string, err error) error {
	h.Log.Error("api request failed", "what", what, "error", err)
	return problem.New(problem.Internal, "")
}

// told lets the client see an error only when it is a Problem; any other is logged
// as what failed.
func (h *Handler) told(err error, what string) error {
	var p *problem.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		return p
	}
	return h.internal(what, err)
}
