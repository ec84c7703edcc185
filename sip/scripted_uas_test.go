package sip

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
	"trunkline/sip/internal/dialog"
)

// TestLostAck holds that a 200 is repeated until its ACK, and no longer.
func TestLostAck(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "lost", "", 1, sdpType+offerSDP))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	first := p.recv("SIP/2.0 200")
	for range 2 {
		if again := p.recv("SIP/2.0 200"); again != first {
			t.Fatalf("repeated as\n%s\nfirst was\n%s", again, first)
		}
	}
	s.quiet(t)
	ack := p.request("ACK", "lost", tagOf(headerOf(first, "To")), 1)
	p.send(ack)
	p.send(ack) // twice is harmless
	s.next(t, Confirmed)
	repeats := 0
	for p.any(150*time.Millisecond) != "" { // one may have been on its way
		repeats++
	}
	if repeats > 1 {
		t.Errorf("%d more after the ACK", repeats)
	}
	hungUp(t, e, p, s)
}

// TestNoAckEver holds that a call nobody acknowledges ends by BYE.
func TestNoAckEver(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "noack", "", 1, sdpType+offerSDP))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	msg := p.recv("SIP/2.0 200")
	for strings.HasPrefix(msg, "SIP/2.0 200") {
		msg = p.any(patience)
	}
	if !strings.HasPrefix(msg, "BYE ") {
		t.Fatalf("got\n%s", msg)
	}
	p.send(p.respond(msg, 200, ""))
	if c := s.ended(t, Unreachable, true); c.Q850 != 102 {
		t.Errorf("ended by %+v", c)
	}
	idle(t, e)
}

// TestHangupBeforeAck holds that the BYE waits for the ACK (RFC 3261 §15).
func TestHangupBeforeAck(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "early", "", 1, sdpType+offerSDP))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.recv("SIP/2.0 200")
	s.Hangup(New(Normal, ""))
	s.ended(t, Normal, false) // whoever hung up is free at once
	for range 2 {
		p.recv("SIP/2.0 200") // the wire takes its time
	}
	p.send(p.request("ACK", "early", tagOf(headerOf(ok, "To")), 1))
	msg := p.any(patience)
	for strings.HasPrefix(msg, "SIP/2.0 200") {
		msg = p.any(patience)
	}
	if !strings.HasPrefix(msg, "BYE ") {
		t.Fatalf("got\n%s", msg)
	}
	p.send(p.respond(msg, 200, ""))
	idle(t, e)
}

func TestDelayedOffer(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "delayed", "", 1))
	in := <-calls
	if len(in.Offer) != 0 {
		t.Errorf("offer %q", in.Offer)
	}
	if err := in.Answer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	ok := p.recv("SIP/2.0 200")
	if !strings.HasSuffix(ok, offerSDP) {
		t.Errorf("no offer in\n%s", ok)
	}
	p.send(p.request("ACK", "delayed", tagOf(headerOf(ok, "To")), 1, sdpType+answerSDP))
	if ev := s.next(t, Confirmed); string(ev.SDP) != answerSDP {
		t.Errorf("confirmed by %s", tell(ev))
	}
	hungUp(t, e, p, s)
}

// TestCancelled holds that the refusal after a CANCEL carries the tag of the
// ringing before it.
func TestCancelled(t *testing.T) {
	e, p, calls, s := called(t, nil)
	invite := p.request("INVITE", "cancel", "", 7, sdpType+offerSDP)
	p.send(invite)
	in := <-calls
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	tag := tagOf(headerOf(p.recv("SIP/2.0 180"), "To"))
	p.send(p.request("CANCEL", "cancel", "", 7, `Reason: Q.850;cause=26;text="elsewhere"`))
	if got := headerOf(p.recv("SIP/2.0 200"), "CSeq"); got != "7 CANCEL" {
		t.Errorf("200 for %q", got)
	}
	refusal := p.recv("SIP/2.0 487")
	if got := tagOf(headerOf(refusal, "To")); got != tag || tag == "" {
		t.Errorf("487 with tag %q, 180 with %q", got, tag)
	}
	p.send(strings.Replace(p.request("ACK", "cancel", tag, 7), "cancel2", "cancel1", 1))
	if c := s.ended(t, Cancelled, true); c.Q850 != 26 {
		t.Errorf("ended by %+v", c)
	}
	if err := in.Answer([]byte(answerSDP)); !errors.Is(err, dialog.ErrPast) {
		t.Errorf("answered a cancelled call: %v", err)
	}
	idle(t, e)
}

