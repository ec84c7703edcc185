package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Limits on a description from outside.
const (
	maxBytes      = 64 << 10
	maxMedia      = 16
	maxFormats    = 64 // of one m= line
	maxAttributes = 500
)

// Parse reads a session description. It is strict where a guess could send sound
// to the wrong place, and otherwise takes what gateways really write: lines in
// any order within their section, unknown lines and attributes, a missing t=,
// bare line feeds. The error names the line, counted from 1.
func Parse(text []byte) (Session, error) {
	if len(text) > maxBytes {
		return Session{}, fmt.Errorf("parse sdp: %d bytes: more than %d", len(text), maxBytes)
	}
	var p parser
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if err := p.line(n, strings.TrimRight(string(line), "\r\n")); err != nil {
			return Session{}, fmt.Errorf("parse sdp: line %d: %w", n, err)
		}
	}
	if err := p.finish(); err != nil {
		return Session{}, fmt.Errorf("parse sdp: %w", err)
	}
	return p.s, nil
}

// parser holds what one description has told so far.
type parser struct {
	s          Session
	origin     bool
	addr       netip.Addr // of the session's c= line
	connected  bool       // the session has a c= line
	session    Media      // what the session's attributes say for every media
	attributes int
	media      []bool // of each media: it has a c= line of its own
}

// line takes in one line without its end.
func (p *parser) line(n int, line string) error {
	if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
		return fmt.Errorf("control byte %#02x", line[i])
	}
	if line == "" && n > 1 {
		return nil // some end with one too many
	}
	key, value, ok := strings.Cut(line, "=")
	if !ok || len(key) != 1 {
		return fmt.Errorf("%.20q: not of the form x=value", line)
	}
	if n == 1 && (key != "v" || value != "0") {
		return fmt.Errorf("%.20q: want v=0", line)
	}
	switch key {
	case "o":
		return p.originLine(value)
	case "s":
		p.s.Name = value
	case "c":
		return p.connectionLine(value)
	case "m":
		return p.mediaLine(value)
	case "a":
		return p.attributeLine(value)
	}
	return nil
}

// finish checks what can only be seen at the end.
func (p *parser) finish() error {
	if !p.origin {
		return errors.New("no o= line")
	}
	for i, own := range p.media {
		m := &p.s.Media[i]
		switch {
		case own:
		case p.connected:
			m.Addr = p.addr
		case m.Port != 0:
			return fmt.Errorf("media %d: no c= line applies", i+1)
		}
	}
	return nil
}

// originLine reads "user id version IN IP4 host". Numbers too large for us, which
// some devices make from clocks, are taken as 0: they decide nothing here.
func (p *parser) originLine(value string) error {
	parts := strings.Fields(value)
	if len(parts) != 6 {
		return fmt.Errorf("o=%.40s: want 6 fields, got %d", value, len(parts))
	}
	p.origin = true
	p.s.Origin.User, p.s.Origin.Host = parts[0], parts[5]
	p.s.Origin.ID, _ = strconv.ParseUint(parts[1], 10, 64)
	p.s.Origin.Version, _ = strconv.ParseUint(parts[2], 10, 64)
	return nil
}

// connectionLine reads "IN IP4 address[/ttl[/count]]".
func (p *parser) connectionLine(value string) error {
	parts := strings.Fields(value)
	if len(parts) != 3 || !strings.EqualFold(parts[0], "IN") {
		return fmt.Errorf("c=%.40s: want IN, a family and an address", value)
	}
	host, _, _ := strings.Cut(parts[2], "/")
	addr, err := netip.ParseAddr(host)
	isName := err != nil // RFC 8866 §5.7 allows one; the DNS is not asked here
	if !isName && addr.Is4() != strings.EqualFold(parts[1], "IP4") {
		return fmt.Errorf("c=%.40s: address is not of its family", value)
	}
	addr = addr.WithZone("")
	if last := len(p.media) - 1; last >= 0 {
		p.media[last] = true
		p.s.Media[last].Addr = addr
		return nil
	}
	p.connected, p.addr = true, addr
	return nil
}

// mediaLine reads "kind port[/count] proto format...".
func (p *parser) mediaLine(value string) error {
	if len(p.media) == maxMedia {
		return fmt.Errorf("more than %d media lines", maxMedia)
	}
	parts := strings.Fields(value)
	if len(parts) < 4 {
		return fmt.Errorf("m=%.40s: want kind, port, protocol and formats", value)
	}
	formats := parts[3:]
	if len(formats) > maxFormats {
		return fmt.Errorf("%d formats: more than %d", len(formats), maxFormats)
	}
	portText, _, _ := strings.Cut(parts[1], "/")
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return fmt.Errorf("port %.20q: not a port", parts[1])
	}
	m := p.session // its attributes are the defaults
	m.Kind = Kind(strings.ToLower(parts[0]))
	m.Port = uint16(port)
	m.Proto = parts[2]
	m.FormatList = formats
	if m.IsRTP() {
		m.Formats = parseFormats(formats)
	}
	p.s.Media = append(p.s.Media, m)
	p.media = append(p.media, false)
	return nil
}

