// Package phone is the SIP phone behind "trunkline call": it places or takes a
// call, speaks, plays, presses keys, records what it hears, and says in the end
// how it went.
//
// Run owns everything for its time: one endpoint, one media thread, one line at
// a time. A line is one goroutine with one mailbox, as every call is; the script
// of what to say runs beside it and only makes wishes. The phone shares the
// server's parts but none of its state, takes its sound from whoever calls it
// (a Synthesizer, files), and never retries: what it saw is what it reports.
package phone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"trunkline/call/negotiate"
	"trunkline/codecs"
	"trunkline/media"
	"trunkline/sip"
	"trunkline/speech"
)

// Config says what the phone shall do.
type Config struct {
	To      string         // SIP URI to call; empty: wait for calls
	Bind    netip.AddrPort // where SIP is received; invalid: chosen to suit To, or 127.0.0.1:5070
	From    string         // user, SIP URI, or "Name <sip:user@host>"; "" is "phone"
	Headers [][2]string    // further headers of the INVITE
	Codecs  []codecs.ID    // what is spoken, the most welcome first; none: PCMU, PCMA
	Secure  negotiate.Policy
	NAT     bool // send sound to where it comes from, whatever SDP says

	// Ringing is how long a call we place may ring before we cancel it; 0 is a
	// minute.
	Ringing time.Duration
	// Answer says what happens to calls that come in.
	Answer Answer
	// Calls is how many calls are taken before Run returns; 0 means no end.
	Calls int

	// Actions are what is said and pressed once the call is answered.
	Actions []Action
	// WhenSilent holds back every action until the other side has spoken and
	// fallen silent again.
	WhenSilent bool
	// Hangup is how long after the answer we hang up; 0 leaves that to the other
	// side.
	Hangup time.Duration

	Record     string // WAV of what is heard, mono; "" for none
	RecordBoth string // WAV of both sides: left what is heard, right what is said

	Synthesizer speech.Synthesizer // needed by Say actions only
	Language    string             // of Say actions, BCP 47

	Verbose bool
	Out     io.Writer // summary, and with Verbose the ladder of messages
}

// Answer says what happens to a call that comes in.
type Answer struct {
	After  time.Duration // how long it rings first
	Reject int           // SIP status it is refused with instead; 0 answers
	Never  bool          // let it ring for ever
}

// defaultBind is where a phone that waits is found: the shipped configuration
// sends calls for an agent there.
const defaultBind = "127.0.0.1:5070"

// defaultRinging is how long people let it ring.
const defaultRinging = time.Minute

// phone is one run of Run.
type phone struct {
	cfg      Config
	bind     netip.AddrPort
	steps    []step
	journal  *journal
	engine   *media.Engine
	endpoint *sip.Endpoint
	incoming chan *line // calls that came in and found us free
	free     chan bool  // holds one token while nobody is on the line
}

// Run does what cfg says, until its calls have ended or ctx ends, which hangs
// up. The report is the last call's. The error is nil when every call went as it
// should: it was answered and ended by a hang-up, or it was refused or ignored
// because cfg says so.
func Run(ctx context.Context, cfg Config) (Report, error) {
	p, err := prepare(ctx, cfg)
	if err != nil {
		return Report{}, err
	}
	p.engine, err = media.New(media.Config{Shards: 1, Bind: p.bind.Addr()})
	if err != nil {
		return Report{}, err
	}
	defer p.engine.Close()
	if err := p.listen(); err != nil {
		return Report{}, err
	}
	defer p.endpoint.Close()
	if cfg.To != "" {
		return p.call(ctx)
	}
	return p.wait(ctx)
}

// prepare checks cfg and makes everything that can fail before anybody's phone
// rings: the sound above all, so that times are kept afterwards.
func prepare(ctx context.Context, cfg Config) (*phone, error) {
	if len(cfg.Codecs) == 0 {
		cfg.Codecs = []codecs.ID{codecs.PCMU, codecs.PCMA}
	}
	if cfg.Ringing == 0 {
		cfg.Ringing = defaultRinging
	}
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.Answer.Reject != 0 && (cfg.Answer.Reject < 300 || cfg.Answer.Reject > 699) {
		return nil, fmt.Errorf("reject with %d: a refusal is a SIP status from 300 to 699", cfg.Answer.Reject)
	}
	bind, err := bindAddr(cfg)
	if err != nil {
		return nil, err
	}
	steps, err := rehearse(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p := &phone{
		cfg: cfg, bind: bind, steps: steps, journal: newJournal(cfg.Out, !cfg.Verbose),
		incoming: make(chan *line, 1), free: make(chan bool, 1),
	}
	p.free <- true
	return p, nil
}

// listen opens the endpoint: for one call on the transport it needs, to wait on
// both.
func (p *phone) listen() error {
	transports := []sip.Transport{sip.UDP, sip.TCP}
	if p.cfg.To != "" {
		target, err := parseTarget(p.cfg.To)
		if err != nil {
			return err
		}
		transports = []sip.Transport{target.transport}
	}
	cfg := sip.Config{
		UserAgent: "trunkline-phone",
		Unknown:   sip.Forbid,
		Trunks:    []sip.Trunk{{Name: "anybody", Networks: []string{"0.0.0.0/0", "::/0"}}},
	}
	for _, t := range transports {
		cfg.Listen = append(cfg.Listen, sip.Listener{Transport: t, Addr: p.bind})
	}
	if p.cfg.Verbose {
		cfg.Trace = p.journal.message
	}
	var onInvite func(*sip.Incoming)
	if p.cfg.To == "" {
		onInvite = p.take
	}
	var err error
	p.endpoint, err = sip.Listen(cfg, onInvite)
	return err
}

// call places the one call of a phone that calls.
func (p *phone) call(ctx context.Context) (Report, error) {
	l := newLine(p, p.cfg.To)
	if err := l.dial(); err != nil {
		l.keep()
		return Report{}, err
	}
	r := l.run(ctx)
	p.journal.print(r.String())
	return r, r.verdict()
}

// take is called with each call that comes in, on a goroutine of its own. One is
// taken at a time, as with any phone.
func (p *phone) take(in *sip.Incoming) {
	select {
	case <-p.free:
	default:
		in.Handle(func(sip.Event) {})
		in.Hangup(sip.New(sip.Busy, "on the phone"))
		return
	}
	l := newLine(p, in.From.String())
	l.incoming(in)
	p.incoming <- l // has room: it holds one, and so did free
}

// wait takes calls one after the other.
func (p *phone) wait(ctx context.Context) (last Report, err error) {
	for _, at := range p.endpoint.Addrs() {
		p.journal.print(fmt.Sprintf("waiting for calls on sip:%s;transport=%s", at.Addr, at.Transport))
	}
	var failed []error
	for n := 0; p.cfg.Calls == 0 || n < p.cfg.Calls; n++ {
		select {
		case <-ctx.Done():
			if n == 0 && p.cfg.Calls > 0 {
				failed = append(failed, errors.New("wait for calls: nobody called"))
			}
			return last, errors.Join(failed...)
		case l := <-p.incoming:
			last = l.run(ctx)
			p.journal.print(last.String())
			if err := last.verdict(); err != nil && !p.refuses() {
				failed = append(failed, err)
			}
			p.free <- true
		}
	}
	return last, errors.Join(failed...)
}

// refuses reports whether calls are not meant to be answered.
func (p *phone) refuses() bool { return p.cfg.Answer.Reject != 0 || p.cfg.Answer.Never }