// TestCancelOvertakes sends the CANCEL right behind the INVITE, again and again:
// it always finds it.
func TestCancelOvertakes(t *testing.T) {
	e := open(t, loopback(nil), func(in *Incoming) { in.Handle(func(Event) {}); _ = in.Ring() })
	p := newPeer(t, "127.0.0.1").calls(e)
	for i := range 20 {
		id := "fast" + string(rune('a'+i))
		p.send(p.request("INVITE", id, "", 1, sdpType+offerSDP))
		p.send(p.request("CANCEL", id, "", 1))
		cancelled, refused := false, false
		for !cancelled || !refused {
			switch msg := p.any(patience); {
			case strings.HasPrefix(msg, "SIP/2.0 200") && headerOf(msg, "CSeq") == "1 CANCEL":
				cancelled = true
			case strings.HasPrefix(msg, "SIP/2.0 487"):
				refused = true
				ack := p.request("ACK", id, tagOf(headerOf(msg, "To")), 1)
				p.n--
				p.send(strings.Replace(ack, ";branch="+branchIn(ack), ";branch="+branchIn(msg), 1))
			case strings.HasPrefix(msg, "SIP/2.0 1"):
			default:
				t.Fatalf("%s: got %q", id, msg)
			}
		}
	}
	idle(t, e)
}

func branchIn(msg string) string {
	_, rest, _ := strings.Cut(msg, ";branch=")
	if i := strings.IndexAny(rest, ";\r\n"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// TestInDialog sends requests with right and wrong tags into a call.
func TestInDialog(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "dialog")
	f := func(request, want string, headers ...string) {
		t.Helper()
		p.send(request)
		got := p.recv(want)
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			if headerOf(got, name) != value {
				t.Errorf("%q: %s is %q, want %q", want, name, headerOf(got, name), value)
			}
		}
		s.quiet(t)
	}
	f(p.request("BYE", "dialog", "wrong", 2), "SIP/2.0 481")
	f(p.request("BYE", "other", tag, 2), "SIP/2.0 481")
	f(strings.Replace(p.request("BYE", "dialog", tag, 2), "peertag", "stranger", 1), "SIP/2.0 481")
	f(p.request("BYE", "dialog", "", 2), "SIP/2.0 481")
	f(p.request("INVITE", "dialog", "wrong", 2, sdpType+offerSDP), "SIP/2.0 481")
	p.send(p.request("ACK", "dialog", "wrong", 2))
	f(p.request("UPDATE", "dialog", "wrong", 2), "SIP/2.0 481")
	f(p.request("INFO", "dialog", tag, 3), "SIP/2.0 200")
	f(p.request("INFO", "dialog", tag, 4, "Content-Type: text/plain\n\nhello\r\n"), "SIP/2.0 415")
	f(p.request("INFO", "dialog", tag, 4, "Content-Type: application/dtmf-relay\n\nDuration=5\r\n"), "SIP/2.0 400")
	f(p.request("INFO", "dialog", tag, 4, "Content-Type: application/dtmf\n\n77\r\n"), "SIP/2.0 400")
	f(p.request("UPDATE", "dialog", tag, 5), "SIP/2.0 200")
	f(p.request("OPTIONS", "dialog", tag, 6), "SIP/2.0 200", "Allow: "+dialog.Allow, "Accept: application/sdp")
	f(p.request("REFER", "dialog", tag, 7), "SIP/2.0 403", `Reason: SIP;cause=403;text="refer_refused"`)
	f(p.request("MESSAGE", "dialog", tag, 8, "Content-Type: text/plain\n\nhi"), "SIP/2.0 405")
	f(p.request("SUBSCRIBE", "dialog", tag, 8, "Event: presence"), "SIP/2.0 405", "Allow: "+dialog.Allow)
	f(p.request("INFO", "dialog", tag, 2), "SIP/2.0 500")
	p.send(p.request("UPDATE", "dialog", tag, 9, sdpType+offerSDP))
	if ev := s.next(t, Reoffered); string(ev.SDP) != offerSDP {
		t.Errorf("UPDATE gave %s", tell(ev))
	}
	if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	if ok := p.recv("SIP/2.0 200"); !strings.HasSuffix(ok, answerSDP) {
		t.Errorf("UPDATE answered by\n%s", ok)
	}
	p.send(p.request("BYE", "dialog", tag, 10))
	p.recv("SIP/2.0 200")
	s.ended(t, Normal, true)
	idle(t, e)
}

