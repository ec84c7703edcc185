package doctor

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"trunkline/call/negotiate"
	"trunkline/dsp"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
	"trunkline/sip"
	"trunkline/sip/sdp"
	"trunkline/sip/trunk"
)

// patient is the one call. Its goroutine alone touches it; dialog and session post
// what happens into its mailbox.
type patient struct {
	x       *examination
	trunk   *trunk.Trunk
	mail    chan any // sip.Event and msg.Event
	dialog  *sip.Dialog
	session media.Session
	local   negotiate.Local
	seen    facts
	placed  time.Time
	flowing bool
	ended   bool
	closed  bool

	hearing sync.WaitGroup
}

// call places the call and returns what was seen of it.
func (x *examination) call(ctx context.Context, t *trunk.Trunk) (*facts, error) {
	p := &patient{x: x, trunk: t, mail: make(chan any, 256)}
	if err := p.open(); err != nil {
		return nil, err
	}
	err := p.conduct(ctx)
	if !p.session.Close() {
		p.closed = true // its thread takes no wishes any more
	}
	for !p.closed {
		p.take(<-p.mail)
	}
	p.hearing.Wait()
	p.seen.read(x.wire.all())
	return &p.seen, err
}

// open makes the media session and our offer.
func (p *patient) open() error {
	ids, err := negotiate.Codecs(p.trunk.Codecs)
	if err != nil {
		return err
	}
	session, addr, err := p.x.engine.Open(media.Session{}, func(e msg.Event) { p.post(e) })
	if err != nil {
		return err
	}
	p.session = session
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	n := binary.BigEndian.Uint64(id[:]) >> 2
	p.local = negotiate.Local{Addr: addr, Codecs: ids, SessionID: n, Version: n, NAT: p.trunk.NAT}
	if p.local.Secure, err = negotiate.PolicyNamed(p.trunk.SRTP); err != nil {
		return err
	}
	if p.local.Secure != negotiate.SecureOff {
		p.local.Own, err = negotiate.NewKeys()
	}
	return err
}

// post is the sink of dialog and session; what finds the mailbox full is lost.
func (p *patient) post(e any) {
	select {
	case p.mail <- e:
	default:
	}
}

// conduct is the call from its INVITE to its BYE.
func (p *patient) conduct(ctx context.Context) error {
	cfg := &p.x.cfg
	offer, err := negotiate.Offer(p.local)
	if err != nil {
		return err
	}
	p.seen.trunk, p.seen.asked = *p.trunk, cfg
	p.seen.offer, _ = sdp.Parse(offer) // it is ours
	host := cfg.Bind.String()
	if cfg.Bind.Is6() {
		host = "[" + host + "]"
	}
	p.placed = time.Now()
	p.dialog, err = p.x.endpoint.Dial(sip.DialRequest{
		Trunk: p.trunk.Name, User: dialled(p.trunk, cfg.To), Offer: offer,
		From: sip.Party{User: cmp.Or(cfg.From, p.trunk.From, "trunkline"), Host: host},
	}, func(e sip.Event) { p.post(e) })
	if err != nil {
		return err
	}
	p.await(ctx, cfg.Ring, func() bool { return p.seen.answered })
	if !p.seen.answered && !p.ended {
		p.hangup(sip.New(sip.NoAnswer, "nobody answered"))
	}
	if p.seen.answered {
		p.await(ctx, cfg.Talk, func() bool { return false })
		p.seen.hold = p.change(ctx, sdp.SendOnly)
		p.seen.resume = p.change(ctx, sdp.SendRecv)
		p.hangup(sip.New(sip.Normal, ""))
	}
	return nil
}

// farewell is how long the far side may take to answer our BYE, changing how long
// it may take to answer a re-INVITE.
const (
	farewell = 5 * time.Second
	changing = 10 * time.Second
)

func (p *patient) hangup(c sip.Cause) {
	p.seen.ours = !p.ended
	p.dialog.Hangup(c)
	p.await(context.Background(), farewell, func() bool { return p.ended })
}

