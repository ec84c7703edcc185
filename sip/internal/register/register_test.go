package register

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/trunk"
)

// line is a network with registrars in memory, asked for by the host of a target.
type line struct {
	registrars map[string]func(*gosip.Request) *gosip.Response // nil response: silence
	contacts   []string

	mu  sync.Mutex
	log []sent
}

type sent struct {
	at  time.Time
	to  string
	req *gosip.Request
}

func (l *line) Contacts(context.Context, trunk.Target) (list []gosip.Uri, err error) {
	for _, text := range l.contacts {
		var u gosip.Uri
		if err := gosip.ParseUri(text, &u); err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

func (l *line) Send(ctx context.Context, req *gosip.Request, to trunk.Target) (*gosip.Response, error) {
	l.mu.Lock()
	l.log = append(l.log, sent{time.Now(), to.Host, req})
	answer := l.registrars[to.Host]
	l.mu.Unlock()
	if answer != nil {
		if res := answer(req); res != nil {
			return res, nil
		}
	}
	timeout := time.NewTimer(4 * time.Second)
	defer timeout.Stop()
	select {
	case <-timeout.C:
		return nil, errors.New("no response within 4s")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// set changes how a registrar behaves.
func (l *line) set(host string, answer func(*gosip.Request) *gosip.Response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.registrars[host] = answer
}

// all returns what was sent so far, and forgets it.
func (l *line) all() []sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.log
	l.log = nil
	return list
}

// says returns a registrar with one answer: a status and headers such as
// "Retry-After: 5".
func says(code int, headers ...string) func(*gosip.Request) *gosip.Response {
	return func(*gosip.Request) *gosip.Response { return response(code, headers...) }
}

func response(code int, headers ...string) *gosip.Response {
	res := gosip.NewResponse(code, fmt.Sprint("Status ", code))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Contact" {
			c := gosip.ContactHeader{}
			var err error
			if c.DisplayName, err = gosip.ParseAddressValue(value, &c.Address, &c.Params); err != nil {
				panic(err)
			}
			res.AppendHeader(&c)
			continue
		}
		res.AppendHeader(gosip.NewHeader(name, value))
	}
	return res
}

// run keeps a registration with the registrars of the line for as long as the
// story goes, in a bubble where time is simulated.
func run(t *testing.T, l *line, change func(*Config), story func(*Registration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if l.contacts == nil {
			l.contacts = []string{"sip:192.0.2.9:5060"}
		}
		cfg := Config{
			Trunk: "carrier", Line: l, Log: slog.New(slog.DiscardHandler),
			Registration: trunk.Registration{User: "4930"}, Registrars: []trunk.Target{{Host: "one.example"}},
		}
		if change != nil {
			change(&cfg)
		}
		r, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { r.Run(ctx) })
		synctest.Wait()
		story(r)
		cancel()
		done.Wait()
		if s := r.Status(); s.State != Off || !s.Next.IsZero() || !s.Until.IsZero() {
			t.Errorf("in the end: %+v", s)
		}
	})
}

// pass lets so much time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func value(req *gosip.Request, name string) string {
	if h := req.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// TestLife is a day of a registration: what is sent, when, and the end of it.
func TestLife(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{
		"one.example": says(200, "Contact: <sip:4930@192.0.2.9:5060>;expires=600"),
	}}
	var words []State
	run(t, l, func(c *Config) { c.Changed = func(s Status) { words = append(words, s.State) } }, func(r *Registration) {
		s := r.Status()
		if s.State != Registered || s.Registrar != "one.example" || s.Code != 200 || s.Text != "Status 200" ||
			time.Until(s.Until) != 10*time.Minute || s.Next.After(s.Until) || s.Counts != (Counts{Registered: 1}) {
			t.Errorf("%+v", s)
		}
		pass(24 * time.Hour)
		if s := r.Status(); s.State != Registered {
			t.Errorf("%+v", s)
		}
	})
	list := l.all()
	if n := len(list); n < 24*60/9 || n > 24*60/7 {
		t.Errorf("%d requests in a day", n)
	}
	first, last := list[0].req, list[len(list)-1].req
	for i, x := range list {
		req := x.req
		if req.CallID().Value() != first.CallID().Value() || req.CSeq().SeqNo != uint32(i+1) || req.CSeq().MethodName != gosip.REGISTER {
			t.Fatalf("request %d: %s", i, req)
		}
		if i > 0 && i < len(list)-1 {
			if gap := x.at.Sub(list[i-1].at); gap < 450*time.Second || gap > 540*time.Second {
				t.Errorf("refreshed after %s", gap)
			}
		}
	}
	if first.Recipient.String() != "sip:one.example" || first.To().Address.String() != "sip:4930@one.example" ||
		first.From().Address.String() != "sip:4930@one.example" || value(first, "Contact") != "<sip:4930@192.0.2.9:5060>" ||
		value(first, "Expires") != "3600" || value(first, "Supported") != "path" || value(first, "Max-Forwards") != "70" {
		t.Errorf("%s", first)
	}
	if value(last, "Expires") != "0" || value(last, "Contact") != value(first, "Contact") {
		t.Errorf("at the end: %s", last)
	}
	if got := fmt.Sprint(words); got != "[trying registered off]" {
		t.Error(got)
	}
}