// TestReinvitePending holds that a second offer is turned away while one is open,
// and that a re-INVITE without an offer asks for ours.
func TestReinvitePending(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "re")
	p.send(p.request("INVITE", "re", tag, 2, sdpType+offerSDP))
	s.next(t, Reoffered)
	p.send(p.request("UPDATE", "re", tag, 3, sdpType+offerSDP))
	if later := headerOf(p.recv("SIP/2.0 500"), "Retry-After"); later == "" { // RFC 3311 §5.2
		t.Error("no Retry-After")
	}
	if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	p.recv("SIP/2.0 200")
	p.send(p.request("ACK", "re", tag, 2))
	p.send(p.request("INVITE", "re", tag, 4))
	msg := p.any(patience)
	for strings.HasPrefix(msg, "SIP/2.0 200") { // repeated before the ACK came
		msg = p.any(patience)
	}
	if ev := s.next(t, Reoffered); len(ev.SDP) != 0 {
		t.Errorf("got %s", tell(ev))
	}
	if err := s.AnswerReoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	p.recv("SIP/2.0 200")
	p.send(p.request("ACK", "re", tag, 4, sdpType+answerSDP))
	if ev := s.next(t, Confirmed); string(ev.SDP) != answerSDP {
		t.Errorf("got %s", tell(ev))
	}
	p.send(p.request("BYE", "re", tag, 5))
	for msg := p.any(patience); headerOf(msg, "CSeq") != "5 BYE"; msg = p.any(patience) {
		if msg == "" {
			t.Fatal("no answer to BYE")
		}
	}
	s.ended(t, Normal, true)
	idle(t, e)
}

// heap is how much memory is in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestReinviteIsForgotten holds that a dialog keeps nothing of a re-INVITE that is
// over: a long call has many, and a hostile peer thousands a second.
func TestReinviteIsForgotten(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "many")
	filler := "X: " + strings.Repeat("y", 6000) + "\n"
	before := heap()
	for seq := 2; seq < 202; seq++ {
		p.send(p.request("INVITE", "many", tag, seq, filler+sdpType+offerSDP))
		s.next(t, Reoffered)
		if err := s.AnswerReoffer([]byte(answerSDP)); err != nil {
			t.Fatal(err)
		}
		for msg := ""; headerOf(msg, "CSeq") != fmt.Sprintf("%d INVITE", seq) || !strings.HasPrefix(msg, "SIP/2.0 200"); {
			if msg = p.any(patience); msg == "" {
				t.Fatal("no answer to a re-INVITE")
			}
		}
		p.send(p.request("ACK", "many", tag, seq))
	}
	until(t, "the re-INVITEs to be forgotten", func() bool { return int64(heap())-int64(before) < 400_000 })
	runtime.KeepAlive(s.Dialog)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// TestOutsideDialog holds what becomes of requests that open no call.
