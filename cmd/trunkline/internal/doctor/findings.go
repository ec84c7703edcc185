package doctor

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"trunkline/sip/sdp"
)

// findings says in plain words what the facts mean.
func (f *facts) findings() []Finding {
	list := []Finding{f.outcome()}
	if f.challenged {
		list = append(list, f.challenge())
	}
	if f.early || len(f.rung) > 0 {
		list = append(list, f.ringing())
	}
	if !f.answered {
		return list
	}
	list = append(list, f.codecs(), f.keys(), f.srtp())
	list = append(list, f.sound()...)
	list = append(list, changed("hold", f.hold, f.heldWell), changed("resume", f.resume, f.resumedWell))
	list = append(list, f.features()...)
	return append(list, f.nat()...)
}

func (f *facts) outcome() Finding {
	to := f.asked.To
	if f.answered {
		return Finding{OK, "call", fmt.Sprintf("%s was answered after %s", to, rounded(f.upAfter))}
	}
	if f.ours {
		return Finding{Fail, "call", fmt.Sprintf("%s did not answer within %s", to, f.asked.Ring)}
	}
	return Finding{Fail, "call", fmt.Sprintf("%s was not answered: %s", to, f.cause.Error())}
}

func (f *facts) challenge() Finding {
	switch {
	case f.trunk.Credentials == nil:
		return Finding{Fail, "password", "the trunk asks for a password and has no credentials configured"}
	case f.final == nil:
		return Finding{Fail, "password", "the trunk asks again and again: user, realm or password are not what it knows"}
	}
	return Finding{OK, "password", "the trunk asked for a password and took ours"}
}

func (f *facts) ringing() Finding {
	var codes []string
	for _, s := range slices.Compact(slices.Clone(f.rung)) {
		codes = append(codes, fmt.Sprint(s))
	}
	text := fmt.Sprintf("%s, the first after %s", strings.Join(codes, ", "), rounded(f.ringAfter))
	if f.early {
		text += "; with early media"
	}
	if f.reliable {
		text += "; reliable (PRACK)"
	}
	if f.early && f.trunk.EarlyMedia == "ignore" {
		return Finding{Note, "early media", text + ", which the trunk's early_media ignores"}
	}
	if f.early {
		return Finding{OK, "early media", text}
	}
	return Finding{OK, "ringing", text + "; no early media: callers hear our ringing tone"}
}

// codecs says which of ours the far side took.
func (f *facts) codecs() Finding {
	if f.unusable != nil {
		return Finding{Fail, "codecs", "the answer cannot be used: " + f.unusable.Error()}
	}
	ours, theirs := names(f.offer), names(f.answer)
	var missing []string
	for _, n := range ours {
		if !slices.Contains(theirs, n) {
			missing = append(missing, n)
		}
	}
	text := "spoken: " + strings.Join(theirs, ", ")
	if len(missing) > 0 {
		text += "; not taken: " + strings.Join(missing, ", ")
	}
	return Finding{OK, "codecs", text}
}

// names are the codecs of a description, without events and comfort noise.
func names(s sdp.Session) (list []string) {
	for _, m := range audio(s).Formats {
		if name := strings.ToUpper(m.Name); name != "TELEPHONE-EVENT" && name != "CN" && name != "" {
			list = append(list, name)
		}
	}
	return list
}

// audio is the first audio line, or an empty one.
func audio(s sdp.Session) sdp.Media {
	for _, m := range s.Media {
		if m.Kind == sdp.Audio && m.Port != 0 {
			return m
		}
	}
	return sdp.Media{}
}

func (f *facts) keys() Finding {
	has := slices.ContainsFunc(audio(f.answer).Formats, func(m sdp.Format) bool { return strings.EqualFold(m.Name, "telephone-event") })
	switch {
	case has:
		return Finding{OK, "keys", "pressed keys travel as events (RFC 4733)"}
	case f.trunk.DTMF == "inband" || f.trunk.DTMF == "info":
		return Finding{Note, "keys", "no events were agreed on; the trunk's dtmf is " + f.trunk.DTMF}
	}
	return Finding{Warn, "keys", "no events were agreed on: keys travel as tones, which some codecs spoil"}
}

func (f *facts) srtp() Finding {
	m := audio(f.answer)
	switch encrypted := m.Secure() || len(m.Crypto) > 0; {
	case encrypted:
		return Finding{OK, "encryption", "sound is encrypted (SRTP)"}
	case f.trunk.SRTP == "optional":
		return Finding{Warn, "encryption", "SRTP was offered and not taken: sound is in the clear"}
	}
	return Finding{Note, "encryption", "sound is in the clear, since the trunk's srtp is off"}
}

