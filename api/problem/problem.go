// Package problem is what every error of the HTTP API looks like (RFC 9457): one
// table of codes, and the ways in which mistakes become one.
//
// It owns nothing. Package api and those who serve it (cmd) make problems of what
// went wrong; what a client may not know never gets into one.
package problem

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// ContentType is that of every problem.
const ContentType = "application/problem+json"

// Code is the stable word of one kind of problem. Clients switch on it.
type Code string

// The codes. Each has a row in kinds.
const (
	BadRequest        Code = "bad_request"
	InvalidJSON       Code = "invalid_json"
	Unauthorized      Code = "unauthorized"
	ForeignHost       Code = "foreign_host"
	ForeignOrigin     Code = "foreign_origin"
	CallRefused       Code = "call_refused"
	NotFound          Code = "not_found"
	NoSuchCall        Code = "no_such_call"
	NoSuchCDR         Code = "no_such_cdr"
	NoSuchTrunk       Code = "no_such_trunk"
	NoSuchBan         Code = "no_such_ban"
	NoTrace           Code = "no_trace"
	MethodNotAllowed  Code = "method_not_allowed"
	TrunkOfFile       Code = "trunk_of_file"
	TrunkInUse        Code = "trunk_in_use"
	BanRefused        Code = "ban_refused"
	WishRefused       Code = "wish_refused"
	NoVersion         Code = "no_version"
	RequestTimeout    Code = "request_timeout"
	BodyTooLarge      Code = "body_too_large"
	UnsupportedMedia  Code = "unsupported_media_type"
	InvalidRequest    Code = "invalid_request"
	CannotDial        Code = "cannot_dial"
	BadConfiguration  Code = "bad_configuration"
	BadScripts        Code = "bad_scripts"
	IdempotencyReused Code = "idempotency_key_reused"
	Internal          Code = "internal"
	CallFailed        Code = "call_failed"
	NotReady          Code = "not_ready"
	Overload          Code = "overload"
	TooManyStreams    Code = "too_many_streams"
)

// maxMistakes is how many mistakes of one request its problem tells.
const maxMistakes = 20

// kind is what all problems of one code share.
type kind struct {
	code   Code
	status int
	title  string
}

// kinds is the one table of what can go wrong. Where huma finds the mistake, the
// first row with its status is taken.
func kinds() []kind {
	return []kind{
		{BadRequest, http.StatusBadRequest, "The request cannot be read"},
		{InvalidJSON, http.StatusBadRequest, "The body is not valid JSON"},
		{Unauthorized, http.StatusUnauthorized, "A valid bearer token is needed"},
		{ForeignHost, http.StatusForbidden, "The request names a foreign host"},
		{ForeignOrigin, http.StatusForbidden, "The request comes from a foreign web page"},
		{CallRefused, http.StatusForbidden, "The call is not allowed"},
		{NotFound, http.StatusNotFound, "There is no such thing"},
		{NoSuchCall, http.StatusNotFound, "There is no such call"},
		{NoSuchCDR, http.StatusNotFound, "There is no such call detail record"},
		{NoSuchTrunk, http.StatusNotFound, "There is no such trunk"},
		{NoSuchBan, http.StatusNotFound, "There is no such ban"},
		{NoTrace, http.StatusNotFound, "There is no trace of the call"},
		{TrunkOfFile, http.StatusConflict, "The trunk belongs to the configuration file"},
		{TrunkInUse, http.StatusConflict, "The trunk is in use"},
		{BanRefused, http.StatusConflict, "The network may not be banned"},
		{WishRefused, http.StatusConflict, "The call cannot do that now"},
		{NoVersion, http.StatusConflict, "There is no such version of the scripts"},
		{MethodNotAllowed, http.StatusMethodNotAllowed, "The method is not possible here"},
		{RequestTimeout, http.StatusRequestTimeout, "The request came too slowly"},
		{BodyTooLarge, http.StatusRequestEntityTooLarge, "The body is too large"},
		{UnsupportedMedia, http.StatusUnsupportedMediaType, "The body must be plain application/json"},
		{InvalidRequest, http.StatusUnprocessableEntity, "The request makes no sense"},
		{CannotDial, http.StatusUnprocessableEntity, "The call cannot be placed as asked"},
		{BadConfiguration, http.StatusUnprocessableEntity, "The configuration has mistakes"},
		{BadScripts, http.StatusUnprocessableEntity, "The scripts have mistakes"},
		{IdempotencyReused, http.StatusUnprocessableEntity, "The idempotency key was used for another request"},
		{Internal, http.StatusInternalServerError, "Something went wrong here"},
		{CallFailed, http.StatusBadGateway, "The call could not be placed"},
		{NotReady, http.StatusServiceUnavailable, "This node takes no new calls"},
		{Overload, http.StatusServiceUnavailable, "This node has no room for more"},
		{TooManyStreams, http.StatusServiceUnavailable, "Too many clients listen to events"},
	}
}