func TestOutsideDialog(t *testing.T) {
	e, p, calls, s := called(t, nil)
	f := func(request, want string) {
		t.Helper()
		p.send(request)
		p.recv(want)
	}
	f(p.request("OPTIONS", "o1", "", 1), "SIP/2.0 200")
	for _, method := range []string{"REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "FROB"} {
		f(p.request(method, "o2"+method, "", 1), "SIP/2.0 405")
	}
	f(p.request("BYE", "o3", "", 1), "SIP/2.0 481")
	f(p.request("PRACK", "o13", "", 1), "SIP/2.0 481")
	f(p.request("INFO", "o4", "", 1), "SIP/2.0 481")
	p.request("INVITE", "o5", "", 1) // counts a branch, is not sent
	f(p.request("CANCEL", "o5", "", 1), "SIP/2.0 481")
	f(p.request("INVITE", "o6", "", 1, "Content-Type: text/plain\n\nhello"), "SIP/2.0 415")
	f(p.request("INVITE", "o7", "", 1, "Require: 100rel, foo"), "SIP/2.0 420")
	f(p.request("INVITE", "o8", "", 1, "Contact: <sip:other@example.com>"), "SIP/2.0 400")
	f(p.request("OPTIONS", "o9", "", 1, "X: a\x00b"), "SIP/2.0 400")
	f(p.request("OPTIONS", "o10", "", 1, strings.TrimSuffix(strings.Repeat("X: y\n", 300), "\n")), "SIP/2.0 400")
	f(p.request("OPTIONS", "o11", "", 1, "X: "+strings.Repeat("y", 9000)), "SIP/2.0 400")
	f(p.request("INVITE", "o12", "", 1, "X: y\n\n"+strings.Repeat("z", 40000)), "SIP/2.0 415")

	again := p.request("INVITE", "forked", "", 1, sdpType+offerSDP)
	p.send(again)
	in := <-calls
	f(strings.Replace(again, "branch=", "branch=z9hG4bKother", 1), "SIP/2.0 482")
	in.Hangup(New(Busy, ""))
	p.recv("SIP/2.0 486")
	s.ended(t, Busy, false)
	idle(t, e)
}

// TestByeOfEarlyDialog lets the caller end a ringing call by BYE.
func TestByeOfEarlyDialog(t *testing.T) {
	e, p, calls, s := called(t, nil)
	p.send(p.request("INVITE", "earlybye", "", 1, sdpType+offerSDP))
	if err := (<-calls).Ring(); err != nil {
		t.Fatal(err)
	}
	tag := tagOf(headerOf(p.recv("SIP/2.0 180"), "To"))
	p.send(p.request("BYE", "earlybye", tag, 2))
	got := p.recv("SIP/2.0 ")
	for !strings.HasPrefix(got, "SIP/2.0 487") {
		got = p.recv("SIP/2.0 ")
	}
	s.ended(t, Cancelled, true)
	idle(t, e)
}

// TestRingsOn holds that the ringing is repeated, for the proxies on the way.
func TestRingsOn(t *testing.T) {
	times := quick()
	times.Ring = 30 * time.Millisecond
	rings := make(chan *Incoming, 1)
	e, err := listen(loopback(nil), func(in *Incoming) { in.Handle(func(Event) {}); rings <- in }, times)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	p := newPeer(t, "127.0.0.1").calls(e)
	p.send(p.request("INVITE", "rings", "", 1, sdpType+offerSDP))
	in := <-rings
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.recv("SIP/2.0 180")
	}
	in.Hangup(New(Busy, ""))
	for !strings.HasPrefix(p.recv("SIP/2.0 "), "SIP/2.0 486") {
	}
}

// TestConnectionLost holds that a call whose TCP connection breaks before it is
// answered does not live on.
func TestConnectionLost(t *testing.T) {
	s := newSide()
	came := make(chan struct{})
	e := open(t, loopback(nil), func(in *Incoming) { s.Dialog = in.Dialog; in.Handle(s.sink); close(came) })
	p := newPeer(t, "127.0.0.1").calls(e)
	conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(p.request("INVITE", "tcplost", "", 1), "/UDP", "/TCP", 1)
	mustWrite(t, conn, []byte(strings.ReplaceAll(text, "\n", "\r\n")+"\r\nContent-Length: 0\r\n\r\n"))
	<-came
	conn.Close()
	until(t, "the connection to be forgotten", func() bool { return !e.sockets.Connected(addrPortOf(conn.LocalAddr())) })
	_ = s.Ring() // writing shows it
	s.ended(t, Unreachable, true)
	idle(t, e)
}
