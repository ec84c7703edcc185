package wire

import (
	"trunkline/codecs"
	"trunkline/media/msg"
)

// Params walks the fields of p.
func Params(x *Coder, p *msg.Params) {
	x.Addr(&p.Remote)
	x.Addr(&p.Control)
	x.Bool(&p.Mux)
	payload(x, &p.Send)
	List(x, &p.Accept, payload)
	Num(x, &p.Rate)
	Byte(x, &p.SendEvents)
	Byte(x, &p.AcceptEvents)
	x.Fixed(p.MoreEvents[:])
	Num(x, &p.EventClock)
	Byte(x, &p.Keys)
	keys(x, &p.Secure.Ours)
	keys(x, &p.Secure.Theirs)
	Num(x, &p.Ptime)
	Byte(x, &p.Direction)
	x.Bool(&p.NAT)
	x.Bool(&p.Decode)
}

func payload(x *Coder, p *msg.Payload) {
	Byte(x, &p.Type)
	Byte(x, &p.Codec)
	format(x, &p.Format)
}

func format(x *Coder, f *codecs.Format) {
	Num(x, &f.Bitrate)
	Num(x, &f.MaxRate)
	x.Bool(&f.FEC)
	x.Bool(&f.DTX)
	x.Bool(&f.CBR)
	x.Bool(&f.Stereo)
	x.Bool(&f.Aligned)
	Num(x, &f.Modes)
}

func keys(x *Coder, k *msg.Keys) {
	Byte(x, &k.Suite)
	x.Fixed(k.Key[:])
	x.Fixed(k.Salt[:])
}

// Member walks the fields of m.
func Member(x *Coder, m *msg.Member) {
	x.Float(&m.Gain)
	x.Bool(&m.Mute)
	x.Bool(&m.Deaf)
	Num(x, &m.Coach)
}

// Playback walks the fields of p.
func Playback(x *Coder, p *msg.Playback) {
	Num(x, &p.Ref)
	Num(x, &p.Loop)
	x.Float(&p.Gain)
	Num(x, &p.FadeIn)
	Num(x, &p.FadeOut)
	Num(x, &p.From)
	x.Bool(&p.Over)
}

// Event walks the fields of e.
func Event(x *Coder, e *msg.Event) {
	Byte(x, &e.Kind)
	Num(x, &e.Session)
	Num(x, &e.Ref)
	Byte(x, &e.Digit)
	x.Bool(&e.Crossed)
	Byte(x, &e.Outcome)
	Byte(x, &e.Reason)
	Num(x, &e.Heard)
	Num(x, &e.Total)
	if e.Kind == msg.Closed {
		stats(x, &e.Stats)
	}
}

func stats(x *Coder, s *msg.Stats) {
	for _, n := range [...]*uint64{
		&s.PacketsIn, &s.PacketsOut, &s.BytesIn, &s.BytesOut, &s.Lost, &s.Late, &s.Duplicate, &s.Foreign,
		&s.Malformed, &s.Forged, &s.Capped, &s.Relayed, &s.ControlIn, &s.ControlOut, &s.RemoteLost,
	} {
		Num(x, n)
	}
	Num(x, &s.Jitter)
	Num(x, &s.RoundTrip)
	Num(x, &s.RemoteJitter)
	x.Float(&s.MOS)
	x.Float(&s.RemoteMOS)
}
