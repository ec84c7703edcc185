package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
	"trunkline/sip"
)

// Border is who registers with us and who is not heard; *sip.Endpoint is one.
type Border interface {
	Phones() []sip.Phone
	Bans() []sip.Ban
	// Ban silences a network, for ever with length 0. It fails on those who may
	// never be banned.
	Ban(p netip.Prefix, length time.Duration, reason string) error
	// Unban reports whether the network was banned.
	Unban(p netip.Prefix) bool
}

// PhoneList is the answer of GET /v1/phones.
type PhoneList struct {
	Phones []sip.Phone `json:"phones" nullable:"false" doc:"Who has registered with us, and where"`
}

type phoneList struct{ Body PhoneList }

// BanList is the answer of GET /v1/bans.
type BanList struct {
	Bans []sip.Ban `json:"bans" nullable:"false" doc:"In the order in which they were made"`
}

type banList struct{ Body BanList }

// NewBan is the body of POST /v1/bans.
type NewBan struct {
	_       struct{} `additionalProperties:"false"`
	Network string   `json:"network" maxLength:"64" doc:"Address or network" example:"192.0.2.0/28"`
	For     string   `json:"for,omitempty" maxLength:"16" doc:"How long, up to 8760h; for ever when left out" example:"24h"`
	Reason  string   `json:"reason,omitempty" maxLength:"128" pattern:"^[ -~]*$" patternDescription:"printable ASCII"`
}

type newBanInput struct{ Body NewBan }

// Resolve checks what the schema cannot say.
func (in *newBanInput) Resolve(huma.Context) []error {
	var errs []error
	if _, ok := network(in.Body.Network); !ok {
		errs = append(errs, &huma.ErrorDetail{Location: "body.network", Message: "is no address or network such as 192.0.2.0/28"})
	}
	if _, ok := sentence(in.Body.For); !ok {
		errs = append(errs, &huma.ErrorDetail{Location: "body.for", Message: "is no duration like 24h, from 1s to 8760h"})
	}
	return errs
}

// sentence understands how long a ban is to hold; 0 is for ever.
func sentence(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= time.Second && d <= 365*24*time.Hour
}

// network understands an address or a network.
func network(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err == nil
}

type banQuery struct {
	Network string `query:"network" required:"true" maxLength:"64" doc:"As the list has it"`
}

func (h *Handler) addBorder() {
	add(h, huma.Operation{
		OperationID: "list-phones", Method: http.MethodGet, Path: "/v1/phones", Tags: []string{"trunks"},
		Summary: "List phones and agents that have registered",
	}, func(context.Context, *struct{}) (*phoneList, error) {
		return &phoneList{PhoneList{notNil(h.Border.Phones())}}, nil
	})
	tags := []string{"bans"}
	add(h, huma.Operation{
		OperationID: "list-bans", Method: http.MethodGet, Path: "/v1/bans", Tags: tags,
		Summary: "List sources that are not heard",
	}, func(context.Context, *struct{}) (*banList, error) { return h.bans(), nil })
	add(h, huma.Operation{
		OperationID: "add-ban", Method: http.MethodPost, Path: "/v1/bans", Tags: tags,
		Summary: "Silence a source", DefaultStatus: http.StatusCreated,
		Description: "Answers with all bans. A network that is banned already is banned as asked from now on.",
	}, h.addBan)
	add(h, huma.Operation{
		OperationID: "remove-ban", Method: http.MethodDelete, Path: "/v1/bans", Tags: tags,
		Summary: "Hear a source again", DefaultStatus: http.StatusNoContent,
	}, h.removeBan)
}

func (h *Handler) bans() *banList { return &banList{BanList{notNil(h.Border.Bans())}} }

func (h *Handler) addBan(ctx context.Context, in *newBanInput) (*banList, error) {
	p, _ := network(in.Body.Network) // both were checked by Resolve
	length, _ := sentence(in.Body.For)
	if err := h.Border.Ban(p, length, in.Body.Reason); err != nil {
		return nil, problem.New(problem.BanRefused, err.Error())
	}
	h.Log.Info("ban added by api", "client", client(ctx), "network", p, "for", length, "reason", in.Body.Reason)
	return h.bans(), nil
}

func (h *Handler) removeBan(ctx context.Context, in *banQuery) (*struct{}, error) {
	p, ok := network(in.Network)
	if !ok || !h.Border.Unban(p) {
		return nil, problem.New(problem.NoSuchBan, problem.Clip(in.Network)+" is not banned")
	}
	h.Log.Info("ban removed by api", "client", client(ctx), "network", p)
	return nil, nil
}

// notNil is a list as JSON has it when it is empty.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
