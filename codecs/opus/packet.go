// Package opus is the Opus codec (RFC 6716) as telephony uses it over RTP (RFC
// 7587): libopus does the arithmetic, in one channel, at the rate of whoever
// listens.
//
// A packet is checked here before libopus sees it, so that no packet, whoever
// made it, is an error further down. Coders serve one leg and are used through
// the table of package codecs; without cgo only Length is here.
package opus

// A packet holds at most 120 ms, a frame at most 1275 bytes (RFC 6716 §3.4 R5, R2).
const (
	maxTicks = 48 * 120
	maxFrame = 1275
)

// Length returns how much sound a packet holds, in samples at 48 kHz, which is
// the clock of RTP timestamps (RFC 7587 §4.1); 0 when it breaks a rule of RFC
// 6716 §3.4.
func Length(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	ticks := frameTicks(packet[0])
	body := packet[1:]
	switch packet[0] & 3 {
	case 0:
		if len(body) > maxFrame {
			return 0
		}
		return ticks
	case 1:
		if len(body)%2 != 0 || len(body)/2 > maxFrame {
			return 0
		}
		return 2 * ticks
	case 2:
		first, used := frameSize(body)
		if last := len(body) - used - first; used == 0 || last < 0 || last > maxFrame {
			return 0
		}
		return 2 * ticks
	}
	return severalTicks(body, ticks)
}

// frameTicks is how long each frame of a packet is, in samples at 48 kHz (RFC
// 6716 §3.1, table 2).
func frameTicks(toc byte) int {
	config := toc >> 3
	switch {
	case config < 12 && config&3 == 3: // SILK: 10, 20, 40, 60 ms
		return 48 * 60
	case config < 12:
		return 480 << (config & 3)
	case config < 16: // hybrid: 10, 20 ms
		return 480 << (config & 1)
	}
	return 120 << (config & 3) // CELT: 2.5, 5, 10, 20 ms
}

// frameSize reads the length of a frame (RFC 6716 §3.2.1) and how many bytes it
// took to write it; 0 when it is cut short.
func frameSize(b []byte) (size, used int) {
	switch {
	case len(b) > 0 && b[0] < 252:
		return int(b[0]), 1
	case len(b) > 1:
		return int(b[0]) + 4*int(b[1]), 2
	}
	return 0, 0
}

// putSize writes the length of a frame, the reverse of frameSize.
func putSize(dst []byte, size int) int {
	if size < 252 {
		dst[0] = byte(size)
		return 1
	}
	dst[0] = byte(252 + size&3)
	dst[1] = byte((size - int(dst[0])) / 4)
	return 2
}

// severalTicks is Length for packets that say how many frames they hold (RFC
// 6716 §3.2.5), from the count on.
func severalTicks(body []byte, ticks int) int {
	if len(body) == 0 {
		return 0
	}
	head, body := body[0], body[1:]
	count := int(head & 0x3f)
	if count == 0 || count*ticks > maxTicks {
		return 0
	}
	if head&0x40 != 0 {
		body = unpad(body)
		if body == nil {
			return 0
		}
	}
	last := len(body)
	if head&0x80 == 0 { // all of one size
		if last%count != 0 {
			return 0
		}
		last /= count
	} else {
		for range count - 1 {
			size, used := frameSize(body)
			if last -= used + size; used == 0 || last < 0 {
				return 0
			}
			body = body[used:]
		}
	}
	if last > maxFrame {
		return 0
	}
	return count * ticks
}

// unpad reads how much padding there is and takes it off both ends; nil when
// there is more padding than packet.
func unpad(body []byte) []byte {
	padding := 0
	for i, b := range body {
		if b == 255 {
			padding += 254 // and the next byte says how much more
			continue
		}
		padding += int(b)
		if padding > len(body)-i-1 {
			return nil
		}
		return body[i+1 : len(body)-padding]
	}
	return nil
}

// strip takes the padding out of a packet of n bytes with one frame, which
// libopus adds for a constant bit rate, and returns its new length.
//
//	toc|3, 0x41, length of the padding, frame, padding  →  toc, frame
func strip(packet []byte, n int) int {
	if n < 3 || packet[0]&3 != 3 || packet[1]&0x3f != 1 {
		return n
	}
	at, padding := 2, 0
	for more := packet[1]&0x40 != 0; more && at < n; at++ {
		more = packet[at] == 255
		padding += int(packet[at])
		if more {
			padding--
		}
	}
	packet[0] &^= 3
	return 1 + copy(packet[1:], packet[at:max(n-padding, at)])
}

// pad brings a packet of several frames (RFC 6716 §3.2.5) from n bytes to whole;
// its frames begin at head.
func pad(packet []byte, n, whole, head int) int {
	extra := whole - n
	if extra <= 0 {
		return n
	}
	lengths := (extra-1)/255 + 1
	copy(packet[head+lengths:whole], packet[head:n])
	// The lengths stand before those of the frames.
	copy(packet[2+lengths:], packet[2:head])
	packet[1] |= 0x40
	for i := range lengths - 1 {
		packet[2+i] = 255
	}
	packet[1+lengths] = byte(extra - 1 - 255*(lengths-1))
	clear(packet[n+lengths : whole])
	return whole
}
