package rtcp

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"trunkline/internal/clock"
)

// MaxReport is the longest compound packet that Report and Bye write, in bytes.
const MaxReport = 640

// remembered is how many of our reports a far side may answer: it hears of a
// report at most one interval late.
const remembered = 4

// Config is what an exchange is made of.
type Config struct {
	SSRC  uint32 // ours
	Name  string // canonical; see NewName
	Seed  uint64 // of the schedule
	Clock int    // of the RTP timestamps we send, Hz
	Wall  Wall

	// Extended adds extended reports to ours: VoIP metrics, and what measures
	// the round trip while we send no sound (RFC 3611).
	Extended bool
}

// NewName makes a canonical name that tells nothing about this host (RFC 7022 §4.2).
func NewName() string {
	var b [12]byte
	rand.Read(b[:]) // never fails
	return base64.RawStdEncoding.EncodeToString(b[:])
}

// Reception is what a jitter buffer says of the stream it takes in.
type Reception struct {
	SSRC     uint32
	Fraction uint8  // lost since the last report, of 256
	Lost     int32  // in all
	Highest  uint32 // sequence number, extended by its roll-overs
	Jitter   uint32 // timestamp units
}

// Remote is what the far side says, as it says it.
type Remote struct {
	Packets   uint64     // RTCP packets that were kept
	Heard     clock.Time // the last of them
	Reports   uint64     // of those, about our stream
	Block     Block      // the last about our stream
	RoundTrip time.Duration
	Measured  bool       // RoundTrip is known
	Sender    SenderInfo // of the last sender report
	VoIP      VoIP       // the last about our stream
	Judged    bool       // VoIP is known
	Left      bool       // it said goodbye, and no report came since
	reason    [64]byte
	said      int
}

// Reason returns why the far side left, as it said.
func (r *Remote) Reason() string { return string(r.reason[:r.said]) }

// mark is a report heard from the far side that ours answers.
type mark struct {
	ssrc   uint32
	middle uint32
	at     clock.Time
}

// Exchange is what one leg says and hears by RTCP.
type Exchange struct {
	config   Config
	schedule Schedule
	remote   Remote

	// Sending.
	info    SenderInfo // its NTP time is that of the last packet
	sentAt  clock.Time
	counted [2]uint32          // packets sent at the last two reports
	asked   [remembered]uint32 // middles of our last reports; 0 is none
	reports uint64

	// Heard, to be answered.
	sender    mark
	reference mark
}

// New begins an exchange. Its first report is due after about 2.5 s.
func New(now clock.Time, c Config) *Exchange {
	x := &Exchange{config: c}
	x.schedule.Start(now, c.Seed)
	return x
}

// SetClock says that the RTP timestamps we send tick differently from now on.
func (x *Exchange) SetClock(hz int) { x.config.Clock = hz }

// Sent counts RTP packets that we sent, with so many octets of payload in all. The
// last of them, with timestamp, was sent at. Whoever sends need not say so with
// each packet, only before the next report.
func (x *Exchange) Sent(at clock.Time, timestamp, packets, octets uint32) {
	x.info.Packets += packets
	x.info.Octets += octets
	x.info.Timestamp, x.sentAt = timestamp, at
}

// Remote returns what the far side says. It is valid until the next Receive.
func (x *Exchange) Remote() *Remote { return &x.remote }

// Reports returns how many reports were written.
func (x *Exchange) Reports() uint64 { return x.reports }

// Due reports whether a report is due, and plans the next.
func (x *Exchange) Due(now clock.Time) bool { return x.schedule.Due(now) }

// Next returns when to ask Due again, at the latest.
func (x *Exchange) Next() clock.Time { return x.schedule.Next() }

// RemoteJitter returns the far side's jitter as time.
func (x *Exchange) RemoteJitter() time.Duration {
	if x.config.Clock <= 0 {
		return 0
	}
	return time.Duration(x.remote.Block.Jitter) * time.Second / time.Duration(x.config.Clock)
}
