package phone

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"trunkline/call/negotiate"
)

// Flags is the phone's command line; the program embeds it in its call command.
type Flags struct {
	To string `arg:"" optional:"" help:"Whom to call: sip:user@host, sip:user@host:port;transport=tcp."`

	Listen      bool          `short:"l" help:"Wait for calls instead of placing one."`
	Bind        string        `placeholder:"ADDR:PORT" help:"Where to receive SIP. With --listen: 127.0.0.1:5070, else any free port."`
	AnswerAfter time.Duration `default:"0s" help:"With --listen: let it ring so long, then answer."`
	Reject      int           `placeholder:"STATUS" help:"With --listen: refuse calls with this SIP status, as 486."`
	Ring        bool          `help:"With --listen: never answer."`
	Calls       int           `default:"1" help:"With --listen: end after so many calls; 0 for never."`

	Say        sayFlags      `placeholder:"TEXT[@TIME]" help:"Say a text, as --say 'my balance@2s': 2 s after the answer. Without a time, one after the other. Repeatable, as are the next three."`
	Play       playFlags     `placeholder:"FILE[@TIME]" help:"Play a sound file (WAV, Ogg, MP3)."`
	Tone       toneFlags     `placeholder:"HZ[:LENGTH][@TIME]" help:"Play a tone: 440, 350+440, 440:2s@1s. Without a length it goes on."`
	DTMF       keyFlags      `name:"dtmf" placeholder:"KEYS[@TIME]" help:"Press keys: 2@5s."`
	WhenSilent bool          `help:"Hold each of these back until the other side has spoken and fallen silent."`
	Language   string        `default:"en-US" help:"Language of --say."`
	Hangup     time.Duration `placeholder:"TIME" help:"Hang up so long after the answer; else the other side does, or Ctrl-C."`
	Ringing    time.Duration `default:"60s" help:"Give up when nobody has answered after so long."`

	Record     string   `placeholder:"WAV" help:"Record what is heard."`
	RecordBoth string   `placeholder:"WAV" help:"Record in stereo: left what is heard, right what is said."`
	From       string   `help:"Who calls: user, sip:user@host, or 'Name <sip:user@host>'."`
	Header     []string `sep:"none" placeholder:"NAME:VALUE" help:"A further header of the INVITE. Repeatable."`
	Codecs     []string `default:"PCMU,PCMA" help:"What to speak, the most welcome first."`
	SRTP       string   `name:"srtp" default:"off" placeholder:"POLICY" help:"Encrypt sound (SRTP): off, optional, required."`
	NAT        bool     `name:"nat" help:"Send sound to where it comes from, whatever the other side's SDP says."`
	Verbose    bool     `short:"v" help:"Show every SIP message and what is said and heard."`
}

// Config reads the flags. Out and Synthesizer are left to the program.
func (f Flags) Config() (Config, error) {
	c := Config{
		To: f.To, From: f.From, NAT: f.NAT, Ringing: f.Ringing,
		Answer: Answer{After: f.AnswerAfter, Reject: f.Reject, Never: f.Ring}, Calls: f.Calls,
		Actions: f.actions(), WhenSilent: f.WhenSilent, Hangup: f.Hangup,
		Record: f.Record, RecordBoth: f.RecordBoth, Language: f.Language, Verbose: f.Verbose,
	}
	switch {
	case f.Listen && f.To != "":
		return c, errors.New("give somebody to call or --listen, not both")
	case !f.Listen && f.To == "":
		return c, errors.New("give somebody to call, as sip:hotline@127.0.0.1, or --listen")
	case f.Reject != 0 && f.Ring:
		return c, errors.New("give --reject or --ring, not both")
	case f.Record != "" && f.Record == f.RecordBoth:
		return c, errors.New("--record and --record-both name the same file")
	case f.Calls != 1 && f.Calls != 0 && (f.Record != "" || f.RecordBoth != ""):
		return c, errors.New("one file holds one call: use --record with --calls 1")
	}
	_, err := parseFrom(f.From, netip.IPv6Loopback())
	if f.To != "" && err == nil {
		_, err = parseTarget(f.To)
	}
	if err != nil {
		return c, err
	}
	if f.Bind != "" {
		if c.Bind, err = netip.ParseAddrPort(f.Bind); err != nil {
			return c, fmt.Errorf("--bind %q: write address:port, as 127.0.0.1:5070", f.Bind)
		}
	}
	for _, h := range f.Header {
		name, value, found := strings.Cut(h, ":")
		if !found || strings.TrimSpace(name) == "" {
			return c, fmt.Errorf("--header %q: write Name: value", h)
		}
		c.Headers = append(c.Headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	for _, name := range f.Codecs {
		ids, err := negotiate.Codecs([]string{name})
		if err != nil {
			return c, fmt.Errorf("--codecs %q: not spoken", name)
		}
		c.Codecs = append(c.Codecs, ids...)
	}
	if c.Secure, err = negotiate.PolicyNamed(f.SRTP); err != nil {
		return c, fmt.Errorf("--srtp %q: off, optional or required", f.SRTP)
	}
	return c, nil
}

// NeedsVoice reports whether something is to be said.
func (f Flags) NeedsVoice() bool { return len(f.Say) > 0 }

// flagged is an action and how many arguments followed its flag, which tells the
// order in which flags of different names were given.
type flagged struct {
	Action
	after int
}

// One type for each flag, since the type is all that a decoder is told.
type (
	sayFlags  []flagged
	playFlags []flagged
	toneFlags []flagged
	keyFlags  []flagged
)

// Decode adds one --say.
func (s *sayFlags) Decode(ctx *kong.DecodeContext) error { return decode(ctx, Say, (*[]flagged)(s)) }

// Decode adds one --play.
func (s *playFlags) Decode(ctx *kong.DecodeContext) error { return decode(ctx, Play, (*[]flagged)(s)) }

// Decode adds one --tone.
func (s *toneFlags) Decode(ctx *kong.DecodeContext) error { return decode(ctx, Tone, (*[]flagged)(s)) }

// Decode adds one --dtmf.
func (s *keyFlags) Decode(ctx *kong.DecodeContext) error { return decode(ctx, Keys, (*[]flagged)(s)) }

func decode(ctx *kong.DecodeContext, k Kind, to *[]flagged) error {
	var text string
	if err := ctx.Scan.PopValueInto("value", &text); err != nil {
		return err
	}
	a, err := ParseAction(k, text)
	if err != nil {
		return err
	}
	*to = append(*to, flagged{a, ctx.Scan.Len()})
	return nil
}

// actions returns what is to be done, in the order of the command line.
func (f Flags) actions() []Action {
	all := slices.Concat([]flagged(f.Say), []flagged(f.Play), []flagged(f.Tone), []flagged(f.DTMF))
	slices.SortStableFunc(all, func(a, b flagged) int { return b.after - a.after })
	var list []Action
	for _, a := range all {
		list = append(list, a.Action)
	}
	return list
}
