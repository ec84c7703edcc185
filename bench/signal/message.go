package signal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// sdp is an offer and an answer alike: PCMU, which nobody is to send. A server would
// otherwise send silence, which costs more than the calls do.
const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\n"

// header returns the value of the first header of that name as our side writes
// names; both sides write them so.
func header(m []byte, name string) []byte {
	return first(headers(m, name))
}

func first(values [][]byte) []byte {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}

// headers returns the values of all headers of that name, in order.
func headers(m []byte, name string) (values [][]byte) {
	key := []byte("\r\n" + name + ":")
	for {
		i := bytes.Index(m, key)
		if i < 0 {
			return values
		}
		m = m[i+len(key):]
		end := bytes.IndexByte(m, '\r')
		if end < 0 {
			return values
		}
		values = append(values, bytes.TrimSpace(m[:end]))
	}
}

// status returns the status of a response, 0 of a request.
func status(m []byte) int {
	if !bytes.HasPrefix(m, []byte("SIP/2.0 ")) || len(m) < 11 {
		return 0
	}
	n, _ := strconv.Atoi(string(m[8:11]))
	return n
}

// target is the URI within angle brackets.
func target(value []byte) string {
	_, rest, _ := strings.Cut(string(value), "<")
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}

// answerTo writes a response to a request; tag is added to To where it has none.
func answerTo(req []byte, line, contact, body string) []byte {
	var b bytes.Buffer
	b.WriteString("SIP/2.0 " + line + "\r\n")
	for _, name := range []string{"Via", "Record-Route", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range headers(req, name) {
			fmt.Fprintf(&b, "%s: %s", name, v)
			if name == "To" && !bytes.Contains(v, []byte("tag=")) {
				b.WriteString(";tag=uas")
			}
			b.WriteString("\r\n")
		}
	}
	if contact != "" {
		b.WriteString("Contact: <sip:uas@" + contact + ">\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}
