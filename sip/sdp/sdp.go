// Package sdp reads and writes session descriptions (RFC 8866) as plain values:
// what a telephone needs from an offer or an answer (RFC 3264), and no more.
//
// It owns the limits on hostile descriptions. It decides nothing: matching
// codecs, choosing directions and ports is call/negotiate's work. It holds no
// state, does no I/O, and hides pion/sdp, which writes for us, from everyone above;
// pion does not read for us, because it refuses a whole offer for a fax line.
package sdp

import (
	"net/netip"
	"strings"
)

// Session is a session description.
type Session struct {
	Origin Origin
	Name   string // s= line; "-" is written when empty
	Media  []Media
}

// Origin is the o= line: who made the description, and which edition it is.
type Origin struct {
	User    string // "-" is written when empty
	ID      uint64
	Version uint64 // goes up by one with each changed description (RFC 3264 §8)
	Host    string // address or name; decides nothing
}

// Kind is the media type of an m= line.
type Kind string

// The media types that mean something to us; others are kept as written.
const (
	Audio Kind = "audio"
	Video Kind = "video"
	Image Kind = "image" // T.38
)

// Media is one m= line with everything that belongs to it.
type Media struct {
	Kind  Kind
	Port  uint16 // RTP port; 0 means refused or disabled (RFC 3264 §5.1)
	Proto string // as written: "RTP/AVP", "RTP/SAVP", "udptl"

	// Addr is the address of the c= line that applies, from the media or the
	// session. It is unspecified (0.0.0.0) with the old way of holding (RFC
	// 3264 §8.4), and not valid when the line gives a name instead of an address.
	Addr netip.Addr

	// Formats are the RTP payload types in the order of preference. Empty when
	// Proto is not RTP. On Marshal it wins over FormatList.
	Formats []Format
	// FormatList is the format list exactly as written, for echoing a line that
	// we refuse.
	FormatList []string

	Ptime     int // packet time wished for, in ms; 0 when not given
	Maxptime  int // longest packet time taken, in ms; 0 when not given
	Direction Direction

	// Rtcp is where RTCP goes when a=rtcp (RFC 3605) says so; its Addr is not
	// valid when only a port was given, and the port is 0 when nothing was.
	Rtcp netip.AddrPort
	// RtcpMux says that RTCP may share the RTP port (RFC 5761).
	RtcpMux bool
	// RtcpXR is which extended reports are welcome (RFC 3611 §5).
	RtcpXR XR

	// Crypto are the SRTP keys offered, in the order of preference, and
	// CryptoSkipped says why other a=crypto lines were left out; no key is in it.
	Crypto        []Crypto
	CryptoSkipped []string
}

// XR says which extended RTCP reports a description asks for.
type XR struct {
	VoIP      bool // VoIP metrics
	RoundTrip bool // what a receiver needs to measure the round trip
}

// Format is one RTP payload type of a media line.
type Format struct {
	PT       uint8
	Name     string // encoding name as written; compare without case; "" when unknown
	Clock    int    // RTP clock rate in Hz
	Channels int    // 1 unless said otherwise
	Fmtp     string // format parameters as written
}

// Direction says which way media flows, as seen by the author of the
// description (RFC 3264 §5.1).
type Direction uint8

// The directions. Sendrecv is meant when a description says nothing.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// String returns the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendRecv:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	}
	return "unknown"
}

// Reverse returns the same direction as the other side sees it.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	case SendRecv, Inactive:
	}
	return d
}

// IsRTP reports whether the line speaks RTP, whatever its profile.
func (m Media) IsRTP() bool { return isRTP(m.Proto) }

// Held reports whether the author asks us to send nothing: by direction, or by
// the unspecified address of RFC 2543.
func (m Media) Held() bool {
	return m.Direction == SendOnly || m.Direction == Inactive || m.Addr.IsValid() && m.Addr.IsUnspecified()
}

// Events returns the first telephone-event format (RFC 4733) of that clock rate, in Hz.
func (m Media) Events(clock int) (Format, bool) { return m.named("telephone-event", clock) }

// ComfortNoise returns the first comfort noise format (RFC 3389) of that clock rate, in Hz.
func (m Media) ComfortNoise(clock int) (Format, bool) { return m.named("CN", clock) }

func (m Media) named(name string, clock int) (Format, bool) {
	for _, f := range m.Formats {
		if f.Clock == clock && strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return Format{}, false
}

// statics are the payload types that need no rtpmap (RFC 3551 §6, audio).
var statics = map[uint8]Format{
	0:  {Name: "PCMU", Clock: 8000, Channels: 1},
	3:  {Name: "GSM", Clock: 8000, Channels: 1},
	4:  {Name: "G723", Clock: 8000, Channels: 1},
	5:  {Name: "DVI4", Clock: 8000, Channels: 1},
	6:  {Name: "DVI4", Clock: 16000, Channels: 1},
	7:  {Name: "LPC", Clock: 8000, Channels: 1},
	8:  {Name: "PCMA", Clock: 8000, Channels: 1},
	9:  {Name: "G722", Clock: 8000, Channels: 1}, // 8000 by an old mistake; samples at 16 kHz
	10: {Name: "L16", Clock: 44100, Channels: 2},
	11: {Name: "L16", Clock: 44100, Channels: 1},
	12: {Name: "QCELP", Clock: 8000, Channels: 1},
	13: {Name: "CN", Clock: 8000, Channels: 1},
	14: {Name: "MPA", Clock: 90000, Channels: 1},
	15: {Name: "G728", Clock: 8000, Channels: 1},
	16: {Name: "DVI4", Clock: 11025, Channels: 1},
	17: {Name: "DVI4", Clock: 22050, Channels: 1},
	18: {Name: "G729", Clock: 8000, Channels: 1},
}

// static returns the format of a payload type that needs no rtpmap.
func static(pt uint8) (Format, bool) {
	f, ok := statics[pt]
	f.PT = pt
	return f, ok
}
