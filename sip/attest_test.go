package sip

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"trunkline/internal/fetch"
	"trunkline/sip/internal/identity"
	"trunkline/sip/stir"
	"trunkline/sip/trunk"
)

// shelf is where certificates are got from: one file, at every address. It gives
// nothing out while it is shut.
type shelf struct {
	file  string
	asked chan struct{} // when set, told of each request, which then waits for its end
}

func (s shelf) Get(ctx context.Context, _ string, _ fetch.Limits) (*fetch.Response, error) {
	if s.asked != nil {
		s.asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		return nil, errors.New("nothing there")
	}
	return &fetch.Response{Body: text}, nil
}

// attested are two endpoints, of which one signs its calls to the other.
func attested(t *testing.T, refuse string, change func(signs, verifies *Config)) (a, b *Endpoint, calls chan *Incoming, sides chan *side) {
	t.Helper()
	ca := newAuthority(t)
	cert, key, _ := ca.issue("carrier.example.com")
	there, here := loopback(nil), loopback(nil)
	there.Trunks[0].Stir, there.Trunks[0].Numbers.Region = "verify", "DE"
	there.Stir = Stir{Verify: &stir.VerifyConfig{RootsFile: ca.file, Refuse: refuse}, Fetcher: shelf{file: cert}}
	here.Stir = Stir{Sign: &stir.SignConfig{KeyFile: key, CertificateURL: "https://carrier.example.com/c.pem", Own: []string{"+4930123"}}}
	if change != nil {
		change(&here, &there)
	}
	b, calls, sides = hears(t, there)
	here = withTarget(here, b, UDP)
	here.Trunks[1].Stir, here.Trunks[1].Numbers.Region = "both", "DE"
	if here.Stir.Verify == nil {
		here.Trunks[1].Stir = "sign"
	}
	if here.Stir.Sign == nil {
		here.Trunks[1].Stir = ""
	}
	return open(t, here, nil), b, calls, sides
}

// from dials through trunk b on behalf of a caller.
func from(t *testing.T, e *Endpoint, c *Caller, number string) *side {
	t.Helper()
	s := newSide()
	d, err := e.Dial(DialRequest{Trunk: "b", User: number, From: Party{User: "030123456"}, Caller: c, Offer: []byte(offerSDP)}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	return s
}

// TestAttestation holds what the far side learns of a caller by our signature.
func TestAttestation(t *testing.T) {
	a, b, calls, sides := attested(t, "failed", nil)
	call := func(user string, customer bool) *Caller {
		return &Caller{Party: identity.Party{User: user}, Customer: customer}
	}
	for _, c := range []struct {
		caller  *Caller
		number  string
		verstat stir.Verstat
		attest  stir.Attest
	}{
		{nil, "+498912345", stir.Passed, stir.Full},
		{call("030123456", false), "08912345", stir.Passed, stir.Full},
		{call("+4940777888", true), "+498912345", stir.Passed, stir.Partial},
		{call("+4940777888", false), "+498912345", stir.Passed, stir.Gateway},
		{call("anna", false), "+498912345", stir.Unknown, ""},
		{call("+4940777888", false), "anna", stir.Unknown, ""},
		{&Caller{Party: identity.Party{User: "+4940777888"}, Anonymous: true}, "+498912345", stir.Unknown, ""},
	} {
		s := from(t, a, c.caller, c.number)
		in := await(t, calls)
		if r := in.Attestation; r == nil || r.Verstat != c.verstat || r.Attest != c.attest || c.attest != "" && r.Provider != "4711" {
			t.Errorf("%+v to %s: %+v", c.caller, c.number, r)
		}
		talked(t, s, <-sides, in, false)
	}
	idle(t, a)
	idle(t, b)
}

// TestAttestationRefuses holds with which status calls are refused, or marked alone,
// by policy.
func TestAttestationRefuses(t *testing.T) {
	f := func(refuse string, status int, change func(signs, verifies *Config)) {
		t.Helper()
		a, b, calls, sides := attested(t, refuse, change)
		s := from(t, a, nil, "+498912345")
		if status == 0 {
			in := await(t, calls)
			if in.Attestation == nil || in.Attestation.Verstat == stir.Passed {
				t.Errorf("%+v", in.Attestation)
			}
			talked(t, s, <-sides, in, false)
		} else if c := s.next(t, Ended).Cause; c.Status != status {
			t.Errorf("refused by %+v, want %d", c, status)
		}
		idle(t, a)
		idle(t, b)
		if len(calls) > 0 {
			t.Error("a call came through")
		}
	}
	unsigned := func(signs, _ *Config) { signs.Stir = Stir{} }
	nowhere := func(_, verifies *Config) { verifies.Stir.Fetcher = shelf{file: "none"} }
	other := func(_, verifies *Config) { verifies.Stir.Verify.RootsFile = newAuthority(t).file }
	f("unsigned", 428, unsigned)
	f("failed", 0, unsigned)
	f("failed", 436, nowhere)
	f("nothing", 0, nowhere)
	f("failed", 437, other)
}

// TestCallerGivesUpVerification holds that CANCEL ends a call that waits for a
// certificate, at once and before anybody has heard of it.
func TestCallerGivesUpVerification(t *testing.T) {
	asked := make(chan struct{}, 1)
	a, b, calls, _ := attested(t, "failed", func(_, verifies *Config) { verifies.Stir.Fetcher = shelf{asked: asked} })
	s := from(t, a, nil, "+498912345")
	<-asked
	s.Hangup(New(Cancelled, ""))
	s.ended(t, Cancelled, false)
	idle(t, a)
	idle(t, b)
	if len(calls) > 0 {
		t.Error("a call came through")
	}
}

// TestStirNeedsItsFiles holds that a configuration which cannot work is refused.
func TestStirNeedsItsFiles(t *testing.T) {
	for want, s := range map[string]Stir{
		"key":          {Sign: &stir.SignConfig{KeyFile: "none", CertificateURL: "https://a.example/c"}},
		"roots":        {Verify: &stir.VerifyConfig{RootsFile: "none"}, Fetcher: shelf{}},
		"certificates": {Verify: &stir.VerifyConfig{}},
	} {
		cfg := loopback(nil)
		cfg.Stir = s
		if _, err := Listen(cfg, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	cfg := loopback(nil)
	for _, policy := range []string{"sign", "verify", "both"} {
		cfg.Trunks = []Trunk{{Name: "a", Stir: policy, Health: trunk.Health{}}}
		if _, err := Listen(cfg, nil); err == nil || !strings.Contains(err.Error(), "stir: "+policy) {
			t.Errorf("%s: %v", policy, err)
		}
	}
}
