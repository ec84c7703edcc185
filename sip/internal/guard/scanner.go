package guard

import "bytes"

// scannerNames are what the usual scanners call themselves in User-Agent, or in
// the From of their first OPTIONS. None of them is a device.
var scannerNames = [...]string{
	"friendly-scanner", "friendly-request", "sipvicious", "sundayddr", "sipcli", "sip-scan", "sipscan",
	"vaxsipuseragent", "vaxasip", "siparmyknife", "sipptk", "pplsip", "iwar", "sivus", "sip:nm@nm", "sip:100@1.1.1.1",
}

func patterns(more []string) [][]byte {
	list := make([][]byte, 0, len(scannerNames)+len(more))
	for _, name := range scannerNames {
		list = append(list, []byte(name))
	}
	for _, name := range more {
		if name != "" {
			list = append(list, bytes.ToLower([]byte(name)))
		}
	}
	return list
}

// scans reports whether a message is a scanner's.
func (g *Guard) scans(raw []byte) bool {
	for len(raw) > 0 {
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line, raw = raw[:i], raw[i+1:]
		} else {
			raw = nil
		}
		if len(line) <= 1 {
			return false // the body is not looked at
		}
		if tells(line) && g.named(line[:min(len(line), 256)]) {
			return true
		}
	}
	return false
}

// tells reports whether a line is one in which scanners give themselves away.
func tells(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) > 16 {
		return false
	}
	name = bytes.TrimRight(name, " \t")
	return bytes.EqualFold(name, []byte("User-Agent")) || bytes.EqualFold(name, []byte("From")) || bytes.EqualFold(name, []byte("f"))
}

func (g *Guard) named(line []byte) bool {
	var lower [256]byte
	n := copy(lower[:], line)
	for i, c := range lower[:n] {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	for _, name := range g.scanners {
		if bytes.Contains(lower[:n], name) {
			return true
		}
	}
	return false
}
