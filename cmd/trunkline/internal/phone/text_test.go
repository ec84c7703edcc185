package phone

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"trunkline/codecs"
	"trunkline/media/msg"
	"trunkline/media/record"
	"trunkline/sip"
)

func TestParseTarget(t *testing.T) {
	f := func(uri string, want target) {
		t.Helper()
		if got, err := parseTarget(uri); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", uri, got, err, want)
		}
	}
	f("sip:hotline@127.0.0.1", target{"127.0.0.1", 5060, sip.UDP})
	f("SIP:hotline@pbx.example:5080;transport=TCP", target{"pbx.example", 5080, sip.TCP})
	f("sip:127.0.0.1;lr", target{"127.0.0.1", 5060, sip.UDP})
	f("sip:a%40b@[::1]:5062?Subject=x", target{"::1", 5062, sip.UDP})
	f("sip:a@[::1]", target{"::1", 5060, sip.UDP})

	bad := func(uri, want string) {
		t.Helper()
		if _, err := parseTarget(uri); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", uri, err, want)
		}
	}
	bad("hotline@127.0.0.1", "not a SIP URI")
	bad("tel:123", "not a SIP URI")
	bad("sip:a@b:99999", "bad port")
	bad("sip:a@b;transport=sctp", "transport sctp")
	bad("sip:a@", "no host")
}

func TestParseFrom(t *testing.T) {
	local := netip.MustParseAddr("::1")
	f := func(from string, want sip.Party) {
		t.Helper()
		if got, err := parseFrom(from, local); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", from, got, err, want)
		}
	}
	f("", sip.Party{User: "phone", Host: "[::1]"})
	f("alice", sip.Party{User: "alice", Host: "[::1]"})
	f("sip:alice@example.com;x=y", sip.Party{User: "alice", Host: "example.com"})
	f(`"Alice A" <sip:%2B49@example.com>`, sip.Party{User: "+49", Host: "example.com", Display: "Alice A"})
	for _, bad := range []string{"sip:@host", "a b", "alice@", "a\r\nX: y"} {
		if got, err := parseFrom(bad, local); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, got)
		}
	}
}

func TestRung(t *testing.T) {
	f := func(message, want string) {
		t.Helper()
		if got := rung([]byte(strings.ReplaceAll(message, "\n", "\r\n"))); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("INVITE sip:a@b SIP/2.0\nCSeq: 1 INVITE\n\nv=0\n", "INVITE sip:a@b +SDP")
	f("SIP/2.0 180 Ringing\nVia: x\ncseq : 1 INVITE\n\n", "180 Ringing (INVITE)")
	f("SIP/2.0 200 OK\n\n", "200 OK")
	f("\xff", "?")
	f("", "")
}

func TestReportIsReadable(t *testing.T) {
	r := Report{
		Peer: "sip:hotline@127.0.0.1", Answered: true, Setup: 40 * time.Millisecond, Duration: 12300 * time.Millisecond,
		Cause: sip.Cause{Code: sip.Normal, Status: 200, Remote: true}, Codec: "PCMU", Keys: "2#",
		Stats:      msg.Stats{PacketsIn: 90, PacketsOut: 100, Lost: 10, Jitter: 300 * time.Microsecond, Foreign: 3},
		Recordings: []record.Info{{Path: "out.wav", Samples: 16000, Lost: 7}},
	}
	want := `sip:hotline@127.0.0.1: answered after 0.0 s, talked 12.3 s, the other side hung up
  PCMU, packets sent 100, received 90, lost 10 (10.0 %), late 0, duplicate 0, jitter 0.3 ms
  refused packets: 3 from strangers, 0 malformed
  keys pressed over there: 2#
  recorded out.wav, 2.0 s, 7 samples lost`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := r.verdict(); err != nil {
		t.Errorf("a good call was judged bad: %v", err)
	}
	r.Answered = false
	r.Cause = sip.FromStatus(486, "Busy Here")
	if got, want := r.String(), "not answered, we ended it: busy (SIP 486"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant it to say %q", got, want)
	}
	if err := r.verdict(); err == nil || !strings.Contains(err.Error(), "not answered: busy (SIP 486") {
		t.Errorf("got %v, want that it was busy", err)
	}
}

func TestFlags(t *testing.T) {
	parse := func(line string) (Config, error) {
		var cmd struct {
			Flags `embed:""`
		}
		parser, err := kong.New(&cmd)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(strings.Fields(line)); err != nil {
			return Config{}, err
		}
		return cmd.Config()
	}
	c, err := parse("sip:a@127.0.0.1 --tone 440 --say=hello,world --dtmf 2@5s --say again --hangup 20s --codecs pcma --header X-A:b -v")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, a := range c.Actions {
		order = append(order, a.Kind.String()+" "+a.Text)
	}
	if got, want := strings.Join(order, "; "), "tone 440; say hello,world; dtmf 2; say again"; got != want {
		t.Errorf("got the actions %q, want %q", got, want)
	}
	if c.Hangup != 20*time.Second || len(c.Codecs) != 1 || c.Codecs[0] != codecs.PCMA || !c.Verbose ||
		c.Headers[0] != [2]string{"X-A", "b"} || c.Ringing != time.Minute || c.Calls != 1 {
		t.Errorf("got %+v", c)
	}
	c, err = parse("--listen --bind 127.0.0.1:5090 --answer-after 2s --calls 0")
	if err != nil || c.To != "" || c.Bind.Port() != 5090 || c.Answer.After != 2*time.Second || c.Calls != 0 {
		t.Errorf("got %+v, %v", c, err)
	}

	bad := func(line, want string) {
		t.Helper()
		if _, err := parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", line, err, want)
		}
	}
	bad("", "give somebody to call")
	bad("sip:a@b --listen", "not both")
	bad("hotline", "not a SIP URI")
	bad("sip:a@b --from sip:@", "from")
	bad("--listen --ring --reject 486", "not both")
	bad("sip:a@b --dtmf 2x", "keys are")
	bad("sip:a@b --codecs speex", "not spoken")
	bad("--listen --bind nowhere", "address:port")
	bad("sip:a@b --header X", "Name: value")
	bad("sip:a@b --record a --record-both a", "same file")
	bad("--listen --calls 2 --record a", "one file holds one call")
}
