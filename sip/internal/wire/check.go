package wire

import (
	"fmt"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Fault is why a message is refused before anything acts on it.
type Fault struct {
	Status int      // what to answer a request with; 0 means silence
	Why    string   // for the log: what is wrong, and where
	Extra  []string // header lines the answer needs
	Rule   string   // which rule it is; "": that messages are as they should be
}

func bad(format string, args ...any) *Fault {
	return &Fault{Status: 400, Why: fmt.Sprintf(format, args...)}
}

// CheckText holds a message's text against the limits, before it is parsed.
func CheckText(raw []byte) *Fault {
	if len(raw) > MaxMessage {
		return &Fault{Rule: "too_large", Status: 513, Why: fmt.Sprintf("message of %d bytes: more than %d", len(raw), MaxMessage)}
	}
	start, headers, length := SplitHead(raw)
	if length < 0 {
		return &Fault{Why: "no empty line after the headers"}
	}
	if len(start) > maxLine {
		return &Fault{Status: 414, Why: fmt.Sprintf("start line of %d bytes: more than %d", len(start), maxLine)}
	}
	if HasControl(start) {
		return bad("control character in the start line")
	}
	if f := checkScheme(start); f != nil {
		return f
	}
	count := map[string]int{}
	contentLength := ""
	n := 0
	for h := range Headers(headers) {
		n++
		switch {
		case n > maxHeaders:
			return bad("more than %d headers", maxHeaders)
		case len(h.Value) > maxLine || len(h.Name) > maxLine:
			return bad("header %d: more than %d bytes", n, maxLine)
		case !IsToken(h.Name):
			return bad("header %d: no name, or not a name", n)
		case HasControl(h.Value):
			return bad("header %s: control character", h.Name)
		}
		if f := checkNumber(h); f != nil {
			return f
		}
		if h.Name == "cseq" && !sameMethod(start, h.Value) {
			return bad("CSeq %.40q in %.20q", h.Value, start)
		}
		if h.Name == "content-length" {
			if count[h.Name] > 0 && h.Value != contentLength {
				return bad("two different Content-Length: %.20q and %.20q", contentLength, h.Value)
			}
			contentLength = h.Value
		}
		count[h.Name]++
	}
	return checkCount(count)
}

// sameMethod reports whether the CSeq names the method of the start line, letter
// by letter: the parser does not tell INVITE from invite.
func sameMethod(start, cseq string) bool {
	method, _, _ := strings.Cut(start, " ")
	i := strings.LastIndexAny(cseq, " \t")
	return strings.HasPrefix(start, "SIP/") || cseq[i+1:] == method
}

// checkScheme refuses a Request-URI of a scheme that we do not have. The parser
// would find fault with what follows it, and its answer would be another one.
func checkScheme(start string) *Fault {
	_, uri, _ := strings.Cut(start, " ")
	scheme, _, ok := strings.Cut(uri, ":")
	if !ok || strings.HasPrefix(start, "SIP/") || strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" {
		return nil
	}
	for _, ours := range []string{"sip", "sips", "tel"} {
		if strings.EqualFold(scheme, ours) {
			return nil
		}
	}
	return &Fault{Rule: "uri_scheme", Status: 416, Why: fmt.Sprintf("Request-URI scheme %.20q", scheme)}
}

// checkCount wants each header that everything hangs on once.
func checkCount(count map[string]int) *Fault {
	for _, name := range []string{"from", "to", "call-id", "cseq"} {
		if count[name] != 1 {
			return bad("%d %s headers: want one", count[name], name)
		}
	}
	for _, name := range []string{"max-forwards", "content-type"} {
		if count[name] > 1 {
			return bad("%d %s headers: want at most one", count[name], name)
		}
	}
	return nil
}

// checkNumber wants numbers that are some: parsers differ about signs, blanks and
// overflow, and what two of them read differently is how messages are smuggled.
func checkNumber(h Header) *Fault {
	most := uint64(0)
	switch h.Name {
	case "content-length":
		most = 1<<31 - 1
	case "max-forwards":
		most = 255
	default:
		return nil
	}
	if n, err := strconv.ParseUint(h.Value, 10, 64); err != nil || n > most {
		return bad("%s %.20q", h.Name, h.Value)
	}
	return nil
}