// Problem is what every error looks like (RFC 9457).
type Problem struct {
	Type   string    `json:"type" doc:"urn:trunkline:problem: and the code"`
	Title  string    `json:"title" doc:"What the code means"`
	Status int       `json:"status" doc:"The HTTP status"`
	Code   Code      `json:"code" doc:"Stable word for programs"`
	Detail string    `json:"detail,omitempty" doc:"What happened this time"`
	Errors []Mistake `json:"errors,omitempty" nullable:"false" doc:"Each mistake found in the request"`
	Cause  *Cause    `json:"cause,omitempty" doc:"Why the call was not placed"`
}

// Mistake is one thing wrong with a request.
type Mistake struct {
	Location string `json:"location" doc:"Where, e.g. body.to"`
	Message  string `json:"message"`
}

// Cause says why a call was not placed.
type Cause struct {
	Code string `json:"code"`
	SIP  int    `json:"sip,omitempty"`
	Q850 int    `json:"q850,omitempty"`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (*Problem) ContentType(string) string { return ContentType }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="trunkline"`)
	}
	return h
}

// New is an error that the client is told as it is.
func New(code Code, detail string, mistakes ...Mistake) *Problem {
	for _, k := range kinds() {
		if k.code == code {
			p := k.problem(detail)
			p.Errors = mistakes[:min(len(mistakes), maxMistakes)]
			return p
		}
	}
	return New(Internal, detail, mistakes...)
}

// Codes are all there are.
func Codes() (codes []Code) {
	for _, k := range kinds() {
		codes = append(codes, k.code)
	}
	return codes
}

func (k kind) problem(detail string) *Problem {
	return &Problem{
		Type: "urn:trunkline:problem:" + string(k.code), Title: k.title, Status: k.status, Code: k.code, Detail: detail,
	}
}

// Write sends p outside of huma.
func (p *Problem) Write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

// InOurWords turns what huma found wrong into a Problem, as a huma.Transformer. Values
// are left out: they may be long, or secret.
func InOurWords(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := New(codeOf(e), e.Detail)
	p.Status = e.Status
	if e.Status >= http.StatusInternalServerError {
		p.Detail = ""
		return p, nil
	}
	for _, d := range e.Errors {
		p.Errors = append(p.Errors, Mistake{Location: Clip(d.Location), Message: Clip(d.Message)})
	}
	slices.SortStableFunc(p.Errors, func(a, b Mistake) int { return strings.Compare(a.Location, b.Location) })
	p.Errors = p.Errors[:min(len(p.Errors), maxMistakes)]
	var first []string
	for _, m := range p.Errors[:min(len(p.Errors), 3)] {
		first = append(first, strings.TrimPrefix(m.Location+": "+m.Message, ": "))
	}
	if len(first) > 0 {
		p.Detail = strings.Join(first, "; ")
	}
	return p, nil
}

func codeOf(e *huma.ErrorModel) Code {
	if e.Status == http.StatusBadRequest && len(e.Errors) > 0 && e.Errors[0].Location == "body" {
		return InvalidJSON
	}
	for _, k := range kinds() {
		if k.status == e.Status {
			return k.code
		}
	}
	return Internal
}

// Clip shortens what a client sent for a message.
func Clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
