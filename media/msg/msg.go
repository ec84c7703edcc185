// Package msg holds the plain values that cross between the control plane and
// the media threads: what was negotiated, what is to be played, what happened.
//
// Values only: no pointers to anything mutable, so that a command or an event
// can be printed, recorded, replayed and, later, copied between processes.
package msg

import (
	"net/netip"
	"time"

	"trunkline/codecs"
)

// Session names one leg's media on one shard. It is never used twice.
type Session uint64

// Ref is chosen by whoever makes a wish, so that the answering event can be
// told from others. Zero means nobody waits for an answer.
type Ref uint64

// Direction says which way sound flows, seen from us (RFC 3264 §5.1).
type Direction uint8

// The four directions of an SDP media line.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// Sends reports whether we transmit sound in this direction.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives reports whether we take in sound in this direction.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Payload binds an RTP payload type to a codec.
type Payload struct {
	Type  uint8
	Codec codecs.ID
}

// Params is what negotiation decided for one leg.
type Params struct {
	Remote netip.AddrPort // where we send RTP
	Send   Payload        // what we send
	Accept []Payload      // what we take in; never changed after it was handed over

	// SendEvents and AcceptEvents are the telephone-event payload types
	// (RFC 4733); 0 means the far side has none, since 0 is PCMU's for ever.
	SendEvents   uint8
	AcceptEvents uint8

	Ptime     time.Duration // packet time we send with
	Direction Direction

	// NAT permits latching to the address packets really come from, because
	// the far side cannot know its own.
	NAT bool
}

// Kind says what an Event reports.
type Kind uint8

// The kinds of Event.
const (
	Digit         Kind = iota + 1 // a key was pressed (Event.Digit); once per key
	PlayDone                      // a playback ended (Ref, Heard, Total, Outcome)
	SpeechStarted                 // the far side began to make speech-like sound
	SpeechEnded                   // and fell silent again
	FirstPacket                   // the first valid RTP packet arrived
	MediaLost                     // nothing has arrived for the time-out of the engine
	Closed                        // the session is gone; Stats are final
	DigitsSent                    // wished-for digits are on the wire (Ref)
)

// Outcome says how a playback ended.
type Outcome uint8

// The outcomes of a playback.
const (
	Finished Outcome = iota // every sample was sent
	Stopped                 // somebody stopped it
	Replaced                // another playback took its place
	Dropped                 // the session closed under it
)

// Event is something that happened in a session. It is one flat value so that
// reporting it allocates nothing.
type Event struct {
	Kind    Kind
	Session Session
	Ref     Ref
	Digit   byte          // '0'–'9', '*', '#', 'A'–'D'
	Outcome Outcome       // of PlayDone
	Heard   time.Duration // of PlayDone: how much of the sound was really sent
	Total   time.Duration // of PlayDone: how much there was, in all rounds; in one, if for ever
	Stats   Stats         // of Closed
}

// Stats counts one session's packets.
type Stats struct {
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64        // of payload (RFC 3550 §6.4.1)
	Lost                  uint64        // never arrived (RFC 3550 §A.3)
	Late                  uint64        // arrived after their turn
	Duplicate             uint64        // arrived twice
	Foreign               uint64        // came from somebody else than our peer
	Malformed             uint64        // not RTP, or a payload type never agreed
	Jitter                time.Duration // interarrival jitter (RFC 3550 §6.4.1)
}
