package rtcp

import (
	"time"

	"trunkline/internal/clock"
)

// Report appends a compound packet: sender or receiver report, our name, and
// extended reports where agreed on. heard is nil before the first packet of the
// far side; judged is nil when there is no judgement.
func (x *Exchange) Report(now clock.Time, dst []byte, heard *Reception, judged *VoIP) []byte {
	sending := x.info.Packets != x.counted[1] // within two intervals (RFC 3550 §6.4)
	dst = x.reportOn(now, dst, heard, sending)
	dst = AppendName(dst, x.config.SSRC, x.config.Name)
	if x.config.Extended {
		dst = x.extend(now, dst, judged, sending)
	}
	x.counted = [2]uint32{x.info.Packets, x.counted[0]}
	return dst
}

// Bye appends a last report and that we leave (RFC 3550 §6.6).
func (x *Exchange) Bye(now clock.Time, dst []byte, heard *Reception, reason string) []byte {
	dst = x.reportOn(now, dst, heard, x.info.Packets != x.counted[1])
	dst = AppendName(dst, x.config.SSRC, x.config.Name)
	return AppendBye(dst, x.config.SSRC, reason)
}

func (x *Exchange) reportOn(now clock.Time, dst []byte, heard *Reception, sending bool) []byte {
	var room [1]Block
	blocks := room[:0]
	if heard != nil {
		blocks = append(blocks, x.block(now, heard))
	}
	x.reports++
	if !sending {
		return AppendReceiver(dst, x.config.SSRC, blocks...)
	}
	s := x.info
	s.NTP = x.config.Wall.NTP(now)
	s.Timestamp += ticks(now.Sub(x.sentAt), x.config.Clock)
	x.ask(s.NTP)
	return AppendSender(dst, x.config.SSRC, s, blocks...)
}

// block says how the far side's stream arrives.
func (x *Exchange) block(now clock.Time, r *Reception) Block {
	b := Block{SSRC: r.SSRC, Fraction: r.Fraction, Lost: r.Lost, Highest: r.Highest, Jitter: r.Jitter}
	if x.sender.middle != 0 && x.sender.ssrc == r.SSRC {
		b.LastReport, b.Delay = x.sender.middle, since(now, x.sender.at)
	}
	return b
}

func (x *Exchange) extend(now clock.Time, dst []byte, judged *VoIP, sending bool) []byte {
	if !sending {
		ntp := x.config.Wall.NTP(now)
		x.ask(ntp)
		dst = appendReference(dst, x.config.SSRC, ntp)
	}
	if x.reference.middle != 0 {
		dst = appendDelay(dst, x.config.SSRC, x.reference.ssrc, delay{x.reference.middle, since(now, x.reference.at)})
	}
	if judged != nil {
		dst = AppendVoIP(dst, x.config.SSRC, *judged)
	}
	return dst
}

// ask remembers a time that we sent and hope to hear again.
func (x *Exchange) ask(ntp uint64) {
	copy(x.asked[1:], x.asked[:remembered-1])
	x.asked[0] = middle(ntp)
}

// since returns how long ago something was, in 1/65536 s.
func since(now, then clock.Time) uint32 {
	return uint32(min(max(now.Sub(then), 0), 65535*time.Second) << 16 / time.Second)
}

// ticks returns how far an RTP clock runs in a time.
func ticks(d time.Duration, hz int) uint32 {
	whole, rest := d/time.Second, d%time.Second
	return uint32(int64(whole)*int64(hz) + int64(rest)*int64(hz)/int64(time.Second))
}
