package stir

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"trunkline/sip/internal/grammar"
	"trunkline/sip/trunk"
)

// VerifyConfig is what it takes to verify.
type VerifyConfig struct {
	RootsFile string         `json:"roots_file" doc:"PEM with the certificates of the authorities that are trusted"`
	MaxAge    trunk.Duration `json:"max_age,omitempty" doc:"How old a signature may be, and how wrong a clock; default 60s"`
	Refuse    string         `json:"refuse,omitempty" enum:"nothing,failed,unsigned" doc:"Which calls are refused: those that fail, or also those without a signature; default nothing"`
}

// Verifier judges Identity headers. It may be used by any goroutine.
type Verifier struct {
	cfg    VerifyConfig
	maxAge time.Duration
	roots  *x509.CertPool
	certs  *cache
}

// NewVerifier reads the roots.
func NewVerifier(cfg VerifyConfig, fetcher Fetcher) (*Verifier, error) {
	if !slices.Contains([]string{"", "nothing", "failed", "unsigned"}, cfg.Refuse) {
		return nil, fmt.Errorf("stir: refuse is %.20q: want nothing, failed or unsigned", cfg.Refuse)
	}
	text, err := os.ReadFile(cfg.RootsFile)
	if err != nil {
		return nil, fmt.Errorf("stir: read roots: %w", err)
	}
	v := &Verifier{cfg: cfg, maxAge: cfg.MaxAge.Or(time.Minute), roots: x509.NewCertPool()}
	v.certs = &cache{fetcher: fetcher, kept: map[string]*kept{}}
	if !v.roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("stir: read roots %s: no certificate in it", cfg.RootsFile)
	}
	return v, nil
}

// Call is what is verified.
type Call struct {
	Identities []string // values of the Identity headers
	Date       string   // value of the Date header, if there is one
	Orig       string   // the caller's number that will be believed: of From, or of P-Asserted-Identity where the trunk's is
	Dest       []string // the called numbers: of To and of the Request-URI
}

// Verify judges a call. It waits for certificates until ctx ends.
func (v *Verifier) Verify(ctx context.Context, call Call, now time.Time) Result {
	r := Result{Verstat: Unknown}
	if Canonical(call.Orig) == "" {
		return r // a caller without a number: there is nothing to be right about
	}
	var good []*passport
	var creds []*credential
	for _, value := range grammar.List(call.Identities, maxIdentities) {
		p, bad := readIdentity(value)
		if p == nil && bad == nil {
			continue // a kind that is not for us
		}
		var cred *credential
		if bad == nil {
			cred, bad = v.check(ctx, p, call, now)
		}
		if bad != nil {
			r.Problems = append(r.Problems, *bad)
			continue
		}
		good, creds = append(good, p), append(creds, cred)
	}
	switch i, diverted, bad := link(good, call); {
	case i >= 0:
		p, cred := good[i], creds[i]
		r.Verstat, r.Attest, r.OrigID, r.Diverted = Passed, p.Attest, p.OrigID, diverted
		r.Signer = grammar.Clean(cred.leaf.Subject.String(), 200)
		if len(cred.scope.providers) > 0 {
			r.Provider = grammar.Clean(cred.scope.providers[0], 32)
		}
	case len(r.Problems) > 0 || len(good) > 0:
		if bad != nil {
			r.Problems = append(r.Problems, *bad)
		}
		r.Verstat = Failed
	}
	return r
}

// check holds one PASSporT against the clock, the caller and its certificate, the
// cheap things first.
func (v *Verifier) check(ctx context.Context, p *passport, call Call, now time.Time) (*credential, *Problem) {
	iat := time.Unix(p.Iat, 0)
	if age := now.Sub(iat); age > v.maxAge || age < -v.maxAge {
		return nil, problem(403, "signed %s from now", age.Round(time.Second))
	}
	if call.Date != "" {
		date, err := http.ParseTime(call.Date)
		if off := date.Sub(iat); err != nil || off > v.maxAge || off < -v.maxAge {
			return nil, problem(403, "Date is not when it was signed")
		}
	}
	if orig := Canonical(call.Orig); orig != p.Orig.TN {
		return nil, problem(438, "signed for caller %s, not %s", p.Orig.TN, orig)
	}
	cred, bad := v.certs.get(ctx, p.X5u, now)
	if bad != nil {
		return nil, bad
	}
	if err := cred.trusted(v.roots, now); err != nil {
		return nil, problem(437, "%v", err)
	}
	if !cred.signed(p) {
		return nil, problem(438, "signature is not by the key of the certificate")
	}
	signer := p.Orig.TN
	if p.Ppt == div { // who diverts signs for the number that was called
		signer = p.Div.TN
	}
	if !cred.scope.covers(signer) {
		return nil, problem(437, "certificate does not cover %s", signer)
	}
	return cred, nil
}

// link finds the PASSporT that says how the call began, from where it arrived back
// over those who sent it on (RFC 8946), and the numbers on the way.
func link(good []*passport, call Call) (i int, diverted []string, bad *Problem) {
	var at []string
	for _, d := range call.Dest {
		if d = Canonical(d); d != "" {
			at = append(at, d)
		}
	}
	reaches := func(p *passport) bool {
		return slices.ContainsFunc(p.Dest.TN, func(tn string) bool { return slices.Contains(at, tn) })
	}
	for range len(good) {
		if i = slices.IndexFunc(good, func(p *passport) bool { return p.Ppt == shaken && reaches(p) }); i >= 0 {
			return i, diverted, nil
		}
		next := slices.IndexFunc(good, func(p *passport) bool { return p.Ppt == div && reaches(p) })
		if next < 0 {
			break
		}
		at = []string{good[next].Div.TN}
		diverted = append(diverted, at[0])
	}
	if len(good) == 0 {
		return -1, nil, nil
	}
	return -1, nil, problem(438, "signed for another called number")
}

// Refusal returns how a call with this result is refused; status 0 lets it go on.
func (v *Verifier) Refusal(r Result) (status int, phrase string) {
	p := Problem{Status: 438}
	if len(r.Problems) > 0 {
		p = r.Problems[0]
	}
	switch {
	case r.Verstat == Passed, v.cfg.Refuse == "", v.cfg.Refuse == "nothing":
		return 0, ""
	case r.Verstat == Failed:
		return p.Status, p.Phrase()
	case v.cfg.Refuse == "unsigned":
		return 428, phrases[428]
	}
	return 0, ""
}
