package register

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/trunk"
)

func two(c *Config) { c.Registrars = []trunk.Target{{Host: "one.example"}, {Host: "two.example"}} }

// TestFailOver goes to the second registrar for what the first cannot do, and not
// for what it will not do.
func TestFailOver(t *testing.T) {
	f := func(word State, to string, first func(*gosip.Request) *gosip.Response) {
		t.Helper()
		l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": first, "two.example": says(200)}}
		run(t, l, two, func(r *Registration) {
			pass(5 * time.Second)
			if s := r.Status(); s.State != word || s.Registrar != to {
				t.Errorf("%+v, want %s at %s", s, word, to)
			}
		})
	}
	f(Registered, "one.example", says(200))
	f(Registered, "two.example", nil)
	for _, code := range []int{408, 500, 502, 503, 504, 580} {
		f(Registered, "two.example", says(code, "Retry-After: 3600"))
	}
	for _, code := range []int{302, 400, 401, 403, 404, 407, 423, 480, 600, 603} {
		f(Refused, "one.example", says(code))
	}
	f(Refused, "one.example", says(200, "Contact: <sip:4930@192.0.2.9:5060>;expires=0"))
}

// TestReturn holds that the first registrar gets us back when it lives again.
func TestReturn(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"two.example": says(200, "Expires: 600")}}
	run(t, l, two, func(r *Registration) {
		pass(5 * time.Second)
		if s := r.Status(); s.Registrar != "two.example" || s.Counts != (Counts{Registered: 1, Failed: 1}) {
			t.Errorf("%+v", s)
		}
		pass(20 * time.Minute)
		if s := r.Status(); s.Registrar != "two.example" || s.State != Registered {
			t.Errorf("%+v", s)
		}
		l.set("one.example", says(200, "Expires: 600"))
		pass(10 * time.Minute)
		if s := r.Status(); s.Registrar != "one.example" || s.State != Registered {
			t.Errorf("%+v", s)
		}
		l.all()
	})
	if list := l.all(); len(list) != 1 || list[0].to != "one.example" || value(list[0].req, "Expires") != "0" {
		t.Errorf("unregistered at %v", list)
	}
}

// TestBackOff holds that a dead registrar is asked ever less often, but at least
// every few minutes, and that a binding is said to stand for as long as it does.
func TestBackOff(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(200, "Expires: 600")}}
	run(t, l, nil, func(r *Registration) {
		until := r.Status().Until
		l.set("one.example", says(503))
		l.all()
		pass(time.Until(until) - 1)
		if s := r.Status(); s.State != Registered || s.Code != 503 || s.Counts.Failed == 0 || !s.Until.Equal(until) {
			t.Errorf("while the binding stands: %+v", s)
		}
		pass(1)
		if s := r.Status(); s.State != Failed || !s.Since.Equal(until) || !s.Until.IsZero() {
			t.Errorf("afterwards: %+v", s)
		}
		pass(5 * time.Hour)
		list := l.all()
		gap := list[1].at.Sub(list[0].at)
		if gap < firstPause/2 || gap > firstPause {
			t.Errorf("first pause %s", gap)
		}
		var gaps []time.Duration
		for i := len(list) - 50; i < len(list); i++ {
			gaps = append(gaps, list[i].at.Sub(list[i-1].at))
		}
		slices.Sort(gaps)
		if gaps[0] < maxPause/2 || gaps[49] > maxPause || gaps[49]-gaps[0] < maxPause/10 {
			t.Errorf("pauses in the end: %s to %s", gaps[0], gaps[49])
		}
		l.set("one.example", says(200))
		pass(maxPause)
		if s := r.Status(); s.State != Registered {
			t.Errorf("%+v", s)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	f := func(text string, want time.Duration) {
		t.Helper()
		if got := retryAfter(response(503, "Retry-After: "+text)); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
	f("120", 2*time.Minute)
	f("120 (I am in a meeting);duration=60", 2*time.Minute)
	f("120;duration=60", 2*time.Minute)
	f("1000000", time.Hour)
	f("99999999999999999999", time.Hour)
	f("soon", 0)
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(503, "Retry-After: 1800")}}
	run(t, l, nil, func(r *Registration) {
		if s := r.Status(); time.Until(s.Next) != 30*time.Minute || s.State != Failed {
			t.Errorf("%+v", s)
		}
	})
}

// TestHostileGrant holds that no registrar makes us busy.
func TestHostileGrant(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(200, "Expires: 1")}}
	run(t, l, nil, func(r *Registration) {
		pass(time.Hour)
		if n := len(l.all()); n > 721 {
			t.Errorf("%d requests in an hour", n)
		}
	})
}

