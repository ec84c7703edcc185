// Package negotiate is SDP offer/answer (RFC 3264) as pure functions: a remote
// description and our wishes in, our description and media parameters out.
//
// It owns nothing, does no I/O and reads no clock. Only package call and the
// phone use it; media never sees SDP.
package negotiate

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"trunkline/codecs"
	"trunkline/media/msg"
	"trunkline/sip/sdp"
)

// Local is what one leg brings to a negotiation.
type Local struct {
	Addr      netip.AddrPort // where we take RTP in; RTCP at the port above
	Codecs    []codecs.ID    // what we speak, the most welcome first
	SessionID uint64         // of the o= line
	Version   uint64         // of the o= line; one more with each change
	NAT       bool           // do not believe the far side's address

	Rate   int           // PCM rate that the leg should work at if its codec can, Hz; 0: the codec's choice
	Keys   msg.KeyStyle  // how keys are to travel; KeyEvents falls back to tones by itself
	Secure Policy        // of SRTP
	Own    []msg.Keys    // ours, one per crypto suite, the most welcome first; the same for the leg's whole life
	Ptime  time.Duration // packet time we ask for; 0 means 20 ms
	Mux    bool          // offer RTCP on RTP's port; when it is offered to us we always take it
	Decode bool          // see msg.Params

	Direction msg.Direction // what may flow at most: SendOnly holds the far side (RFC 3264 §8.4)
}

// eventType is the payload type we offer telephone-events at 8000 Hz with: what
// nearly all equipment uses. Those at other clock rates follow it.
const eventType = 101

// Packet times we send with.
const (
	defaultPtime = 20
	minPtime     = 10
	maxPtime     = 60
)

// errNoAudio is the one refusal that callers tell apart: 488.
var errNoAudio = errors.New("no common audio")

// Offer writes what we offer: every codec of ours and telephone-events at each
// of their clock rates.
func Offer(l Local) ([]byte, error) {
	m := line(l, described(l.Direction), int(cmp.Or(l.Ptime, defaultPtime*time.Millisecond)/time.Millisecond))
	for _, id := range l.Codecs {
		c, ok := codecs.ByID(id)
		if !ok {
			return nil, fmt.Errorf("offer: no such codec: %d", id)
		}
		f := sdp.Format{PT: c.PayloadType, Name: c.Name, Clock: c.ClockRate, Channels: c.Channels}
		if c.Describe != nil {
			f.Fmtp = c.Describe(heardAt(c.Wish, l.Rate))
		}
		m.Formats = append(m.Formats, f)
	}
	for i, clock := range clocks(l.Codecs) {
		m.Formats = append(m.Formats, events(eventType+uint8(i), clock))
	}
	m.RtcpMux = l.Mux
	l.offerKeys(&m)
	return session(l, m).Marshal()
}

// clocks are the RTP clock rates of codecs, 8000 Hz first if it is among them:
// each needs telephone-events of its own (RFC 4733 §2.1).
func clocks(ids []codecs.ID) (list []int) {
	for _, id := range ids {
		if c, ok := codecs.ByID(id); ok && !slices.Contains(list, c.ClockRate) {
			list = append(list, c.ClockRate)
		}
	}
	slices.Sort(list)
	return list
}

// heardAt says in f that more than rate Hz would be wasted on us.
func heardAt(f codecs.Format, rate int) codecs.Format {
	f.MaxRate = uint32(rate)
	return f
}

// Answer answers a remote offer: one audio line with the first of its codecs
// that we speak, every other line refused. The error says what did not fit.
func Answer(offer []byte, l Local) ([]byte, msg.Params, error) {
	o, err := sdp.Parse(offer)
	if err != nil {
		return nil, msg.Params{}, err
	}
	s, p, chosen := session(l), msg.Params{}, false
	reason := errors.New("no audio line")
	for _, m := range o.Media {
		if !chosen && m.Kind == sdp.Audio {
			var ours sdp.Media
			if ours, p, err = answerLine(m, l); err == nil {
				s.Media, chosen = append(s.Media, ours), true
				continue
			}
			reason = err
		}
		s.Media = append(s.Media, refuse(m))
	}
	if !chosen {
		return nil, msg.Params{}, fmt.Errorf("answer: %w: %w", errNoAudio, reason)
	}
	body, err := s.Marshal()
	return body, p, err
}

