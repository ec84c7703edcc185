package digest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// Why a challenge is not answered.
var (
	ErrRefused     = errors.New("credentials were refused")         // or the far side challenges for ever
	ErrRealm       = errors.New("no challenge is of our realm")     // somebody else asks
	ErrUnsupported = errors.New("challenge cannot be answered")     // an algorithm or qop we do not speak
	ErrNoChallenge = errors.New("no digest challenge can be found") // none, or none that can be read
)

// maxAnswers is how many challenges one request answers: the first, and one more
// when the nonce was stale or when a proxy and the server both ask.
const maxAnswers = 2

// Login is who we are to a peer.
type Login struct {
	User     string
	Password func() (string, error) // asked for each answer, so that a changed file counts
	Realm    string                 // whose challenges are answered; "": the first that asks, then that one only
}

// Client answers one peer's challenges. It remembers the last nonce, so that
// later requests carry credentials from the start.
type Client struct {
	login Login

	mu    sync.Mutex
	realm string      // once bound; of the login, or of the first who asked
	bound bool        // realm is decided
	known [2]*session // by As
}

// session is a challenge that was answered, and how often.
type session struct {
	Challenge
	count uint32
}

// Attempt counts the answers of one request, over all the times that it is sent.
// The zero value is ready. It belongs to whoever sends the request.
type Attempt struct {
	answered [2]bool // by As
	total    int
}

// NewClient returns a client that logs in.
func NewClient(login Login) (*Client, error) {
	if login.User == "" || wire.HasControl(login.User) || wire.HasControl(login.Realm) {
		return nil, errors.New("log in: user is missing, or has control characters")
	}
	if login.Password == nil {
		return nil, errors.New("log in: no password")
	}
	return &Client{login: login, realm: login.Realm, bound: login.Realm != ""}, nil
}

// Sign puts credentials on a request for every challenge that is remembered, in
// place of those it has. The Request-URI must be final. Before the first challenge
// nothing happens.
func (c *Client) Sign(req *gosip.Request) error {
	for _, as := range []As{AsServer, AsProxy} {
		remove(req, as)
		cred, ok := c.next(as)
		if !ok {
			continue
		}
		password, err := c.login.Password()
		if err != nil {
			return fmt.Errorf("log in as %s: %w", c.login.User, err)
		}
		cred.URI = req.Recipient.String()
		algorithm, _ := ParseAlgorithm(cred.Algorithm)
		cred.Response = cred.answer(algorithm, string(req.Method), password)
		req.AppendHeader(gosip.NewHeader(as.credentialsHeader(), cred.String()))
	}
	return nil
}

// Answer puts the answer to res, a 401 or 407, on the request that is sent next:
// the same one again with a higher CSeq and a new branch. The errors are those
// above; then there is no use in asking again.
func (c *Client) Answer(a *Attempt, next *gosip.Request, res *gosip.Response) error {
	as := AsServer
	switch res.StatusCode {
	case 401:
	case 407:
		as = AsProxy
	default:
		return fmt.Errorf("log in as %s: status %d: %w", c.login.User, res.StatusCode, ErrNoChallenge)
	}
	ch, err := c.choose(res, as)
	if err == nil && (a.total >= maxAnswers || a.answered[as] && !ch.Stale) {
		c.forget(as)
		err = ErrRefused
	}
	if err == nil {
		err = c.remember(as, ch)
	}
	if err != nil {
		return fmt.Errorf("log in as %s: %w", c.login.User, err)
	}
	a.answered[as] = true
	a.total++
	return c.Sign(next)
}

// next returns credentials for the challenge remembered, with all but the
// response.
func (c *Client) next(as As) (Credentials, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.known[as]
	if s == nil {
		return Credentials{}, false
	}
	s.count++
	cred := Credentials{
		Username: c.login.User, Realm: s.Realm, Nonce: s.Nonce, Algorithm: s.Algorithm, Opaque: s.Opaque,
	}
	if len(s.QOP) > 0 {
		cred.QOP, cred.NC, cred.CNonce = "auth", fmt.Sprintf("%08x", s.count), rand.Text()
	}
	return cred, true
}

// remember keeps a challenge for later requests too, and its realm for good. Of two
// realms that ask for the first time at the same moment, one comes too late.
func (c *Client) remember(as As, ch Challenge) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bound && ch.Realm != c.realm {
		return ErrRealm
	}
	c.realm, c.bound = ch.Realm, true
	c.known[as] = &session{Challenge: ch}
	return nil
}

// forget sees to it that credentials which were refused are not sent unasked.
func (c *Client) forget(as As) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[as] = nil
}

// choose returns the challenge to answer: of our realm, the first that is better
// than MD5, or MD5 when there is no other (RFC 8760 §2.4).
func (c *Client) choose(res *gosip.Response, as As) (best Challenge, err error) {
	c.mu.Lock()
	realm, bound := c.realm, c.bound
	c.mu.Unlock()
	err = ErrNoChallenge
	found := false
	for _, h := range res.GetHeaders(as.challengeHeader()) {
		ch, e := ParseChallenge(h.Value())
		switch {
		case e != nil: // another scheme, or damaged
			continue
		case bound && ch.Realm != realm:
			e = fmt.Errorf("realm %.40q: %w", wire.Clean(ch.Realm), ErrRealm)
		default:
			e = ch.check()
		}
		if e != nil {
			err = e
			continue
		}
		if algorithm, _ := ParseAlgorithm(ch.Algorithm); algorithm != MD5 {
			return ch, nil
		}
		if !found {
			best, found = ch, true
		}
	}
	if found {
		return best, nil
	}
	return Challenge{}, err
}
