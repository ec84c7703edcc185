package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	pion "github.com/pion/sdp/v3"
)

// Marshal writes the description. It refuses text that would break out of its
// line.
func (s Session) Marshal() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("write sdp: %w", err)
	}
	d := pion.SessionDescription{
		Origin: pion.Origin{
			Username:       orDash(s.Origin.User),
			SessionID:      s.Origin.ID,
			SessionVersion: s.Origin.Version,
			NetworkType:    "IN",
			AddressType:    addressType(s.Origin.Host),
			UnicastAddress: s.Origin.Host,
		},
		SessionName:      pion.SessionName(orDash(s.Name)),
		TimeDescriptions: []pion.TimeDescription{{}},
	}
	shared := s.sharedAddr()
	if shared.IsValid() {
		d.ConnectionInformation = connection(shared)
	}
	for _, m := range s.Media {
		d.MediaDescriptions = append(d.MediaDescriptions, m.description(shared))
	}
	text, err := d.Marshal()
	if err != nil {
		return nil, fmt.Errorf("write sdp: %w", err)
	}
	return text, nil
}

// check refuses spaces and line breaks where they would change the meaning.
func (s Session) check() error {
	words := []string{s.Origin.User, s.Origin.Host}
	lines := []string{s.Name}
	if s.Origin.Host == "" {
		return errors.New("origin without host")
	}
	for i, m := range s.Media {
		if m.Kind == "" || m.Proto == "" || len(m.Formats)+len(m.FormatList) == 0 {
			return fmt.Errorf("media %d: no kind, protocol or formats", i+1)
		}
		words = append(words, string(m.Kind), m.Proto)
		words = append(words, m.FormatList...)
		for _, f := range m.Formats {
			words = append(words, f.Name)
			lines = append(lines, f.Fmtp)
		}
		for _, c := range m.Crypto {
			if err := c.check(); err != nil {
				return fmt.Errorf("media %d: %w", i+1, err)
			}
		}
	}
	for _, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return fmt.Errorf("%q: space or control character in a word", w)
		}
	}
	for _, l := range lines {
		if strings.ContainsFunc(l, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("%q: control character in a line", l)
		}
	}
	return nil
}

// sharedAddr is the first media's address: it goes to the session level, where
// the oldest gateways look for it.
func (s Session) sharedAddr() netip.Addr {
	for _, m := range s.Media {
		if m.Addr.IsValid() {
			return m.Addr
		}
	}
	return netip.Addr{}
}

func (m Media) description(shared netip.Addr) *pion.MediaDescription {
	d := &pion.MediaDescription{MediaName: pion.MediaName{
		Media:   string(m.Kind),
		Port:    pion.RangedPort{Value: int(m.Port)},
		Protos:  strings.Split(m.Proto, "/"),
		Formats: m.FormatList,
	}}
	if m.Addr.IsValid() && m.Addr != shared {
		d.ConnectionInformation = connection(m.Addr)
	}
	if len(m.Formats) > 0 {
		d.MediaName.Formats = nil
	}
	for _, f := range m.Formats {
		pt := strconv.Itoa(int(f.PT))
		d.MediaName.Formats = append(d.MediaName.Formats, pt)
		if f.Name != "" {
			d.WithValueAttribute("rtpmap", pt+" "+f.rtpmap())
		}
		if f.Fmtp != "" {
			d.WithValueAttribute("fmtp", pt+" "+f.Fmtp)
		}
	}
	if m.Port == 0 {
		return d // a refused line says no more
	}
	for _, c := range m.Crypto {
		d.WithValueAttribute("crypto", c.text())
	}
	if m.Ptime > 0 {
		d.WithValueAttribute("ptime", strconv.Itoa(m.Ptime))
	}
	if m.Maxptime > 0 {
		d.WithValueAttribute("maxptime", strconv.Itoa(m.Maxptime))
	}
	if m.Rtcp.Port() != 0 {
		d.WithValueAttribute("rtcp", rtcp(m.Rtcp))
	}
	if m.RtcpMux {
		d.WithPropertyAttribute("rtcp-mux")
	}
	if text := m.RtcpXR.text(); text != "" {
		d.WithValueAttribute("rtcp-xr", text)
	}
	if m.IsRTP() {
		d.WithPropertyAttribute(m.Direction.String())
	}
	return d
}

// text is the value of the attribute; "" when nothing is asked for.
func (x XR) text() string {
	var formats []string
	if x.VoIP {
		formats = append(formats, "voip-metrics")
	}
	if x.RoundTrip {
		formats = append(formats, "rcvr-rtt=all")
	}
	return strings.Join(formats, " ")
}

func (f Format) rtpmap() string {
	text := f.Name + "/" + strconv.Itoa(f.Clock)
	if f.Channels > 1 {
		text += "/" + strconv.Itoa(f.Channels)
	}
	return text
}

func rtcp(a netip.AddrPort) string {
	port := strconv.Itoa(int(a.Port()))
	if !a.Addr().IsValid() {
		return port
	}
	return port + " IN " + addressType(a.Addr().String()) + " " + a.Addr().String()
}

func connection(a netip.Addr) *pion.ConnectionInformation {
	return &pion.ConnectionInformation{
		NetworkType: "IN",
		AddressType: addressType(a.String()),
		Address:     &pion.Address{Address: a.String()},
	}
}

func addressType(host string) string {
	if strings.Contains(host, ":") {
		return "IP6"
	}
	return "IP4"
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
