package digest

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// Rules that refuse, for logs, events and bans. The far side learns none of them.
const (
	RuleNone      = "auth-none"      // no credentials yet: the usual first request
	RuleMalformed = "auth-malformed" // credentials that cannot be read
	RuleRealm     = "auth-realm"     // of another realm
	RuleUser      = "auth-user"      // of a user who is not there
	RulePassword  = "auth-password"  // wrong
	RuleURI       = "auth-uri"       // made for another Request-URI
	RuleReplay    = "auth-replay"    // right, but seen before
	RuleStale     = "auth-stale"     // right, but the nonce is old: the client shall try again
)

// Defaults of a Policy.
const (
	nonceLife = 5 * time.Minute
	maxNonces = 20000 // about 100 bytes each
)

// Policy is how we challenge.
type Policy struct {
	Realm      string
	Algorithms []Algorithm      // on offer, the most welcome first; none: SHA-256
	Life       time.Duration    // of a nonce; default 5 min
	Nonces     int              // whose counts are remembered at most; default 20,000
	Now        func() time.Time // default time.Now
}

// Passwords returns the password of a user. It should take the same time for
// users who are not there, so it looks into memory.
type Passwords func(user string) (password string, ok bool)

// Verdict is who sent a request, or how to refuse it.
type Verdict struct {
	User    string         // who has proven to be it, in the spelling of the credentials
	Rule    string         // why nobody has; "" when somebody has
	Status  int            // to answer with: 401 or 407
	Headers []gosip.Header // of the answer
}

// OK reports whether the sender is known.
func (v Verdict) OK() bool { return v.Rule == "" }

// Verifier challenges and verifies.
type Verifier struct {
	policy Policy
	nonces *nonces
	dummy  string // the password of those who are not there
}

// NewVerifier returns a verifier with a key of its own: nonces of another one, such
// as of the process before this one, count as stale.
func NewVerifier(p Policy) (*Verifier, error) {
	if p.Realm == "" || wire.HasControl(p.Realm) {
		return nil, errors.New("verify: realm is missing, or has control characters")
	}
	if len(p.Algorithms) == 0 {
		p.Algorithms = []Algorithm{SHA256}
	}
	for _, a := range p.Algorithms {
		if known, ok := ParseAlgorithm(string(a)); !ok || known != a {
			return nil, fmt.Errorf("verify: algorithm %q: want SHA-256, SHA-512-256 or MD5", a)
		}
	}
	if p.Life <= 0 {
		p.Life = nonceLife
	}
	if p.Nonces <= 0 {
		p.Nonces = maxNonces
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	return &Verifier{policy: p, nonces: newNonces(p.Life, p.Nonces, p.Now()), dummy: rand.Text()}, nil
}

// Verify says who sent a request. Refusals look and cost the same whatever the
// rule; only who knows the password is told that a nonce is stale.
//
// The credentials must be for the Request-URI, but of the two only the user part
// is compared: proxies and NATs rewrite hosts, ports and parameters (RFC 3261
// §22.4 point 8 leaves this to us), while the user part is whom the request
// reaches.
func (v *Verifier) Verify(req *gosip.Request, as As, passwords Passwords) Verdict {
	c, rule := v.credentials(req, as)
	if rule == "" {
		rule = v.judge(c, req, passwords)
	}
	if rule == "" {
		return Verdict{User: c.Username}
	}
	return Verdict{Rule: rule, Status: as.Status(), Headers: v.challenges(as, rule == RuleStale)}
}

// credentials returns those of our realm, or the first that can be read.
func (v *Verifier) credentials(req *gosip.Request, as As) (first Credentials, rule string) {
	rule = RuleNone
	for _, h := range req.GetHeaders(as.credentialsHeader()) {
		c, err := ParseCredentials(h.Value())
		switch {
		case err != nil && rule == RuleNone:
			rule = RuleMalformed
		case err != nil:
		case c.Realm == v.policy.Realm:
			return c, ""
		case rule != "":
			first, rule = c, ""
		}
	}
	return first, rule
}

// judge returns the rule that refuses credentials; "" when they hold.
func (v *Verifier) judge(c Credentials, req *gosip.Request, passwords Passwords) string {
	algorithm, ok := ParseAlgorithm(c.Algorithm)
	if !ok || !slices.Contains(v.policy.Algorithms, algorithm) {
		return RuleMalformed
	}
	count, ok := c.count()
	if !ok {
		return RuleMalformed
	}
	password, known := passwords(c.Username)
	if !known || password == "" {
		password, known = v.dummy, false
	}
	want := c.answer(algorithm, string(req.Method), password)
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c.Response))) == 1
	nonce, ours := v.nonces.open(c.Nonce)
	switch {
	case c.Realm != v.policy.Realm:
		return RuleRealm
	case !known:
		return RuleUser
	case !right:
		return RulePassword
	case !isFor(c.URI, req.Recipient):
		return RuleURI
	case !ours:
		return RuleStale
	}
	stale, replayed := v.nonces.use(nonce, count, v.policy.Now())
	switch {
	case stale:
		return RuleStale
	case replayed:
		return RuleReplay
	}
	return ""
}

// count reads the nonce count: once for credentials without qop, else more.
func (c Credentials) count() (uint32, bool) {
	switch {
	case c.QOP == "":
		return once, true
	case !strings.EqualFold(c.QOP, "auth") || len(c.NC) != 8 || c.CNonce == "":
		return 0, false
	}
	n, err := strconv.ParseUint(c.NC, 16, 32)
	return uint32(n), err == nil && n > 0
}

// isFor reports whether credentials for this URI are good for the Request-URI.
func isFor(text string, recipient gosip.Uri) bool {
	var uri gosip.Uri
	if err := gosip.ParseUri(text, &uri); err != nil {
		return false
	}
	return wire.UserOf(uri) == wire.UserOf(recipient)
}

// challenges returns one header for each algorithm, all with one new nonce.
func (v *Verifier) challenges(as As, stale bool) (list []gosip.Header) {
	nonce := v.nonces.make(v.policy.Now())
	for _, a := range v.policy.Algorithms {
		c := Challenge{Realm: v.policy.Realm, Nonce: nonce, Algorithm: string(a), QOP: []string{"auth"}, Stale: stale}
		list = append(list, gosip.NewHeader(as.challengeHeader(), c.String()))
	}
	return list
}
