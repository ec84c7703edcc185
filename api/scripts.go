package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
)

// Scripts knows the versions of the flows, and what flows did. Errors that are a
// *problem.Problem are told to the client.
type Scripts interface {
	Versions() Versions
	// Deploy brings the scripts as they lie on the server's disk to new calls; by
	// says who asked.
	Deploy(ctx context.Context, o Deployment, by string) (Versions, error)
	Promote(by string) (Versions, error)
	Rollback(by string) (Versions, error)
	// Flow returns what the flow of a recent call did.
	Flow(call string) (FlowTrace, bool)
}

// Deployment says which new calls get a version. It is the body of POST
// /v1/scripts/deploy.
type Deployment struct {
	_            struct{} `additionalProperties:"false"`
	Canary       float64  `json:"canary,omitempty" minimum:"0" exclusiveMaximum:"1" doc:"Share of new calls that try the version; left out: all get it"`
	PromoteAfter int      `json:"promote_after,omitempty" minimum:"0" maximum:"1000000" doc:"After so many calls of the canary without a rise of failures all calls get it; left out: when asked"`
}

// Versions is which version of the scripts calls get.
type Versions struct {
	Current      Version        `json:"current"`
	Canary       *Version       `json:"canary,omitempty"`
	Share        float64        `json:"share,omitempty" doc:"Of calls that try the canary, 0 to 1"`
	PromoteAfter int            `json:"promote_after,omitempty"`
	Previous     string         `json:"previous,omitempty" doc:"What rollback goes back to"`
	Last         *VersionChange `json:"last,omitempty" doc:"The latest change, of its own accord or asked for"`
}

// VersionChange is a change of the version that calls get.
type VersionChange struct {
	What    string `json:"what" enum:"deployed,canary,promoted,rolled_back"`
	Version string `json:"version" doc:"That calls get since, or that a share of them tries"`
	Instead string `json:"instead" doc:"That they got before, or tried"`
	Why     string `json:"why,omitempty"`
	Calls   int    `json:"calls,omitempty" doc:"Of the canary"`
	Failed  int    `json:"failed,omitempty" doc:"Of these"`
}

// Version is a version of the scripts as it stands.
type Version struct {
	Version string `json:"version"`
	Calls   int    `json:"calls" doc:"That have ended, since the canary began if there is one"`
	Failed  int    `json:"failed" doc:"Of these, how many ended because of a mistake in a script"`
}

type (
	scripts     struct{ Body Versions }
	deployInput struct{ Body Deployment }
	flowTrace   struct{ Body FlowTrace }
)

// FlowTrace is what the flow of a call did.
type FlowTrace struct {
	Call    string     `json:"call"`
	Flow    string     `json:"flow"`
	Version string     `json:"version" doc:"Of the scripts"`
	Over    bool       `json:"over" doc:"Whether the flow has ended"`
	Steps   []FlowStep `json:"steps" nullable:"false"`
	Dropped int        `json:"dropped,omitempty" doc:"Steps that were too many to keep"`
}

// FlowStep is one thing that a flow did.
type FlowStep struct {
	AtMS   int64  `json:"at_ms" doc:"Since the flow began"`
	TookMS int64  `json:"took_ms"`
	Where  string `json:"where" doc:"File and line of the script"`
	What   string `json:"what" doc:"Verb and arguments"`
	Result string `json:"result,omitempty"`
	Failed bool   `json:"failed,omitempty" doc:"The result is an error"`
}

func (h *Handler) addScripts() {
	tags := []string{"scripts"}
	add(h, huma.Operation{
		OperationID: "get-scripts", Method: http.MethodGet, Path: "/v1/scripts", Tags: tags,
		Summary: "See which version of the scripts calls get",
	}, func(context.Context, *struct{}) (*scripts, error) { return &scripts{h.Scripts.Versions()}, nil })
	add(h, huma.Operation{
		OperationID: "deploy-scripts", Method: http.MethodPost, Path: "/v1/scripts/deploy", Tags: tags,
		Summary: "Bring the scripts as they are now to new calls",
		Description: "Flows, menus and prompts are compiled as one version; with any mistake nothing changes, and all are named. " +
			"Calls that live keep the version they began with. A canary that fails more often than the version before is taken back by itself.",
	}, func(ctx context.Context, in *deployInput) (*scripts, error) {
		s, err := h.Scripts.Deploy(ctx, in.Body, client(ctx))
		return h.changed(s, err, "deploy scripts")
	})
	add(h, huma.Operation{
		OperationID: "promote-scripts", Method: http.MethodPost, Path: "/v1/scripts/promote", Tags: tags,
		Summary: "Give the canary to all new calls",
	}, func(ctx context.Context, _ *struct{}) (*scripts, error) {
		s, err := h.Scripts.Promote(client(ctx))
		return h.changed(s, err, "promote scripts")
	})
	add(h, huma.Operation{
		OperationID: "roll-back-scripts", Method: http.MethodPost, Path: "/v1/scripts/rollback", Tags: tags,
		Summary: "Take the canary back or, without one, go back to the version before",
	}, func(ctx context.Context, _ *struct{}) (*scripts, error) {
		s, err := h.Scripts.Rollback(client(ctx))
		return h.changed(s, err, "roll back scripts")
	})
	add(h, huma.Operation{
		OperationID: "trace-flow", Method: http.MethodGet, Path: "/v1/calls/{id}/flow", Tags: []string{"calls"},
		Summary:     "See what the flow of a call did, step by step",
		Description: "Of live calls and the latest that ended. Secrets are masked.",
	}, h.getFlow)
}

func (h *Handler) changed(s Versions, err error, what string) (*scripts, error) {
	if err != nil {
		return nil, h.told(err, what)
	}
	return &scripts{s}, nil
}

func (h *Handler) getFlow(_ context.Context, in *callPath) (*flowTrace, error) {
	t, ok := h.Scripts.Flow(in.ID)
	if !ok {
		return nil, problem.New(problem.NoTrace, "nothing is kept of what its flow did")
	}
	return &flowTrace{t}, nil
}
