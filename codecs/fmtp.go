package codecs

import (
	"iter"
	"strconv"
	"strings"
)

// parameters yields the name, in lower case, and value of each format parameter
// as a=fmtp writes them: separated by semicolons, blanks wherever somebody put
// them. What has no value is left out.
func parameters(fmtp string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for part := range strings.SplitSeq(fmtp, ";") {
			name, value, ok := strings.Cut(part, "=")
			if ok && !yield(strings.ToLower(strings.TrimSpace(name)), strings.Trim(value, " \t\r\n\"")) {
				return
			}
		}
	}
}

// within is the number that value begins with; 0 when it is none from low to high.
func within(value string, low, high uint32) uint32 {
	end := strings.IndexFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		value = value[:end]
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil || uint32(n) < low || uint32(n) > high {
		return 0
	}
	return uint32(n)
}

func isOne(value string) bool { return within(value, 1, 1) == 1 }

// parseOpus reads what RFC 7587 §6.1 lets a receiver ask for. The sprop
// parameters announce what it sends, which the packets themselves say better.
func parseOpus(fmtp string) (f Format) {
	for name, value := range parameters(fmtp) {
		switch name {
		case "maxplaybackrate":
			f.MaxRate = within(value, 8000, 48000)
		case "maxaveragebitrate":
			f.Bitrate = within(value, 6000, 510000)
		case "stereo":
			f.Stereo = isOne(value)
		case "cbr":
			f.CBR = isOne(value)
		case "useinbandfec":
			f.FEC = isOne(value)
		case "usedtx":
			f.DTX = isOne(value)
		}
	}
	return f
}

func describeOpus(f Format) string {
	var p []string
	number := func(name string, n uint32) {
		if n != 0 {
			p = append(p, name+"="+strconv.FormatUint(uint64(n), 10))
		}
	}
	flag := func(name string, set bool) {
		if set {
			p = append(p, name+"=1")
		}
	}
	number("maxplaybackrate", f.MaxRate)
	number("maxaveragebitrate", f.Bitrate)
	flag("stereo", f.Stereo)
	flag("cbr", f.CBR)
	flag("useinbandfec", f.FEC)
	flag("usedtx", f.DTX)
	return strings.Join(p, ";")
}

// Comfort noise frames (annexb) are understood whatever was agreed, and never
// sent, so there is nothing to learn from what the far side says (RFC 7261).
func parseG729(string) Format { return Format{} }

func describeG729(Format) string { return "annexb=no" }

// parseAMR reads the layout and the modes to be sent (RFC 4867 §8.1). When and
// how far a mode may change is not looked at: ours changes only on request.
func parseAMR(fmtp string) (f Format) {
	for name, value := range parameters(fmtp) {
		switch name {
		case "octet-align":
			f.Aligned = isOne(value)
		case "mode-set":
			f.Modes = 0
			for mode := range strings.SplitSeq(value, ",") {
				if n, err := strconv.ParseUint(strings.TrimSpace(mode), 10, 4); err == nil && n <= 8 {
					f.Modes |= 1 << n
				}
			}
		}
	}
	return f
}

func describeAMR(f Format) string {
	var p []string
	if f.Aligned {
		p = append(p, "octet-align=1")
	}
	var modes []string
	for mode := range 9 {
		if f.Modes>>mode&1 != 0 {
			modes = append(modes, strconv.Itoa(mode))
		}
	}
	if len(modes) > 0 {
		p = append(p, "mode-set="+strings.Join(modes, ","))
	}
	return strings.Join(p, ";")
}
