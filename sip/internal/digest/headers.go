package digest

import (
	"fmt"
	"slices"
	"strings"
)

// Challenge is a WWW-Authenticate or Proxy-Authenticate header.
type Challenge struct {
	Realm     string
	Nonce     string
	Opaque    string   // to be sent back
	Algorithm string   // as written; "": none is, which means MD5
	QOP       []string // lower case; none: RFC 2069
	Stale     bool     // the credentials were right, but the nonce is too old
}

// ParseChallenge reads the value of a challenge header. A userhash that is offered
// need not be used, and is not (RFC 7616 §3.4.4).
func ParseChallenge(value string) (Challenge, error) {
	p, err := parse(value)
	if err == nil {
		err = p.need("realm", "nonce")
	}
	if err != nil {
		return Challenge{}, fmt.Errorf("read challenge: %w", err)
	}
	c := Challenge{
		Realm: p["realm"], Nonce: p["nonce"], Opaque: p["opaque"], Algorithm: p["algorithm"],
		Stale: strings.EqualFold(p["stale"], "true"),
	}
	for q := range strings.SplitSeq(p["qop"], ",") {
		if q = strings.ToLower(strings.TrimSpace(q)); q != "" {
			c.QOP = append(c.QOP, q)
		}
	}
	return c, nil
}

// String writes the value of a challenge header.
func (c Challenge) String() string {
	var w writer
	w.quoted("realm", c.Realm)
	w.quoted("nonce", c.Nonce)
	if c.Opaque != "" {
		w.quoted("opaque", c.Opaque)
	}
	if c.Algorithm != "" {
		w.plain("algorithm", c.Algorithm)
	}
	if len(c.QOP) > 0 {
		w.quoted("qop", strings.Join(c.QOP, ","))
	}
	if c.Stale {
		w.plain("stale", "true")
	}
	return w.String()
}

// check says why a challenge cannot be answered.
func (c Challenge) check() error {
	if _, ok := ParseAlgorithm(c.Algorithm); !ok {
		return fmt.Errorf("algorithm %.20q: we speak SHA-256, SHA-512-256 and MD5: %w", c.Algorithm, ErrUnsupported)
	}
	if len(c.QOP) > 0 && !slices.Contains(c.QOP, "auth") {
		return fmt.Errorf("qop %.20q: we speak auth: %w", strings.Join(c.QOP, ","), ErrUnsupported)
	}
	return nil
}

// Credentials are an Authorization or Proxy-Authorization header.
type Credentials struct {
	Username  string
	Realm     string
	Nonce     string
	URI       string
	Response  string // hex
	Algorithm string // as written; "": none is, which means MD5
	Opaque    string
	QOP       string // "auth", or "" for RFC 2069
	CNonce    string
	NC        string // eight hex digits as written
}

// ParseCredentials reads the value of a credentials header. Hashed and extended
// user names are refused: we never offer them.
func ParseCredentials(value string) (Credentials, error) {
	p, err := parse(value)
	if err == nil {
		err = p.need("username", "realm", "nonce", "uri", "response")
	}
	if err == nil && strings.EqualFold(p["userhash"], "true") {
		err = fmt.Errorf("userhash was not offered")
	}
	if err != nil {
		return Credentials{}, fmt.Errorf("read credentials: %w", err)
	}
	return Credentials{
		Username: p["username"], Realm: p["realm"], Nonce: p["nonce"], URI: p["uri"], Response: p["response"],
		Algorithm: p["algorithm"], Opaque: p["opaque"], QOP: p["qop"], CNonce: p["cnonce"], NC: p["nc"],
	}, nil
}

// String writes the value of a credentials header.
func (c Credentials) String() string {
	var w writer
	w.quoted("username", c.Username)
	w.quoted("realm", c.Realm)
	w.quoted("nonce", c.Nonce)
	w.quoted("uri", c.URI)
	w.quoted("response", c.Response)
	if c.Algorithm != "" {
		w.plain("algorithm", c.Algorithm)
	}
	if c.Opaque != "" {
		w.quoted("opaque", c.Opaque)
	}
	if c.QOP != "" {
		w.plain("qop", c.QOP)
		w.plain("nc", c.NC)
		w.quoted("cnonce", c.CNonce)
	}
	return w.String()
}

// answer is the response that belongs to these credentials, their own aside
// (RFC 7616 §3.4.1).
func (c Credentials) answer(a Algorithm, method, password string) string {
	secret := a.sum(c.Username, c.Realm, password)
	what := a.sum(method, c.URI)
	if c.QOP == "" {
		return a.sum(secret, c.Nonce, what)
	}
	return a.sum(secret, c.Nonce, c.NC, c.CNonce, c.QOP, what)
}