func answerLine(m sdp.Media, l Local) (sdp.Media, msg.Params, error) {
	if err := l.usable(m); err != nil {
		return sdp.Media{}, msg.Params{}, err
	}
	voice, id := common(m.Formats, l.Codecs)
	if id == codecs.None {
		return sdp.Media{}, msg.Params{}, fmt.Errorf("offered %s, we speak %s", names(m.Formats), spoken(l.Codecs))
	}
	p := params(m, l, voice, id)
	p.Accept = []msg.Payload{{Type: voice.PT, Codec: id}}
	ours := line(l, described(l.allowed(m)), int(p.Ptime/time.Millisecond))
	ours.Proto, ours.RtcpMux = m.Proto, m.RtcpMux
	if err := l.answerKeys(m, &ours, &p); err != nil {
		return sdp.Media{}, msg.Params{}, err
	}
	c, _ := codecs.ByID(id)
	voice.Fmtp = ""
	if c.Describe != nil {
		voice.Fmtp = c.Describe(heardAt(c.Reply(p.Send.Format), l.Rate))
	}
	ours.Formats = []sdp.Format{voice}
	if p.SendEvents != 0 {
		p.AcceptEvents = p.SendEvents // an answer uses the offer's numbers
		ours.Formats = append(ours.Formats, events(p.SendEvents, cmp.Or(p.EventClock, voice.Clock)))
	}
	if noise, ok := m.ComfortNoise(voice.Clock); ok && voice.Clock == 8000 && noise.PT == noiseType {
		ours.Formats = append(ours.Formats, noise)
	}
	return ours, p, nil
}

// noiseType is the payload type of comfort noise at 8000 Hz (RFC 3551 §6).
const noiseType = 13

// Accept reads the answer to an offer that l made.
func Accept(l Local, answer []byte) (msg.Params, error) {
	a, err := sdp.Parse(answer)
	if err != nil {
		return msg.Params{}, err
	}
	if len(a.Media) == 0 {
		return msg.Params{}, fmt.Errorf("accept: %w: the answer has no media line", errNoAudio)
	}
	m := a.Media[0] // we offer one line, so the answer's first answers it
	if err := l.usable(m); err != nil {
		return msg.Params{}, fmt.Errorf("accept: %w: %w", errNoAudio, err)
	}
	voice, id := common(m.Formats, l.Codecs)
	if id == codecs.None {
		return msg.Params{}, fmt.Errorf("accept: %w: answered %s, we offered %s", errNoAudio, names(m.Formats), spoken(l.Codecs))
	}
	p := params(m, l, voice, id)
	p.Mux = p.Mux && l.Mux
	if err := l.acceptKeys(m, &p); err != nil {
		return msg.Params{}, fmt.Errorf("accept: %w: %w", errNoAudio, err)
	}
	for _, id := range l.Codecs {
		if c, ok := codecs.ByID(id); ok {
			p.Accept = append(p.Accept, msg.Payload{Type: c.PayloadType, Codec: id})
		}
	}
	takeOurEvents(&p, clocks(l.Codecs), cmp.Or(p.EventClock, voice.Clock))
	takeTheirs(&p)
	return p, nil
}

// takeOurEvents lets keys come under all the numbers of our offer, whose clock
// rates are offered: first the one that goes with clock.
func takeOurEvents(p *msg.Params, offered []int, clock int) {
	first := max(slices.Index(offered, clock), 0)
	p.AcceptEvents = eventType + uint8(first)
	more := p.MoreEvents[:0]
	for i := range offered {
		if i != first && len(more) < len(p.MoreEvents) {
			more = append(more, eventType+uint8(i))
		}
	}
}

// takeTheirs lets packets come under the numbers of the answer, too, where those
// differ from our offer's and mean nothing else in it: some far sides use their
// own both ways, against RFC 3264 §6.1.
func takeTheirs(p *msg.Params) {
	taken := func(pt uint8) bool {
		return pt == noiseType || pt == p.AcceptEvents || slices.Contains(p.MoreEvents[:], pt) ||
			slices.ContainsFunc(p.Accept, func(a msg.Payload) bool { return a.Type == pt })
	}
	if !taken(p.Send.Type) {
		p.Accept = append(p.Accept, msg.Payload{Type: p.Send.Type, Codec: p.Send.Codec})
	}
	if free := slices.Index(p.MoreEvents[:], 0); p.SendEvents != 0 && free >= 0 && !taken(p.SendEvents) {
		p.MoreEvents[free] = p.SendEvents
	}
}

// usable says why nothing can be heard over a remote audio line.
func (l Local) usable(m sdp.Media) error {
	switch {
	case m.Kind != sdp.Audio:
		return fmt.Errorf("%s instead of audio", m.Kind)
	case m.Port == 0:
		return errors.New("audio refused (port 0)")
	case m.Proto != "RTP/AVP" && m.Proto != "RTP/AVPF" && !m.Secure():
		return fmt.Errorf("transport %s not spoken here", m.Proto)
	case !m.Addr.IsValid():
		return errors.New("no IP address in c=")
	}
	return l.reach(m.Addr.Unmap())
}

// reach says why sound cannot, or must not, be sent to an address. The unspecified
// one is not an address but the old way of holding.
func (l Local) reach(to netip.Addr) error {
	own := l.Addr.Addr().Unmap()
	switch {
	case to.IsUnspecified():
	case to.IsMulticast() || to == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return fmt.Errorf("%s is not one host", to)
	case own.IsValid() && to.Is4() != own.Is4():
		return fmt.Errorf("%s cannot be reached from %s", to, own)
	case to.IsLoopback() && own.IsValid() && !own.IsLoopback():
		return fmt.Errorf("%s is this machine itself", to)
	}
	return nil
}

