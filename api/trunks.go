package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

// Trunks knows the trunks and changes them. Errors that are a *problem.Problem are told to
// the client.
type Trunks interface {
	// Trunks returns all of them, by name.
	Trunks() []Trunk
	// SetTrunk makes a trunk, or replaces one that the API has made; by says who
	// asked. Calls that live keep the trunk they began with.
	SetTrunk(t trunk.Trunk, by string) (created bool, err error)
	// RemoveTrunk forgets a trunk that the API has made.
	RemoveTrunk(name, by string) error
}

// Trunk is a trunk, how it stands and what it carries.
type Trunk struct {
	Name     string          `json:"name"`
	Origin   string          `json:"origin" enum:"file,api" doc:"Trunks of the configuration file are changed there"`
	Config   trunk.Trunk     `json:"config"`
	Status   sip.TrunkStatus `json:"status"`
	Inbound  TrunkUse        `json:"inbound"`
	Outbound TrunkUse        `json:"outbound"`
}

// TrunkUse is what one direction of a trunk carries, and what its limits refused.
type TrunkUse struct {
	Calls        int    `json:"calls" doc:"Legs that live"`
	RefusedCalls uint64 `json:"refused_calls" doc:"For limits of calls"`
	RefusedRate  uint64 `json:"refused_rate" doc:"For limits of calls per second"`
}

// TrunkList is the answer of GET /v1/trunks.
type TrunkList struct {
	Trunks []Trunk `json:"trunks" nullable:"false"`
}

type trunkList struct{ Body TrunkList }

type trunkPath struct {
	Name string `path:"name" maxLength:"64" doc:"Name of a trunk"`
}

type oneTrunk struct {
	Status int
	Body   Trunk
}

type setTrunkInput struct {
	Name    string `path:"name" maxLength:"64" doc:"Name of a trunk"`
	Body    trunk.Trunk
	RawBody []byte
}

// Resolve refuses keys that trunks do not have, at every level.
func (in *setTrunkInput) Resolve(huma.Context) []error {
	d := json.NewDecoder(bytes.NewReader(in.RawBody))
	d.DisallowUnknownFields()
	var t trunk.Trunk
	if err := d.Decode(&t); err != nil {
		what, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
		if !ok {
			return nil // huma has seen it too
		}
		return []error{&huma.ErrorDetail{Location: "body", Message: "there is no field " + problem.Clip(what)}}
	}
	if t.Name != in.Name {
		return []error{&huma.ErrorDetail{Location: "body.name", Message: "is not the name in the path"}}
	}
	return nil
}

func (h *Handler) addTrunks() {
	tags := []string{"trunks"}
	add(h, huma.Operation{
		OperationID: "list-trunks", Method: http.MethodGet, Path: "/v1/trunks", Tags: tags,
		Summary: "List the trunks, how they stand and what they carry",
	}, func(context.Context, *struct{}) (*trunkList, error) {
		return &trunkList{TrunkList{Trunks: notNil(h.Trunks.Trunks())}}, nil
	})
	add(h, huma.Operation{
		OperationID: "get-trunk", Method: http.MethodGet, Path: "/v1/trunks/{name}", Tags: tags,
		Summary: "Look at one trunk",
	}, func(_ context.Context, in *trunkPath) (*oneTrunk, error) { return h.oneTrunk(in.Name, http.StatusOK) })
	add(h, huma.Operation{
		OperationID: "set-trunk", Method: http.MethodPut, Path: "/v1/trunks/{name}", Tags: tags,
		Summary:     "Make a trunk, or replace one",
		Description: "Holds at once and is kept over restarts. Calls that live go on as they began.",
	}, h.setTrunk)
	add(h, huma.Operation{
		OperationID: "remove-trunk", Method: http.MethodDelete, Path: "/v1/trunks/{name}", Tags: tags,
		Summary: "Remove a trunk", DefaultStatus: http.StatusNoContent,
		Description: "Calls that live go on.",
	}, func(ctx context.Context, in *trunkPath) (*struct{}, error) {
		return nil, h.told(h.Trunks.RemoveTrunk(in.Name, client(ctx)), "remove trunk")
	})
}

func (h *Handler) setTrunk(ctx context.Context, in *setTrunkInput) (*oneTrunk, error) {
	created, err := h.Trunks.SetTrunk(in.Body, client(ctx))
	if err != nil {
		return nil, h.told(err, "set trunk")
	}
	if created {
		return h.oneTrunk(in.Name, http.StatusCreated)
	}
	return h.oneTrunk(in.Name, http.StatusOK)
}

func (h *Handler) oneTrunk(name string, status int) (*oneTrunk, error) {
	for _, t := range h.Trunks.Trunks() {
		if t.Name == name {
			return &oneTrunk{Status: status, Body: t}, nil
		}
	}
	return nil, problem.New(problem.NoSuchTrunk, "no trunk is called "+problem.Clip(name))
}
