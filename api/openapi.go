package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/internal/body"
	"trunkline/api/problem"
	"trunkline/call/event"
	"trunkline/sip/trunk"
	"trunkline/store"
)

// document is the frame of the OpenAPI document; add fills it. There is no page
// that shows it: huma's would load scripts from strangers' servers.
func document(version string) huma.Config {
	cfg := huma.DefaultConfig("Trunkline", version)
	cfg.Info.Description = "Place, watch and end calls. Errors are RFC 9457 problems; their code is one of a fixed set of words."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil // no $schema members in answers
	cfg.Formats = map[string]huma.Format{"application/json": body.Format(), "json": body.Format()}
	cfg.Transformers = []huma.Transformer{problem.InOurWords}
	cfg.RejectUnknownQueryParameters = true
	cfg.AllowAdditionalPropertiesByDefault = true // of answers: clients must live with new members
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The configured token. Not needed on loopback when none is configured."},
	}
	cfg.Security = []map[string][]string{{"token": {}}}
	return cfg
}

// schemaName keeps apart what has the same name in the view and in the store.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	base := t
	for base.Kind() == reflect.Pointer || base.Kind() == reflect.Slice {
		base = base.Elem()
	}
	if base.PkgPath() == reflect.TypeFor[trunk.Trunk]().PkgPath() && base != reflect.TypeFor[trunk.Trunk]() {
		return "Trunk" + name
	}
	switch base {
	case reflect.TypeFor[store.Cause](), reflect.TypeFor[store.Recording]():
		return "CDR" + name
	case reflect.TypeFor[store.LegRecord]():
		return "CDRLeg"
	case reflect.TypeFor[store.NodeVisit]():
		return "CDRNode"
	case reflect.TypeFor[problem.Cause]():
		return "ProblemCause"
	case reflect.TypeFor[trunk.Trunk]():
		return "TrunkConfig"
	case reflect.TypeFor[event.Leg](), reflect.TypeFor[event.Visit](), reflect.TypeFor[event.Recording]():
		return "Call" + name
	}
	return name
}

// add registers an operation whose every error is a Problem.
func add[I, O any](h *Handler, op huma.Operation, f func(context.Context, *I) (*O, error)) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "A problem",
		Content: map[string]*huma.MediaType{problem.ContentType: {
			Schema: h.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, ""),
		}},
	}
	huma.Register(h.api, op, f)
}

// raw is an answer that is written as it is.
type raw struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (h *Handler) addOpenAPI() {
	var text []byte
	add(h, huma.Operation{
		OperationID: "get-openapi", Method: http.MethodGet, Path: "/openapi.json", Tags: []string{"node"},
		Summary: "Read this document",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content:     map[string]*huma.MediaType{"application/openapi+json": {Schema: &huma.Schema{Type: huma.TypeObject}}},
		}},
	}, func(context.Context, *struct{}) (*raw, error) {
		return &raw{ContentType: "application/openapi+json", Body: text}, nil
	})
	doc := h.api.OpenAPI()
	h.tidy(doc)
	var err error
	if text, err = json.Marshal(doc); err != nil {
		panic("api: write OpenAPI document: " + err.Error()) // it is made of constants
	}
}

// tidy removes huma's own error model, which no answer of ours uses, and lists
// the codes of problems.
func (h *Handler) tidy(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	code := schemas["Problem"].Properties["code"]
	code.Enum = nil
	for _, c := range problem.Codes() {
		code.Enum = append(code.Enum, string(c))
	}
}

// streamResponses describes the stream of events: one schema per type.
func (h *Handler) streamResponses() map[string]*huma.Response {
	r := h.api.OpenAPI().Components.Schemas
	message := func(name string, data *huma.Schema) *huma.Schema {
		return &huma.Schema{
			Title: name, Type: huma.TypeObject, Required: []string{"id", "event", "data"},
			Properties: map[string]*huma.Schema{
				"id":    {Type: huma.TypeString, Description: "Place in the stream: <run>-<seq>"},
				"event": {Type: huma.TypeString, Enum: []any{name}},
				"data":  data,
			},
		}
	}
	var all []*huma.Schema
	for _, k := range event.Kinds() {
		name := string(k.EventType())
		all = append(all, message(name, &huma.Schema{
			Type: huma.TypeObject, Required: []string{"seq", "time", "type", "call", "data"},
			Properties: map[string]*huma.Schema{
				"seq":  {Type: huma.TypeInteger, Description: "Rises by one from event to event of one run"},
				"time": {Type: huma.TypeString, Format: "date-time"},
				"type": {Type: huma.TypeString, Enum: []any{name}},
				"call": {Type: huma.TypeString, Description: "Call id"},
				"leg":  {Type: huma.TypeString, Description: "Leg id, when the event is about one leg"},
				"data": r.Schema(reflect.TypeOf(k), true, ""),
			},
		}))
	}
	all = append(all, message("gap", r.Schema(reflect.TypeFor[gap](), true, "")))
	return map[string]*huma.Response{"200": {
		Description: "The stream; it ends only with the connection",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
			Type: huma.TypeArray, Items: &huma.Schema{OneOf: all},
		}}},
	}}
}