// TestContactsAndDomain has several contacts and names of its own.
func TestContactsAndDomain(t *testing.T) {
	l := &line{
		contacts:   []string{"sip:192.0.2.9:5060", "sip:192.0.2.9:5061;transport=tls", "sip:[2001:db8::9]:5060"},
		registrars: map[string]func(*gosip.Request) *gosip.Response{"proxy.example:5070": says(200)},
	}
	run(t, l, func(c *Config) {
		c.Registration = trunk.Registration{User: "a b", Domain: "home.example", Contact: "line#1", Expires: trunk.Duration(2 * time.Minute)}
		c.Registrars = []trunk.Target{{Host: "proxy.example:5070"}}
	}, func(r *Registration) {
		req := l.all()[0].req
		if req.Recipient.String() != "sip:home.example" || req.To().Address.String() != "sip:a%20b@home.example" || value(req, "Expires") != "120" {
			t.Errorf("%s", req)
		}
		var got []string
		for _, h := range req.GetHeaders("Contact") {
			got = append(got, h.Value())
		}
		if want := "<sip:line%231@192.0.2.9:5060> <sip:line%231@192.0.2.9:5061;transport=tls> <sip:line%231@[2001:db8::9]:5060>"; strings.Join(got, " ") != want {
			t.Errorf("got %s", got)
		}
		if s := r.Status(); s.State != Registered || time.Until(s.Until) != 2*time.Minute {
			t.Errorf("%+v", s)
		}
	})
}

// TestIPv6Registrar has an address for a domain.
func TestIPv6Registrar(t *testing.T) {
	const host = "[2001:db8::1]:5070"
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{host: says(200)}}
	run(t, l, func(c *Config) { c.Registrars = []trunk.Target{{Host: host}} }, func(r *Registration) {
		req := l.all()[0].req
		if req.Recipient.String() != "sip:[2001:db8::1]" || req.To().Address.String() != "sip:4930@[2001:db8::1]" {
			t.Errorf("%s", req)
		}
		if s := r.Status(); s.State != Registered || s.Registrar != host {
			t.Errorf("%+v", s)
		}
	})
}

// TestGranted reads what registrars answer.
func TestGranted(t *testing.T) {
	ours := []gosip.Uri{{Scheme: "sip", User: "4930", Host: "192.0.2.9", Port: 5060}, {Scheme: "sip", User: "4930", Host: "2001:db8::9", Port: 5060}}
	f := func(want int, headers ...string) {
		t.Helper()
		if got := granted(response(200, headers...), ours, time.Hour); got != time.Duration(want)*time.Second {
			t.Errorf("%s: %s, want %d s", headers, got, want)
		}
	}
	const mine = "Contact: <sip:4930@192.0.2.9:5060>"
	f(3600)
	f(3600, mine)
	f(600, mine, "Expires: 600")
	f(60, mine+";expires=60", "Expires: 600")
	f(60, mine+`;q=0.5;EXPIRES="60"`)
	f(600, mine+";expires=soon", "Expires: 600")
	f(3600, mine, "Expires: -1")
	f(0, mine+";expires=0")
	f(3600, mine, "Expires: 4294967295")
	f(3600, mine+";expires=99999999999999")
	f(60, "Contact: <sip:other@192.0.2.7>;expires=5", mine+";expires=60")
	f(3600, "Contact: <sip:other@192.0.2.7>;expires=5")
	f(60, "Contact: <sip:4930@198.51.100.3:40000;transport=udp>;expires=60", "Expires: 600") // rewritten
	f(60, "Contact: <sip:4930@198.51.100.3:40000>;expires=20", mine+";expires=60")           // an old one beside
	f(50, mine+";expires=60", "Contact: <sip:4930@[2001:db8:0::9]:5060>;expires=50")
	f(600, "Contact: *", "Expires: 600")
}

