package lossy

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// translate returns a SIP message whose sender can be reached at contact and, if
// it has an SDP, wants its sound at ours; and where the sender wants it really,
// the zero value if the message does not say. What is no SIP message stays as it is.
func translate(msg []byte, contact, ours netip.AddrPort) (out []byte, sound netip.AddrPort) {
	head, body, ok := bytes.Cut(msg, []byte("\r\n\r\n"))
	if !ok {
		return msg, sound
	}
	text, sound := translateSDP(string(body), ours)
	var b bytes.Buffer
	for line := range strings.SplitSeq(string(head), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "contact", "m":
			line = name + ":" + translateURI(value, contact)
		case "content-length", "l":
			line = fmt.Sprintf("%s: %d", name, len(text))
		}
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n" + text)
	return b.Bytes(), sound
}

// translateURI puts host and port of the first SIP URI in value.
func translateURI(value string, at netip.AddrPort) string {
	begin := strings.Index(value, "sip:")
	if begin < 0 {
		return value
	}
	begin += len("sip:")
	end := len(value)
	if n := strings.IndexAny(value[begin:], ">;, \t"); n >= 0 {
		end = begin + n
	}
	if n := strings.LastIndexByte(value[begin:end], '@'); n >= 0 {
		begin += n + 1
	}
	return value[:begin] + at.String() + value[end:]
}

// translateSDP puts the address of the first stream of sound. One that is
// refused, or that we cannot read, stays as it is.
func translateSDP(sdp string, ours netip.AddrPort) (out string, sound netip.AddrPort) {
	var addr, port string
	for line := range strings.Lines(sdp) {
		if rest, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			addr = strings.TrimSpace(rest)
		} else if rest, ok := strings.CutPrefix(line, "m=audio "); ok && port == "" {
			port, _, ok = strings.Cut(rest, " ")
			if !ok {
				return sdp, sound
			}
		}
	}
	host, err := netip.ParseAddr(addr)
	n, err2 := strconv.ParseUint(port, 10, 16)
	if err != nil || err2 != nil || n == 0 {
		return sdp, sound
	}
	var b strings.Builder
	for line := range strings.Lines(sdp) {
		if strings.HasPrefix(line, "c=IN IP4 ") {
			line = fmt.Sprintf("c=IN IP4 %s\r\n", ours.Addr())
		} else if rest, ok := strings.CutPrefix(line, "m=audio "+port+" "); ok {
			line = fmt.Sprintf("m=audio %d %s", ours.Port(), rest)
		}
		b.WriteString(line)
	}
	return b.String(), netip.AddrPortFrom(host, uint16(n))
}
