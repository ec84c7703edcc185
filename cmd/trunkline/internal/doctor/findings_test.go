package doctor

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"trunkline/media/msg"
	"trunkline/sip"
	"trunkline/sip/sdp"
	"trunkline/sip/trunk"
)

// healthy are the facts of a call in which nothing was wrong.
func healthy() facts {
	line := func(addr string) sdp.Session {
		return sdp.Session{Media: []sdp.Media{{
			Kind: sdp.Audio, Port: 4000, Proto: "RTP/AVP", Addr: netip.MustParseAddr(addr),
			Formats: []sdp.Format{{PT: 8, Name: "PCMA", Clock: 8000}, {PT: 101, Name: "telephone-event", Clock: 8000}},
		}}}
	}
	ok := read("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nAllow: INVITE, ACK\r\nAllow: refer,UPDATE\r\nx: 1800;refresher=uas\r\nServer: Peer 1\r\n\r\n")
	ok.remote = netip.MustParseAddrPort("198.51.100.7:5060")
	held := line("198.51.100.8")
	held.Media[0].Direction = sdp.RecvOnly
	return facts{
		asked: &Config{To: "100", Ring: time.Minute, Bind: netip.MustParseAddr("192.0.2.1")},
		offer: line("192.0.2.1"), answer: line("198.51.100.8"), answered: true, early: true, rung: []int{183}, ours: true,
		stats: msg.Stats{PacketsIn: 100}, loud: time.Second, final: &ok, remote: ok.remote,
		hold: &change{over: true, answer: held}, resume: &change{over: true, answer: line("198.51.100.8")},
	}
}

// TestFindings: each line makes one thing of a healthy call different and expects
// what is said about it.
func TestFindings(t *testing.T) {
	f := func(change func(*facts), want ...string) {
		t.Helper()
		seen := healthy()
		change(&seen)
		var lines []string
		for _, found := range seen.findings() {
			lines = append(lines, found.String())
		}
		expect(t, lines, want...)
	}
	f(func(*facts) {}, "ok call: 100 was answered", "ok early media: 183", "ok codecs: spoken: PCMA", "ok keys: ", "ok sound: 100 packets",
		"ok hold: ", "ok resume: ", "ok transfer: REFER is allowed", "ok session timer: agreed on: 1800;refresher=uas",
		"note changes: sessions are changed by UPDATE as well", "note peer: Peer 1", "ok nat: ")
	f(func(s *facts) { s.answered, s.cause = false, sip.New(sip.NoAnswer, "") }, "fail call: 100 did not answer within 1m0s")
	f(func(s *facts) { s.answered, s.ours, s.cause = false, false, sip.FromStatus(403, "") }, "fail call: 100 was not answered: ")
	f(func(s *facts) { s.challenged = true }, "fail password: the trunk asks for a password and has no credentials")
	f(func(s *facts) { s.challenged, s.trunk.Credentials = true, &trunk.Credentials{} }, "ok password: ")
	f(func(s *facts) { s.challenged, s.trunk.Credentials, s.final = true, &trunk.Credentials{}, nil }, "fail password: the trunk asks again")
	f(func(s *facts) { s.early = false; s.rung = []int{180, 180}; s.reliable = true }, "ok ringing: 180, the first after 0s; reliable (PRACK)")
	f(func(s *facts) { s.trunk.EarlyMedia = "ignore" }, "note early media: 183")
	f(func(s *facts) { s.unusable = errors.New("no common codec") }, "fail codecs: the answer cannot be used: no common codec")
	f(func(s *facts) { s.answer.Media[0].Formats = s.answer.Media[0].Formats[:1] }, "warn keys: no events")
	f(func(s *facts) { s.answer.Media[0].Formats = s.answer.Media[0].Formats[:1]; s.trunk.DTMF = "info" }, "note keys: no events")
	f(func(s *facts) { s.trunk.SRTP = "optional" }, "warn encryption: SRTP was offered and not taken")
	f(func(s *facts) { s.answer.Media[0].Crypto = make([]sdp.Crypto, 1) }, "ok encryption: sound is encrypted")
	f(func(s *facts) { s.stats.PacketsIn = 0 }, "fail sound: one-way: no packet came back")
	f(func(s *facts) { s.stats.PacketsIn, s.stats.Foreign = 0, 9 }, "fail sound: one-way: 9 packets came, none from where the SDP says")
	f(func(s *facts) { s.loud = 0 }, "warn sound: packets came, but nothing was to be heard")
	f(func(s *facts) { s.stats.Lost, s.stats.RemoteLost = 100, 5 }, "warn loss: 50.0 %", "warn loss: the far side has lost 5")
	f(func(s *facts) { s.hold, s.resume = nil, nil }, "warn hold: not tried", "warn resume: not tried")
	f(func(s *facts) { s.hold = &change{err: errors.New("488")} }, "fail hold: the re-INVITE was not taken: 488")
	f(func(s *facts) { s.hold = s.resume }, "warn hold: taken, but answered with sendrecv")
	f(func(s *facts) { s.resume = s.hold }, "fail resume: answered with recvonly")
	f(func(s *facts) { s.final.fields = nil }, "note transfer: REFER is not in Allow", "note session timer: unknown", "note peer: does not say")
	f(func(s *facts) { s.answer.Media[0].Addr = netip.MustParseAddr("10.0.0.1") }, "warn nat: its SDP has the private address 10.0.0.1")
	f(func(s *facts) { s.answer.Media[0].Addr = netip.MustParseAddr("100.64.1.1"); s.trunk.NAT = true }, "note nat: its SDP has the private address")
	f(func(s *facts) { s.asked.Bind = netip.MustParseAddr("192.168.1.2") }, "warn nat: we are at the private address 192.168.1.2")
}

// FuzzRead: whatever passes the gate is taken apart without harm.
func FuzzRead(f *testing.F) {
	f.Add("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nk: timer, 100rel;x\r\n\r\nv=0\r\n")
	f.Add("INVITE sip:a@b SIP/2.0\r\nCSeq\r\n")
	f.Add("SIP/2.0 ")
	f.Fuzz(func(t *testing.T, text string) {
		m := read(text)
		if m.lists("supported", "timer") && len(m.fields["supported"]) == 0 {
			t.Errorf("%q lists what is not there", text)
		}
	})
}