// sound says whether it went both ways.
func (f *facts) sound() []Finding {
	s := f.stats
	switch {
	case s.PacketsIn == 0 && s.Foreign > 0:
		return []Finding{{Fail, "sound", fmt.Sprintf(
			"one-way: %d packets came, none from where the SDP says; nat: true may be what the trunk needs", s.Foreign)}}
	case s.PacketsIn == 0:
		return []Finding{{Fail, "sound", "one-way: no packet came back; look at firewalls, NAT and the address in our SDP"}}
	}
	list := []Finding{{OK, "sound", fmt.Sprintf("%d packets came, %d lost, jitter %s", s.PacketsIn, s.Lost, rounded(s.Jitter))}}
	if f.loud == 0 {
		list = append(list, Finding{Warn, "sound", "packets came, but nothing was to be heard in them"})
	}
	if expected := s.PacketsIn + s.Lost; s.Lost*100 > expected {
		list = append(list, Finding{Warn, "loss", fmt.Sprintf("%.1f %% of their packets were lost", 100*float64(s.Lost)/float64(expected))})
	}
	if s.RemoteLost > 0 {
		list = append(list, Finding{Warn, "loss", fmt.Sprintf("the far side has lost %d of our packets", s.RemoteLost)})
	}
	return list
}

// changed says what came of a re-INVITE; well looks closer at one that was taken.
func changed(what string, c *change, well func(sdp.Direction) Finding) Finding {
	switch {
	case c == nil:
		return Finding{Warn, what, "not tried: the far side had ended the call"}
	case c.err != nil:
		return Finding{Fail, what, "the re-INVITE was not taken: " + c.err.Error()}
	}
	return well(audio(c.answer).Direction)
}

func (f *facts) heldWell(d sdp.Direction) Finding {
	if d == sdp.SendRecv || d == sdp.SendOnly {
		return Finding{Warn, "hold", "taken, but answered with " + d.String() + ": it means to go on sending"}
	}
	return Finding{OK, "hold", "a re-INVITE with sendonly was answered with " + d.String()}
}

func (f *facts) resumedWell(d sdp.Direction) Finding {
	if d != sdp.SendRecv {
		return Finding{Fail, "resume", "answered with " + d.String() + ": sound goes one way after a hold"}
	}
	return Finding{OK, "resume", "sound goes both ways again"}
}

// features are what the 200 says of itself.
func (f *facts) features() []Finding {
	m := f.final
	if m == nil {
		return nil
	}
	var list []Finding
	if m.lists("allow", "REFER") {
		list = append(list, Finding{OK, "transfer", "REFER is allowed"})
	} else {
		list = append(list, Finding{Note, "transfer", "REFER is not in Allow: transfers have to be bridged here"})
	}
	switch expires := m.first("session-expires"); {
	case expires != "":
		list = append(list, Finding{OK, "session timer", "agreed on: " + expires})
	case m.lists("supported", "timer"):
		list = append(list, Finding{Note, "session timer", "known to the far side, and not used in this call"})
	default:
		list = append(list, Finding{Note, "session timer", "unknown to the far side: a call whose other end has died ends by silence only"})
	}
	update := "re-INVITE alone"
	if m.lists("allow", "UPDATE") {
		update = "UPDATE as well"
	}
	return append(list, Finding{Note, "changes", "sessions are changed by " + update},
		Finding{Note, "peer", cmp.Or(m.first("server"), m.first("user-agent"), "does not say what it is")})
}

// nat looks for addresses that cannot be reached from here.
func (f *facts) nat() (list []Finding) {
	from := f.remote.Addr().Unmap()
	addr := audio(f.answer).Addr
	switch {
	case !from.IsValid() || !addr.IsValid():
	case addr.IsUnspecified():
		list = append(list, Finding{Warn, "nat", "its SDP names no address to send to"})
	case private(addr) && !private(from):
		text := fmt.Sprintf("its SDP has the private address %s, but it is at %s", addr, from)
		if f.trunk.NAT {
			list = append(list, Finding{Note, "nat", text + "; nat: true copes with it"})
		} else {
			list = append(list, Finding{Warn, "nat", text + ": the trunk needs nat: true"})
		}
	default:
		list = append(list, Finding{OK, "nat", "its SDP has an address that can be reached: " + addr.String()})
	}
	if bind := f.asked.Bind; private(bind) && from.IsValid() && !private(from) {
		list = append(list, Finding{Warn, "nat", fmt.Sprintf("we are at the private address %s: advertise the public one", bind)})
	}
	return list
}

// private reports whether an address means nothing on the Internet.
func private(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

func rounded(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