// common finds the first of theirs that we speak. Some write Opus without its
// two channels.
func common(theirs []sdp.Format, ours []codecs.ID) (sdp.Format, codecs.ID) {
	for _, f := range theirs {
		for _, id := range ours {
			c, ok := codecs.ByID(id)
			if ok && strings.EqualFold(c.Name, f.Name) && c.ClockRate == f.Clock &&
				(f.Channels == c.Channels || id == codecs.Opus && f.Channels == 1) {
				return f, id
			}
		}
	}
	return sdp.Format{}, codecs.None
}

// params takes from a remote line what holds for offers and answers alike.
func params(m sdp.Media, l Local, voice sdp.Format, id codecs.ID) msg.Params {
	c, _ := codecs.ByID(id)
	p := msg.Params{
		Remote:    netip.AddrPortFrom(m.Addr, m.Port),
		Mux:       m.RtcpMux,
		Send:      msg.Payload{Type: voice.PT, Codec: id},
		Rate:      c.RateFor(l.Rate),
		Keys:      l.Keys,
		Ptime:     ptime(m, c),
		Direction: l.allowed(m),
		NAT:       l.NAT,
		Decode:    l.Decode,
	}
	if c.Parse != nil {
		p.Send.Format = c.Parse(voice.Fmtp)
	}
	if m.Rtcp.Port() != 0 && !m.RtcpMux {
		at := m.Addr
		if other := m.Rtcp.Addr(); other.IsValid() && l.reach(other.Unmap()) == nil {
			at = other
		}
		p.Control = netip.AddrPortFrom(at, m.Rtcp.Port())
	}
	p.SendEvents, p.EventClock = keysOf(m, voice.Clock)
	if p.SendEvents == 0 && p.Keys == msg.KeyEvents {
		p.Keys = msg.KeyTones // the only way left that the sound itself has
	}
	return p
}

// keysOf finds the telephone-events that go with a voice of an RTP clock rate; 0 is
// none. Many telephones offer Opus with those at 8000 Hz alone (against RFC 4733
// §2.1): then these are taken, and clock, otherwise 0, says so.
func keysOf(m sdp.Media, voice int) (pt uint8, clock int) {
	if f, ok := m.Events(voice); ok {
		return f.PT, 0
	}
	if f, ok := m.Events(commonClock); ok {
		return f.PT, commonClock
	}
	return 0, 0
}

// commonClock is the rate of telephone-events that everybody knows, Hz.
const commonClock = 8000

// ptime is the packet time the far side wants to receive, within what it, we,
// the codec and one datagram can do.
func ptime(m sdp.Media, c codecs.Codec) time.Duration {
	ms := m.Ptime
	if ms < minPtime || ms > maxPtime || ms%10 != 0 {
		ms = defaultPtime
	}
	if m.Maxptime >= minPtime {
		ms = min(ms, m.Maxptime/10*10)
	}
	if c.ID == codecs.L16Wide {
		ms = min(ms, 40)
	}
	d := time.Duration(ms) * time.Millisecond
	if !c.Carries(d) {
		return defaultPtime * time.Millisecond
	}
	return d
}

func line(l Local, d sdp.Direction, ptime int) sdp.Media {
	return sdp.Media{
		Kind: sdp.Audio, Port: l.Addr.Port(), Proto: "RTP/AVP", Addr: l.Addr.Addr(), Direction: d, Ptime: ptime,
	}
}

// refuse is m answered with port 0 (RFC 3264 §6).
func refuse(m sdp.Media) sdp.Media {
	return sdp.Media{Kind: m.Kind, Proto: m.Proto, FormatList: m.FormatList}
}

func session(l Local, media ...sdp.Media) sdp.Session {
	return sdp.Session{
		Origin: sdp.Origin{User: "trunkline", ID: l.SessionID, Version: l.Version, Host: l.Addr.Addr().String()},
		Media:  media,
	}
}

// events is the telephone-event format for the sixteen keys (RFC 4733 §7.1.1).
func events(pt uint8, clock int) sdp.Format {
	return sdp.Format{PT: pt, Name: "telephone-event", Clock: clock, Channels: 1, Fmtp: "0-15"}
}

func names(formats []sdp.Format) string {
	var list []string
	for _, f := range formats {
		list = append(list, fmt.Sprintf("%s/%d", f.Name, f.Clock))
	}
	return strings.Join(list, " ")
}

func spoken(ids []codecs.ID) string {
	var list []string
	for _, id := range ids {
		if c, ok := codecs.ByID(id); ok {
			list = append(list, c.Name)
		}
	}
	return strings.Join(list, " ")
}
