package load

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"trunkline/codecs"
)

// Stream is one side's description of its sound.
type Stream struct {
	To     netip.AddrPort // where it wants to be sent RTP
	Type   uint8          // of payload
	Codec  codecs.ID
	Events uint8 // payload type of telephone-events; 0: none
}

// describe writes the SDP of a stream.
func describe(s Stream) string {
	var b strings.Builder
	c, _ := codecs.ByID(s.Codec)
	fmt.Fprintf(&b, "v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %d RTP/AVP %d", s.To.Addr(), s.To.Port(), s.Type)
	if s.Events != 0 {
		fmt.Fprintf(&b, " %d", s.Events)
	}
	fmt.Fprintf(&b, "\r\na=rtpmap:%d %s/%d", s.Type, c.Name, c.ClockRate)
	if c.Channels > 1 {
		fmt.Fprintf(&b, "/%d", c.Channels)
	}
	b.WriteString("\r\n")
	if s.Events != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/%d\r\na=fmtp:%d 0-15\r\n", s.Events, c.ClockRate, s.Events)
	}
	b.WriteString("a=ptime:20\r\na=sendrecv\r\n")
	return b.String()
}

// understand reads the first stream of an SDP, with the first codec in it that we
// know.
func understand(sdp string) (Stream, error) {
	var s Stream
	var addr string
	names := map[string]string{}
	var types []string
	for line := range strings.Lines(sdp) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			addr = rest
		} else if rest, ok := strings.CutPrefix(line, "m=audio "); ok && types == nil {
			f := strings.Fields(rest)
			if len(f) < 3 {
				return s, fmt.Errorf("read SDP: %q", line)
			}
			addr, types = addr+":"+f[0], f[2:]
		} else if rest, ok := strings.CutPrefix(line, "a=rtpmap:"); ok {
			pt, name, _ := strings.Cut(rest, " ")
			names[pt] = name
		}
	}
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return s, fmt.Errorf("read SDP: %w", err)
	}
	s.To = to
	for _, text := range types {
		pt, err := strconv.ParseUint(text, 10, 7)
		if err != nil {
			return s, fmt.Errorf("read SDP: %w", err)
		}
		s.take(uint8(pt), names[text])
	}
	if s.Codec == codecs.None {
		return s, fmt.Errorf("read SDP: no codec that we know among %v", types)
	}
	return s, nil
}

// take notes what a payload type stands for.
func (s *Stream) take(pt uint8, name string) {
	encoding, rest, _ := strings.Cut(name, "/")
	if strings.EqualFold(encoding, "telephone-event") {
		if s.Events == 0 {
			s.Events = pt
		}
		return
	}
	clock, _, _ := strings.Cut(rest, "/")
	rate, _ := strconv.Atoi(clock)
	c, ok := codecs.ByName(encoding, rate)
	if name == "" {
		c, ok = codecs.ByPayloadType(pt)
	}
	if ok && s.Codec == codecs.None {
		s.Type, s.Codec = pt, c.ID
	}
}