// await takes what happens until done, the end of the call, of ctx, or of the time.
func (p *patient) await(ctx context.Context, most time.Duration, done func() bool) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for !done() && !p.ended {
		select {
		case e := <-p.mail:
			p.take(e)
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// change sends a re-INVITE with another direction and returns what came of it; nil
// when there was no call any more to change.
func (p *patient) change(ctx context.Context, d sdp.Direction) *change {
	if p.ended || ctx.Err() != nil {
		return nil
	}
	p.local.Version++
	offer, err := directed(p.local, d)
	if err == nil {
		err = p.dialog.Reoffer(offer)
	}
	if err != nil {
		return &change{err: err}
	}
	p.seen.changing = &change{err: errors.New("no answer to the re-INVITE")}
	p.await(ctx, changing, func() bool { return p.seen.changing.over })
	return p.seen.changing
}

// directed is an offer with a direction.
func directed(l negotiate.Local, d sdp.Direction) ([]byte, error) {
	text, err := negotiate.Offer(l)
	if err != nil {
		return nil, err
	}
	s, err := sdp.Parse(text)
	if err != nil {
		return nil, err
	}
	s.Media[0].Direction = d
	return s.Marshal()
}

// take notes one thing that happened.
func (p *patient) take(m any) {
	switch e := m.(type) {
	case sip.Event:
		p.signal(e)
	case msg.Event:
		if e.Kind == msg.Closed {
			p.closed, p.seen.stats = true, e.Stats
		}
	}
}

func (p *patient) signal(e sip.Event) {
	switch e.Kind {
	case sip.Ringing:
		if p.seen.ringAfter == 0 {
			p.seen.ringAfter = time.Since(p.placed)
		}
		p.seen.early = p.accept(e.SDP) || p.seen.early
	case sip.Answered:
		p.seen.answered, p.seen.upAfter = true, time.Since(p.placed)
		p.accept(e.SDP)
	case sip.Reoffered:
		p.local.Version++
		if body, params, err := negotiate.Answer(e.SDP, p.local); err == nil && p.dialog.AnswerReoffer(body) == nil {
			p.session.Start(params)
			return
		}
		_ = p.dialog.AnswerReoffer(nil)
	case sip.Reanswered:
		if c := p.seen.changing; c != nil {
			*c = change{over: true}
			if len(e.SDP) == 0 {
				c.err = e.Cause
				return
			}
			c.answer, c.err = sdp.Parse(e.SDP)
			p.accept(e.SDP)
		}
	case sip.Ended:
		p.ended, p.seen.cause = true, e.Cause
	default: // transfers and keys: not asked for
	}
}

// accept lets sound flow as an answer says, and begins to listen and to sound.
func (p *patient) accept(answer []byte) bool {
	if len(answer) == 0 {
		return false
	}
	if s, err := sdp.Parse(answer); err == nil && len(p.seen.answer.Media) == 0 {
		p.seen.answer = s
	}
	params, err := negotiate.Accept(p.local, answer)
	if err != nil {
		p.seen.unusable = err
		return false
	}
	p.session.Start(params)
	if p.flowing {
		return true
	}
	p.flowing = true
	ear := tap.New(tap.Inbound, prompt.Rate, 2000)
	p.session.Tap(ear)
	p.hearing.Go(func() { p.seen.loud = listen(ear) })
	// Something to send back, for those who echo, and for a NAT to open.
	p.session.Play(1, -1, prompt.Tone(440, time.Second, -20))
	return true
}

// loudest is what is taken for sound, dBov: line noise lies far below.
const loudest dsp.DB = -55

// listen returns how long there was sound, until the tap ends.
func listen(t *tap.Tap) (loud time.Duration) {
	const part = prompt.Rate / 100
	pcm := make([]int16, part)
	for {
		n, err := t.ReadAtLeast(context.Background(), pcm, len(pcm)) // ends with the session
		if err != nil {
			return loud
		}
		if dsp.Level(pcm[:n]) > loudest {
			loud += time.Duration(n) * time.Second / prompt.Rate
		}
	}
}