// TestTheEnd holds that it comes in bounded time, whatever the registrar does.
func TestTheEnd(t *testing.T) {
	silent := map[string]func(*gosip.Request) *gosip.Response{"one.example": says(200)}
	l := &line{registrars: silent}
	var began time.Time
	run(t, l, nil, func(*Registration) {
		l.set("one.example", nil)
		began = time.Now()
		l.all()
	})
	if list := l.all(); len(list) != 1 || !list[0].at.Equal(began) || value(list[0].req, "Expires") != "0" {
		t.Errorf("%v", list)
	}
	l = &line{registrars: map[string]func(*gosip.Request) *gosip.Response{}}
	run(t, l, nil, func(*Registration) {}) // while the first REGISTER has no answer yet
	if list := l.all(); len(list) != 2 || value(list[1].req, "Expires") != "0" {
		t.Errorf("a REGISTER that may have arrived is not taken back: %v", list)
	}
	l = &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(403)}}
	run(t, l, nil, func(*Registration) {})
	if n := len(l.all()); n != 1 {
		t.Errorf("%d requests where nothing was registered", n)
	}
}

func TestServiceRoute(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"one.example": says(200, "Expires: 600",
		"Service-Route: <sip:p1.example;lr>, \"a, b\" <sip:p2.example:5070;lr>", "Service-Route: <sip:p3.example;lr>, junk, *",
		"Path: <sip:edge.example;lr>")}}
	run(t, l, nil, func(r *Registration) {
		s := r.Status()
		if !slices.Equal(s.Routes, []string{"sip:p1.example;lr", "sip:p2.example:5070;lr", "sip:p3.example;lr"}) ||
			!slices.Equal(s.Path, []string{"sip:edge.example;lr"}) {
			t.Errorf("%q, %q", s.Routes, s.Path)
		}
		if got := r.ServiceRoute(); len(got) != 3 || got[1].Host != "p2.example" || got[1].Port != 5070 {
			t.Errorf("%v", got)
		}
		l.set("one.example", says(403))
		pass(10 * time.Minute)
		if s := r.Status(); s.State != Refused || s.Routes != nil || r.ServiceRoute() != nil {
			t.Errorf("%+v", s)
		}
	})
}

func TestRegistrars(t *testing.T) {
	tr := &trunk.Trunk{
		Targets:  []trunk.Target{{Host: "a.example"}, {Host: "b.example", Transport: "tls"}},
		Register: []trunk.Registration{{User: "x"}, {User: "y", Registrar: "c.example"}},
	}
	if got := Registrars(tr, 0); !slices.Equal(got, tr.Targets) {
		t.Error(got)
	}
	if got := Registrars(tr, 1); !slices.Equal(got, []trunk.Target{{Host: "c.example"}}) {
		t.Error(got)
	}
	tr.Targets = tr.Targets[1:]
	if got := Registrars(tr, 1); !slices.Equal(got, []trunk.Target{{Host: "c.example", Transport: "tls"}}) {
		t.Error(got)
	}
	tr.Targets = nil
	if got := Registrars(tr, 1); !slices.Equal(got, []trunk.Target{{Host: "c.example"}}) {
		t.Error(got)
	}
}

func TestBadConfig(t *testing.T) {
	good := Config{
		Line: &line{}, Log: slog.New(slog.DiscardHandler),
		Registration: trunk.Registration{User: "x"}, Registrars: []trunk.Target{{Host: "a"}},
	}
	f := func(want bool, change func(*Config)) {
		t.Helper()
		cfg := good
		change(&cfg)
		if _, err := New(cfg); (err == nil) != want {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	f(true, func(*Config) {})
	f(false, func(c *Config) { c.Line = nil })
	f(false, func(c *Config) { c.Log = nil })
	f(false, func(c *Config) { c.Registration.User = "" })
	f(false, func(c *Config) { c.Registrars = nil })
}

// TestNoWay is what happens when we cannot even ask: the registrar's name is
// nonsense, we have no address, the password file is gone.
func TestNoWay(t *testing.T) {
	l := &line{registrars: map[string]func(*gosip.Request) *gosip.Response{"two.example": says(200)}}
	run(t, l, func(c *Config) { c.Registrars = []trunk.Target{{Host: "a b"}, {Host: "two.example"}} }, func(r *Registration) {
		if s := r.Status(); s.State != Registered || s.Counts.Failed != 1 {
			t.Errorf("%+v", s)
		}
	})
	l = &line{contacts: []string{}, registrars: map[string]func(*gosip.Request) *gosip.Response{}}
	run(t, l, nil, func(r *Registration) {
		if s := r.Status(); s.State != Failed || s.Text == "" || len(l.all()) != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// FuzzAnswer holds that no response confuses us for long.
func FuzzAnswer(f *testing.F) {
	f.Add("3600", "120 (x)")
	f.Add("-1", ";")
	f.Fuzz(func(t *testing.T, seconds, after string) {
		res := gosip.NewResponse(200, "OK")
		res.AppendHeader(gosip.NewHeader("Expires", seconds))
		res.AppendHeader(gosip.NewHeader("Min-Expires", seconds))
		res.AppendHeader(gosip.NewHeader("Retry-After", after))
		expires := time.Hour
		if longer(res, &expires) && (expires <= time.Hour || expires > maxExpires) {
			t.Errorf("asks for %s", expires)
		}
		if d := granted(res, nil, time.Hour); d < 0 || d > time.Hour {
			t.Errorf("granted %s", d)
		}
		if d := retryAfter(res); d < 0 || d > maxAfter {
			t.Errorf("waits %s", d)
		}
	})
}
