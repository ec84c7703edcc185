package wire

import (
	"bytes"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// phrases are the reason phrases of statuses (RFC 3261 §21 and friends).
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	200: "OK", 202: "Accepted",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
	410: "Gone", 412: "Conditional Request Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
	415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
	422: "Session Interval Too Small", 423: "Interval Too Brief", 433: "Anonymity Disallowed",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
	484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
	489: "Bad Event", 491: "Request Pending", 493: "Undecipherable",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted", 608: "Rejected",
}

// Phrase returns the reason phrase of a status.
func Phrase(code int) string {
	if text, ok := phrases[code]; ok {
		return text
	}
	return "Unknown"
}

// SetSDP gives a message a session description; none empties it.
func SetSDP(m gosip.Message, sdp []byte) {
	if len(sdp) == 0 {
		m.SetBody(nil)
		return
	}
	m.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	m.SetBody(bytes.Clone(sdp))
}

// short are the names of one letter (RFC 3261 §7.3.3) of headers that hold tokens:
// the library does not know these.
var short = map[string]string{"Supported": "k", "Content-Encoding": "e", "Allow-Events": "u"}

// Values returns the comma-separated values of a header that holds tokens, by its
// long name.
func Values(m gosip.Message, name string) []string {
	headers := m.GetHeaders(name)
	if s, ok := short[name]; ok {
		headers = append(headers, m.GetHeaders(s)...)
	}
	var values []string
	for _, h := range headers {
		for v := range strings.SplitSeq(h.Value(), ",") {
			if v = strings.TrimSpace(v); v != "" {
				values = append(values, v)
			}
		}
	}
	return values
}
