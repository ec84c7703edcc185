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
	Type   uint8
	Codec  codecs.ID
	Format codecs.Format // of what we send: what the far side's fmtp asked for
}

// KeyStyle says how key presses travel on a leg.
type KeyStyle uint8

// The key styles.
const (
	KeyEvents KeyStyle = iota // RFC 4733; as tones in the sound to a far side without
	KeyTones                  // as tones in the sound, both ways
	KeySignal                 // by signalling (SIP INFO), which is not the media plane's
)

// Params is what negotiation decided for one leg.
type Params struct {
	Remote  netip.AddrPort // where we send RTP
	Control netip.AddrPort // where we send RTCP; zero means the port above Remote's (RFC 3550 §11)
	Mux     bool           // RTCP shares RTP's port, both ways (RFC 5761)

	Send   Payload   // what we send
	Accept []Payload // what we take in; never changed after it was handed over
	Rate   int       // PCM rate the leg works at, Hz; 0 means what suits Send's codec best

	// SendEvents and AcceptEvents are the telephone-event payload types
	// (RFC 4733); 0 means the far side has none, since 0 is PCMU's for ever.
	// MoreEvents are those we take in at further clock rates, or under further
	// numbers. EventClock is the clock rate of the first two, Hz; 0 means that of
	// the sound, as it should be.
	SendEvents   uint8
	AcceptEvents uint8
	MoreEvents   [2]uint8
	EventClock   int

	Keys   KeyStyle
	Secure Secure // SRTP; the zero value means plain RTP

	Ptime     time.Duration // packet time we send with
	Direction Direction

	// NAT permits latching to the address packets really come from, because
	// the far side cannot know its own.
	NAT bool

	// Decode keeps the sound of this leg from being relayed undecoded.
	Decode bool
}

// Secure holds the SRTP keys of a leg (RFC 3711, RFC 4568): ours protect what
// we send, the far side's what it sends.
type Secure struct{ Ours, Theirs Keys }

// Keys are one direction's master key and salt: as many bytes of each as the
// suite takes. They are never printed.
type Keys struct {
	Suite Suite
	Key   [32]byte
	Salt  [14]byte
}

// String hides the key.
func (k Keys) String() string { return "SRTP keys (hidden)" }

// GoString hides the key too.
func (k Keys) GoString() string { return k.String() }

// Suite is an SRTP crypto suite (RFC 4568 §6.2, RFC 7714 §12).
type Suite uint8

// The crypto suites. PlainRTP is the zero value: no SRTP.
const (
	PlainRTP Suite = iota
	AES128SHA1With80
	AES128SHA1With32
	AES128GCM
	AES256GCM
)

// Room names a conference on one shard. It is never used twice.
type Room uint64

// Member says how a session takes part in a room.
type Member struct {
	Gain  float32 // of what it says, in dB
	Mute  bool    // nobody hears it
	Deaf  bool    // it hears nobody
	Coach Session // when not 0, this member alone hears it
}

// Playback says how clips are played.
type Playback struct {
	Ref     Ref
	Loop    int           // 0 and 1: once; negative: for ever
	Gain    float32       // in dB
	FadeIn  time.Duration // from the first sample played
	FadeOut time.Duration // to the last
	From    time.Duration // where in the first round to begin
	Over    bool          // mixed with what the far side hears anyway, instead of replacing it
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
	Playing                       // how much of a playback was sent so far (Ref, Heard, Total)
	Marked                        // a streamed sound was played up to its mark (Ref)
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
	Crossed bool          // of Digit: the joined peer has been sent it already
	Outcome Outcome       // of PlayDone
	Reason  Reason        // of Closed
	Heard   time.Duration // of PlayDone: how much of the sound was really sent
	Total   time.Duration // of PlayDone: how much there was, in all rounds; in one, if for ever
	Stats   Stats         // of Closed
}

// Stats counts one session's packets, and says how well they travelled.
type Stats struct {
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64        // of payload (RFC 3550 §6.4.1)
	Lost                  uint64        // never arrived (RFC 3550 §A.3)
	Late                  uint64        // arrived after their turn
	Duplicate             uint64        // arrived twice
	Foreign               uint64        // came from somebody else than our peer
	Malformed             uint64        // not RTP, or a payload type never agreed
	Forged                uint64        // SRTP that failed authentication, or was replayed
	Capped                uint64        // more than any sender needs
	Relayed               uint64        // of PacketsIn: passed on undecoded
	Jitter                time.Duration // interarrival jitter (RFC 3550 §6.4.1)

	// What RTCP told.
	ControlIn, ControlOut uint64        // RTCP packets
	RoundTrip             time.Duration // the last known; 0 means none
	RemoteLost            uint64        // of ours, as the far side reports
	RemoteJitter          time.Duration

	// MOS estimates how the far side's sound was heard here (ITU-T G.107), and
	// RemoteMOS how ours was heard there: 1 to 4.5; 0 means unknown.
	MOS, RemoteMOS float32
}
