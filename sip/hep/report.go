package hep

import (
	"net/netip"
	"strconv"
	"time"
)

// Report is what RTCP says about a leg's sound, in the units of RTCP (RFC 3550
// §6.4), whoever counted it.
type Report struct {
	At     time.Time
	CallID string // of the leg's dialog: Homer shows the report beside its messages
	Sent   bool   // by us, rather than to us
	Local  netip.AddrPort
	Remote netip.AddrPort

	SSRC   uint32 // of who reports
	Sender Sender // zero when they send nothing
	Blocks []Block
}

// Sender is what who reports has sent.
type Sender struct {
	At      time.Time // by their clock; zero: there is no sender's part
	RTP     uint32    // timestamp at that time
	Packets uint32
	Octets  uint32 // of payload
}

// Block is what who reports has received.
type Block struct {
	SSRC     uint32 // of whom it came from
	Fraction uint8  // lost since the last report, in 1/256
	Lost     int32  // packets, in all
	Highest  uint32 // sequence number, extended
	Jitter   uint32 // in timestamp units
	LSR      uint32 // middle of the NTP time of the last sender report from there
	DLSR     uint32 // since then, in 1/65536 s
}

// RTCP packet types.
const (
	senderReport   = 200
	receiverReport = 201
)

// ntpEpoch is 1900 in the seconds of Unix.
const ntpEpoch = -2208988800

// AppendJSON appends a report as Homer's other agents write RTCP. Their "usec" of
// an NTP time is its fraction, in 2^-32 s.
func (r *Report) AppendJSON(b []byte) []byte {
	kind := int64(receiverReport)
	b = append(b, '{')
	if !r.Sender.At.IsZero() {
		kind = senderReport
		s := &r.Sender
		b = append(b, `"sender_information":{`...)
		b = number(b, "ntp_timestamp_sec", s.At.Unix()-ntpEpoch)
		b = number(append(b, ','), "ntp_timestamp_usec", int64(s.At.Nanosecond())<<32/1e9)
		b = number(append(b, ','), "rtp_timestamp", int64(s.RTP))
		b = number(append(b, ','), "packets", int64(s.Packets))
		b = number(append(b, ','), "octets", int64(s.Octets))
		b = append(b, `},`...)
	}
	b = number(b, "ssrc", int64(r.SSRC))
	b = number(append(b, ','), "type", kind)
	b = number(append(b, ','), "report_count", int64(len(r.Blocks)))
	b = append(b, `,"report_blocks":[`...)
	for i := range r.Blocks {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.Blocks[i].appendJSON(b)
	}
	return append(b, `]}`...)
}

func (k *Block) appendJSON(b []byte) []byte {
	b = number(append(b, '{'), "source_ssrc", int64(k.SSRC))
	b = number(append(b, ','), "fraction_lost", int64(k.Fraction))
	b = number(append(b, ','), "packets_lost", int64(k.Lost))
	b = number(append(b, ','), "highest_seq_no", int64(k.Highest))
	b = number(append(b, ','), "ia_jitter", int64(k.Jitter))
	b = number(append(b, ','), "lsr", int64(k.LSR))
	b = number(append(b, ','), "dlsr", int64(k.DLSR))
	return append(b, '}')
}

func number(b []byte, name string, v int64) []byte {
	b = append(append(append(b, '"'), name...), `":`...)
	return strconv.AppendInt(b, v, 10)
}
