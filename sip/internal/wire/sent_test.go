package wire

import (
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

const whole = "OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: \"A B\" <sip:f@h>;tag=x\r\n" +
	"To: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

func sent(t testing.TB) *gosip.Request {
	t.Helper()
	m, err := gosip.ParseMessage([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*gosip.Request)
}

func TestCheckSent(t *testing.T) {
	if err := CheckSent(sent(t)); err != nil {
		t.Errorf("a good one: %v", err)
	}
	res := gosip.NewResponseFromRequest(sent(t), 200, "OK", nil)
	if err := CheckSent(res); err != nil {
		t.Errorf("a good response: %v", err)
	}
	res.Reason = "OK\r\nX: y"
	if CheckSent(res) == nil {
		t.Error("a reason phrase that breaks out is sent")
	}
	f := func(what string, spoil func(*gosip.Request)) {
		t.Helper()
		req := sent(t)
		spoil(req)
		if CheckSent(req) == nil {
			t.Errorf("%s: is sent as\n%s", what, req)
		}
	}
	f("value", func(r *gosip.Request) { r.AppendHeader(gosip.NewHeader("X", "a\r\nEvil: b")) })
	f("lone LF", func(r *gosip.Request) { r.AppendHeader(gosip.NewHeader("X", "a\nEvil: b")) })
	f("NUL", func(r *gosip.Request) { r.AppendHeader(gosip.NewHeader("X", "a\x00b")) })
	f("name", func(r *gosip.Request) { r.AppendHeader(gosip.NewHeader("X: y\r\nZ", "a")) })
	f("long", func(r *gosip.Request) { r.AppendHeader(gosip.NewHeader("X", strings.Repeat("y", maxLine))) })
	f("user", func(r *gosip.Request) { r.Recipient.User = "a\r\nX: " })
	f("blank in the URI", func(r *gosip.Request) { r.Recipient.User = "a b" })
	f("display", func(r *gosip.Request) { r.From().DisplayName = "a\r\nb" })
	f("tag", func(r *gosip.Request) { r.To().Params = gosip.HeaderParams{{K: "tag", V: "a\r\n"}} })
	f("method", func(r *gosip.Request) { r.Method = "A B" })
	f("another method", func(r *gosip.Request) { r.Method = gosip.BYE })
	f("no Call-ID", func(r *gosip.Request) { r.RemoveHeader("Call-ID") })
	f("large", func(r *gosip.Request) { r.SetBody(make([]byte, MaxMessage)) })
}

// FuzzCheckSent puts anything into a message: what may be sent is read as the same
// number of headers.
func FuzzCheckSent(f *testing.F) {
	f.Add("X", "y", "a", "b")
	f.Add("X\r\nY", "y\r\n\r\nz", "a@h SIP/2.0\r\nX: ", "\"")
	f.Fuzz(func(t *testing.T, name, value, user, display string) {
		req := sent(t)
		req.AppendHeader(gosip.NewHeader(name, value))
		req.Recipient.User, req.From().DisplayName = user, display
		if CheckSent(req) != nil {
			return
		}
		head, body, _ := strings.Cut(req.String(), "\r\n\r\n")
		if body != "" || strings.Count(head, "\n") != len(req.Headers()) || strings.Contains(head, "\x00") {
			t.Errorf("may be sent:\n%q", req.String())
		}
	})
}