// CheckRequest refuses what no handler should have to think of (RFC 3261 §8.2).
func CheckRequest(req *gosip.Request) *Fault {
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") {
		return &Fault{Status: 505, Why: fmt.Sprintf("version %.20q", req.SipVersion)}
	}
	if !IsToken(string(req.Method)) {
		return bad("method %.20q: not a token", req.Method)
	}
	if f := checkShared(req, req.GetHeaders("Via"), req.GetHeaders("Record-Route")); f != nil {
		return f
	}
	if n := len(req.GetHeaders("Route")); n > maxRoutes {
		return bad("%d Route values: more than %d", n, maxRoutes)
	}
	if cseq := req.CSeq(); cseq.MethodName != req.Method {
		return bad("CSeq method %.20q in a %.20s request", cseq.MethodName, req.Method)
	}
	if req.IsAck() {
		return nil // never answered, so there is nothing more to refuse
	}
	if f := checkURI(req.Recipient, secure(req), "Request-URI"); f != nil {
		return f
	}
	if len(req.Recipient.Headers) > 0 { // RFC 3261 §19.1.1
		return bad("headers in the Request-URI")
	}
	if req.IsCancel() || req.Method == gosip.BYE {
		return nil // whatever else they ask for, it is over
	}
	if unknown := unsupported(Values(req, "Require")); len(unknown) > 0 {
		list := strings.Join(unknown, ", ")
		return &Fault{Rule: "extension", Status: 420, Why: "Require: " + list, Extra: []string{"Unsupported: " + list}}
	}
	if req.To().Params.Has("tag") {
		return nil
	}
	if mf := req.MaxForwards(); mf != nil && mf.Val() == 0 {
		return &Fault{Rule: "max_forwards", Status: 483, Why: "Max-Forwards is 0"}
	}
	if req.IsInvite() {
		return CheckContact(req)
	}
	return nil
}

// CheckResponse refuses responses that make no sense; nobody is told.
func CheckResponse(res *gosip.Response) *Fault {
	if !strings.EqualFold(res.SipVersion, "SIP/2.0") || res.StatusCode < 100 || res.StatusCode > 699 {
		return bad("status line %.20q %d", res.SipVersion, res.StatusCode)
	}
	vias := res.GetHeaders("Via")
	if len(vias) != 1 { // RFC 3261 §8.1.3.3: we send one
		return bad("%d Via values in a response: want one", len(vias))
	}
	return checkShared(res, vias, res.GetHeaders("Record-Route"))
}

// checkShared checks what requests and responses have in common.
func checkShared(m gosip.Message, vias, recordRoutes []gosip.Header) *Fault {
	from, to, cseq, callID, via := m.From(), m.To(), m.CSeq(), m.CallID(), m.Via()
	switch {
	case from == nil || to == nil || cseq == nil || callID == nil || via == nil:
		return bad("From, To, Call-ID, CSeq or Via cannot be read")
	case len(vias) > maxVias:
		return bad("%d Via values: more than %d", len(vias), maxVias)
	case len(recordRoutes) > maxRoutes:
		return bad("%d Record-Route values: more than %d", len(recordRoutes), maxRoutes)
	case !isHost(via.Host) || via.Port < 0 || via.Port > 65535:
		return bad("Via %.60q: not an address", via.SentBy())
	case !strings.EqualFold(via.ProtocolName, "SIP") || via.ProtocolVersion != "2.0":
		return bad("Via protocol %.20q/%.20q", via.ProtocolName, via.ProtocolVersion)
	}
	if tag, _ := from.Params.Get("tag"); tag == "" {
		return bad("From without tag")
	}
	if tag, ok := to.Params.Get("tag"); ok && tag == "" {
		return bad("To with an empty tag")
	}
	if f := checkPort(from.Address, "From"); f != nil {
		return f
	}
	return checkPort(to.Address, "To")
}

// isHost reports whether text could be a host name or an address.
func isHost(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("-._:[]%", c) < 0 {
			return false
		}
	}
	return text != ""
}

// secure reports whether a message came over TLS, where a sips URI may be.
func secure(m gosip.Message) bool {
	return strings.EqualFold(m.Transport(), "TLS") || strings.EqualFold(m.Transport(), "WSS")
}

// checkURI wants a URI that can name somebody here.
func checkURI(uri gosip.Uri, secure bool, where string) *Fault {
	scheme := uri.Scheme
	if scheme == "sips" && secure {
		scheme = "sip"
	}
	switch scheme {
	case "sip":
		if !isHost(uri.Host) || uri.Wildcard {
			return bad("%s without host", where)
		}
	case "tel": // RFC 3966: a number is a number
	default:
		return &Fault{Rule: "uri_scheme", Status: 416, Why: fmt.Sprintf("%s scheme %.20q", where, uri.Scheme)}
	}
	return checkPort(uri, where)
}

func checkPort(uri gosip.Uri, where string) *Fault {
	if uri.Port < 0 || uri.Port > 65535 {
		return bad("%s port %d", where, uri.Port)
	}
	return nil
}

// CheckContact wants the one Contact that a request opening or refreshing a
// dialog must have (RFC 3261 §8.1.1.8).
func CheckContact(m gosip.Message) *Fault {
	contacts := m.GetHeaders("Contact")
	if len(contacts) != 1 {
		return bad("%d Contact values: want one", len(contacts))
	}
	c, ok := contacts[0].(*gosip.ContactHeader)
	if !ok || c.Address.Wildcard || c.Address.Scheme == "tel" || checkURI(c.Address, secure(m), "Contact") != nil {
		return bad("Contact is not a SIP URI")
	}
	return nil
}