// attributeLine reads "key[:value]". An attribute that makes no sense is left
// out, as RFC 8866 §5.13 asks: one odd attribute must not cost the call.
func (p *parser) attributeLine(line string) error {
	p.attributes++
	if p.attributes > maxAttributes {
		return fmt.Errorf("more than %d attributes", maxAttributes)
	}
	key, rest, _ := strings.Cut(line, ":")
	name, value := strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(rest)
	m := &p.session
	if last := len(p.s.Media) - 1; last >= 0 {
		m = &p.s.Media[last]
	} else if name == "crypto" {
		return nil // keys belong to a media line (RFC 4568 §5)
	}
	m.apply(name, value)
	return nil
}

// parseFormats reads payload types, leaving out what cannot be one and what is
// there twice.
func parseFormats(list []string) []Format {
	var formats []Format
	for _, text := range list {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil || n > 127 || find(formats, uint8(n)) != nil {
			continue
		}
		f, _ := static(uint8(n))
		formats = append(formats, f)
	}
	return formats
}

func find(formats []Format, pt uint8) *Format {
	for i := range formats {
		if formats[i].PT == pt {
			return &formats[i]
		}
	}
	return nil
}

// apply puts one attribute into effect.
func (m *Media) apply(key, value string) {
	switch key {
	case "sendrecv":
		m.Direction = SendRecv
	case "sendonly":
		m.Direction = SendOnly
	case "recvonly":
		m.Direction = RecvOnly
	case "inactive":
		m.Direction = Inactive
	case "ptime":
		m.Ptime = milliseconds(value, m.Ptime)
	case "maxptime":
		m.Maxptime = milliseconds(value, m.Maxptime)
	case "rtcp-mux":
		m.RtcpMux = true
	case "rtcp":
		m.applyRtcp(value)
	case "rtcp-xr":
		m.RtcpXR = parseXR(value)
	case "crypto":
		m.applyCrypto(value)
	case "rtpmap":
		m.applyRtpmap(value)
	case "fmtp":
		if f, rest := m.format(value); f != nil {
			f.Fmtp = rest
		}
	}
}

// format splits "PT rest" and finds the format with that payload type.
func (m *Media) format(value string) (*Format, string) {
	pt, rest, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(pt, 10, 8)
	if err != nil {
		return nil, ""
	}
	return find(m.Formats, uint8(n)), strings.TrimSpace(rest)
}

// applyRtpmap reads "PT name/clock[/channels]".
func (m *Media) applyRtpmap(value string) {
	f, rest := m.format(value)
	if f == nil {
		return
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 2 || parts[0] == "" {
		return
	}
	clock, err := strconv.ParseUint(parts[1], 10, 31)
	if err != nil || clock == 0 {
		return
	}
	f.Name, f.Clock, f.Channels = parts[0], int(clock), 1
	if len(parts) > 2 {
		if n, err := strconv.ParseUint(parts[2], 10, 8); err == nil && n > 0 {
			f.Channels = int(n)
		}
	}
}

// applyRtcp reads "port [IN IP4 address]" (RFC 3605 §2.1).
func (m *Media) applyRtcp(value string) {
	parts := strings.Fields(value)
	if len(parts) == 0 {
		return
	}
	port, err := strconv.ParseUint(parts[0], 10, 16)
	if err != nil {
		return
	}
	var addr netip.Addr
	if len(parts) == 4 {
		addr, _ = netip.ParseAddr(parts[3]) // a name leaves the RTP address in force
	}
	m.Rtcp = netip.AddrPortFrom(addr.WithZone(""), uint16(port))
}

// parseXR reads "format[=parameters] ..." and takes what it knows.
func parseXR(value string) XR {
	var x XR
	for _, format := range strings.Fields(value) {
		name, _, _ := strings.Cut(format, "=")
		switch strings.ToLower(name) {
		case "voip-metrics":
			x.VoIP = true
		case "rcvr-rtt":
			x.RoundTrip = true
		}
	}
	return x
}

// milliseconds reads a packet time; what is none leaves before as it was.
func milliseconds(value string, before int) int {
	whole, _, _ := strings.Cut(value, ".")
	n, err := strconv.ParseUint(whole, 10, 16)
	if err != nil || n > 1000 {
		return before
	}
	return int(n)
}

func isRTP(proto string) bool {
	return strings.HasPrefix(proto, "RTP/") || strings.Contains(proto, "/RTP/")
}
