// Package session is one leg's media with no thread, clock or socket: packets
// and the time go in, packets and events come out.
//
// A Session belongs to exactly one shard, which is the only caller of all its
// methods, and two joined sessions belong to the same shard: hence plain
// pointers and no lock. Receive and Tick allocate nothing. Bad packets are
// counters, never errors.
package session

import (
	"net/netip"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Wire takes the packets a session sends. pkt is valid during the call only.
type Wire interface {
	Send(pkt []byte, to netip.AddrPort)
}

// Out takes what a session has to report.
type Out interface {
	Event(msg.Event)
}

// Session is one leg's media.
type Session struct{}

// New makes a session that sends nothing until Start. seed decides the random
// SSRC, first sequence number and first timestamp (RFC 3550 §5.1).
func New(id msg.Session, seed uint64, w Wire, out Out) *Session { return &Session{} }

// SetTimeout sets after how much silence on the wire MediaLost is reported,
// once per silence; 0, the default, means never. It runs only while started
// with a direction that receives.
func (s *Session) SetTimeout(d time.Duration) {}

// Start begins the flow of RTP, or changes it (re-INVITE): sequence numbers and
// timestamps stay continuous.
func (s *Session) Start(now clock.Time, p msg.Params) {}

// Receive takes one packet off the wire. pkt is not kept.
func (s *Session) Receive(now clock.Time, pkt []byte, from netip.AddrPort) {}

// Tick does what is due and returns when it wants to be called next. It may be
// called too early (does nothing) or late (catches up, within bounds). Nothing
// but Tick moves that time, so the shard need not ask again after a command.
func (s *Session) Tick(now clock.Time) (next clock.Time) { return now.Add(20 * time.Millisecond) }

// Play plays clips one after the other, replacing what played before.
func (s *Session) Play(now clock.Time, ref msg.Ref, loop int, clips []*prompt.Clip) {}

// Pause holds the playback ref at its sample; ref 0 means whatever plays.
func (s *Session) Pause(ref msg.Ref) {}

// Resume goes on from the very sample.
func (s *Session) Resume(ref msg.Ref) {}

// Stop ends the playback ref; ref 0 ends whatever plays.
func (s *Session) Stop(now clock.Time, ref msg.Ref) {}

// SendDigits queues digits for sending; DigitsSent follows.
func (s *Session) SendDigits(now clock.Time, ref msg.Ref, digits string) {}

// Join lets s and other hear each other, parting both from whom they heard before.
func (s *Session) Join(other *Session) {}

// Leave parts s from its peer, if any.
func (s *Session) Leave() {}

// DetectSpeech turns SpeechStarted and SpeechEnded on or off.
func (s *Session) DetectSpeech(on bool) {}

// Tap copies the session's sound into t; false when four taps are there already.
func (s *Session) Tap(t *tap.Tap) bool { return false }

// Untap stops copying into t and ends it; false when t is not tapped here.
func (s *Session) Untap(t *tap.Tap) bool { return false }

// Close reports PlayDone{Dropped} for what plays, then Closed with the final
// Stats, parts from the peer and ends all taps. Nothing may be called after it.
func (s *Session) Close(now clock.Time) {}