// TestChallenges lets a real verifier stand before the registrar.
func TestChallenges(t *testing.T) {
	var password atomic.Value
	password.Store("s3cret")
	guarded := func(as digest.As) func(*gosip.Request) *gosip.Response {
		v, err := digest.NewVerifier(digest.Policy{Realm: "home", Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return func(req *gosip.Request) *gosip.Response {
			who := v.Verify(req, as, func(string) (string, bool) { return "s3cret", true })
			if who.OK() && who.User == "alice" {
				return response(200, "Expires: 600")
			}
			res := response(who.Status)
			for _, h := range who.Headers {
				res.AppendHeader(h)
			}
			return res
		}
	}
	login := func(c *Config) {
		var err error
		c.Login, err = digest.NewClient(digest.Login{User: "alice", Password: func() (string, error) { return password.Load().(string), nil }})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, as := range []digest.As{digest.AsServer, digest.AsProxy} {
		l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{}}
		run(t, l, func(c *Config) { login(c); l.set("one.example", guarded(as)) }, func(r *Registration) {
			if s := r.Status(); s.State != Registered || len(l.all()) != 2 {
				t.Errorf("%+v", s)
			}
			pass(10 * time.Minute)
			if s := r.Status(); s.State != Registered || len(l.all()) != 1 {
				t.Errorf("a refresh: %+v", s)
			}
		})
		if n := len(l.all()); n != 1 {
			t.Errorf("unregistered with %d requests", n)
		}
	}
	password.Store("wrong")
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{}}
	run(t, l, func(c *Config) { login(c); l.set("one.example", guarded(digest.AsServer)) }, func(r *Registration) {
		s := r.Status()
		if s.State != Refused || s.Code != 401 || !strings.Contains(s.Text, "refused") || strings.Contains(s.Text, "wrong") || len(l.all()) != 2 {
			t.Errorf("%+v", s)
		}
		pass(time.Hour)
		if n := len(l.all()); n < 2*12 || n > 2*40 {
			t.Errorf("%d requests in an hour of refusals", n)
		}
		password.Store("s3cret")
		pass(4 * time.Minute)
		if s := r.Status(); s.State != Registered {
			t.Errorf("with the right password: %+v", s)
		}
	})
	l = &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(401, `WWW-Authenticate: Digest realm="x", nonce="y"`)}}
	run(t, l, nil, func(r *Registration) {
		if s := r.Status(); s.State != Refused || s.Code != 401 || len(l.all()) != 1 {
			t.Errorf("without a login: %+v", s)
		}
	})
}

// TestEndlessChallenges is AST-2020-002 for REGISTER.
func TestEndlessChallenges(t *testing.T) {
	n := 0
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": func(*gosip.Request) *gosip.Response {
		n++
		return response(401, fmt.Sprintf(`WWW-Authenticate: Digest realm="x", nonce="%d", stale=true`, n))
	}}}
	run(t, l, func(c *Config) {
		c.Login, _ = digest.NewClient(digest.Login{User: "alice", Password: func() (string, error) { return "x", nil }})
	}, func(r *Registration) {
		if s := r.Status(); s.State != Refused || n != 3 {
			t.Errorf("%d requests, %+v", n, s)
		}
	})
}

func TestIntervalTooBrief(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": func(req *gosip.Request) *gosip.Response {
		if e := value(req, "Expires"); e != "7200" && e != "0" {
			return response(423, "Min-Expires: 7200")
		}
		return response(200)
	}}}
	run(t, l, nil, func(r *Registration) {
		if s := r.Status(); s.State != Registered || time.Until(s.Until) != 2*time.Hour || len(l.all()) != 2 {
			t.Errorf("%+v", s)
		}
		pass(2 * time.Hour)
		if list := l.all(); len(list) != 1 || value(list[0].req, "Expires") != "7200" {
			t.Errorf("%d requests to refresh", len(list))
		}
	})
	for _, least := range []string{"", "Min-Expires: 10", "Min-Expires: x", "Min-Expires: 4000000000"} {
		l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(423, least)}}
		run(t, l, nil, func(r *Registration) {
			if s := r.Status(); s.State != Refused || s.Code != 423 || len(l.all()) != 1 {
				t.Errorf("%q: %+v", least, s)
			}
		})
	}
	more := 3600
	l = &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": func(*gosip.Request) *gosip.Response {
		more++
		return response(423, fmt.Sprint("Min-Expires: ", more))
	}}}
	run(t, l, nil, func(r *Registration) {
		if n := len(l.all()); n > maxSends {
			t.Errorf("%d requests to a registrar that wants ever more", n)
		}
	})
}
