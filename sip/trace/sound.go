package trace

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"trunkline/sip/sdp"
	"trunkline/sip/trace/scan"
)

// Of a description no more than this is said.
const (
	maxMedia  = 3
	maxCodecs = 4
)

// sounds says what the SDP in a message offers, a line for each medium:
// "198.51.100.7:4000 sendonly PCMA PCMU telephone-event".
func sounds(message string) []string {
	text := description([]byte(message))
	if text == nil {
		return nil
	}
	session, err := sdp.Parse(text)
	if err != nil {
		return []string{"SDP that cannot be read"}
	}
	var lines []string
	for i, m := range session.Media {
		if i == maxMedia {
			return append(lines, fmt.Sprintf("… %d more media", len(session.Media)-i))
		}
		lines = append(lines, medium(m))
	}
	return lines
}

// description returns the SDP in the body of a message, also when it is one part
// of several.
func description(message []byte) []byte {
	body := scan.Body(message)
	if !bytes.HasPrefix(body, []byte("v=0")) {
		i := bytes.Index(body, []byte("\nv=0"))
		if i < 0 {
			return nil
		}
		body = body[i+1:]
	}
	if i := bytes.Index(body, []byte("\n--")); i >= 0 {
		body = body[:i+1]
	}
	return body
}

// medium says what a line of media is: what matters most first, for there may be
// room for no more.
func medium(m sdp.Media) string {
	var words []string
	if m.Kind != sdp.Audio {
		words = append(words, string(m.Kind))
	}
	switch {
	case m.Port == 0:
		words = append(words, "refused")
	case m.Addr.IsValid():
		words = append(words, netip.AddrPortFrom(m.Addr, m.Port).String())
	default:
		words = append(words, fmt.Sprintf("port %d", m.Port))
	}
	if m.Port != 0 && m.Direction != sdp.SendRecv {
		words = append(words, m.Direction.String())
	}
	if strings.Contains(m.Proto, "SAVP") { // with keys in SDP or by DTLS
		words = append(words, "SRTP")
	}
	return strings.Join(append(words, codecs(m)...), " ")
}

// codecs are the first few formats of a line of media.
func codecs(m sdp.Media) []string {
	names := slices.Clone(m.FormatList)
	if len(m.Formats) > 0 {
		names = names[:0]
	}
	for _, f := range m.Formats {
		if f.Name == "" {
			f.Name = fmt.Sprint(f.PT)
		}
		names = append(names, f.Name)
	}
	if len(names) > maxCodecs {
		names = append(names[:maxCodecs], "…")
	}
	return names
}
