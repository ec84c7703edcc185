package sipp

import (
	"fmt"
	"strings"
	"text/template"
)

// vocabulary is what scenarios are written in. It counts the session
// descriptions of one scenario, whose version must rise with each (RFC 3264 §8).
//
// Arguments named more are header lines, and one that begins with "v=" is the
// body. The caller's INVITE has CSeq 1; within the dialog each request names its
// own. The sound goes to the port that SIPp is told as the keys "audio" and, after
// a move, "audio2".
type vocabulary struct{ version int }

func (v *vocabulary) words() template.FuncMap {
	return template.FuncMap{
		// Either side.
		"sdp": v.sdp, "get": get, "maybe": maybe, "await": await, "pause": pause, "reply": reply, "check": check,
		"remember": remember, "remembered": remembered, "rseq": rseq,
		// The caller.
		"invite": v.invite, "outside": outside, "within": within, "ack": ack, "refused": refused, "either": either,
		"progress": progress, "answered": answered, "bye": bye, "cancel": cancel, "press": press,
		// The callee.
		"called": called, "answer": v.answer, "ask": ask, "later": later,
	}
}

// sdp is a session description. Words: payload types (0 8), a direction
// (sendonly, inactive, recvonly), "zero" for the connection address 0.0.0.0,
// "moved" for the other port, "fax" for T.38 in place of sound. Without any it
// is PCMU both ways.
func (v *vocabulary) sdp(words ...string) string {
	v.version++
	types, direction, address, port, media := []string{}, "sendrecv", "[media_ip]", "[audio]", "RTP/AVP"
	for _, w := range words {
		switch w {
		case "0", "8":
			types = append(types, w)
		case "zero":
			address = "0.0.0.0"
		case "moved":
			port = "[audio2]"
		default:
			direction = w
		}
	}
	if len(types) == 0 {
		types = []string{"0"}
	}
	lines := []string{
		"v=0", fmt.Sprintf("o=sipp 1 %d IN IP[media_ip_type] [media_ip]", v.version), "s=-",
		"c=IN IP[media_ip_type] " + address, "t=0 0",
	}
	if direction == "fax" {
		lines = append(lines, "m=image "+port+" udptl t38", "a=T38FaxVersion:0", "a=T38FaxRateManagement:transferredTCF")
		return strings.Join(lines, "\n") + "\n"
	}
	lines = append(lines, "m=audio "+port+" "+media+" "+strings.Join(types, " ")+" 101")
	for _, w := range types {
		lines = append(lines, "a=rtpmap:"+w+" "+map[string]string{"0": "PCMU", "8": "PCMA"}[w]+"/8000")
	}
	lines = append(lines, "a=rtpmap:101 telephone-event/8000", "a="+direction)
	return strings.Join(lines, "\n") + "\n"
}

// split parts what more holds into header lines and the body.
func split(more []string) (headers, body string) {
	for _, m := range more {
		if strings.HasPrefix(m, "v=") {
			headers += "Content-Type: application/sdp\n"
			body = m
		} else if b, ok := strings.CutPrefix(m, "body:"); ok {
			body = b
		} else {
			headers += m + "\n"
		}
	}
	return headers, body
}

// send wraps a message that SIPp is to send, again and again until it is
// answered when again says so.
func send(head string, more []string, attributes string) string {
	headers, body := split(more)
	length := "0"
	if body != "" {
		length = "[len]"
	}
	return "<send" + attributes + "><![CDATA[\n" + head + headers + "Content-Length: " + length + "\n\n" + body + "]]></send>"
}

const repeatedly = ` retrans="500"`

// branch is the Via branch of a request: the same for an INVITE, its CANCEL and
// the ACK to its refusal (RFC 3261 §9.1, §17.1.1.3).
func branch(method string, seq int) string {
	if method == "CANCEL" {
		method = "INVITE"
	}
	return fmt.Sprintf("z9hG4bK-[pid]-[call_number]-%d-%s", seq, method)
}

// fromCaller is the head of a request of the caller's.
func fromCaller(method, uri, toTag string, seq int, branch string) string {
	return fmt.Sprintf(`%[1]s %[2]s SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=%[5]s
From: "SIPp" <sip:sipp@[local_ip]:[local_port]>;tag=[pid]a[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>%[3]s
Call-ID: [call_id]
CSeq: %[4]d %[1]s
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
`, method, uri, toTag, seq, branch)
}

const (
	serverURI = "sip:[service]@[remote_ip]:[remote_port]"
	hops      = "Max-Forwards: 70"
)

// invite calls. Without a body among more it offers PCMU; "bare" leaves the
// offer to the far side.
func (v *vocabulary) invite(more ...string) string {
	offer := true
	kept := []string{}
	for _, m := range more {
		if m == "bare" || strings.HasPrefix(m, "v=") {
			offer = false
		}
		if m != "bare" {
			kept = append(kept, m)
		}
	}
	if offer {
		kept = append(kept, v.sdp())
	}
	return outside("INVITE", kept...)
}

// outside sends a request outside any dialog.
func outside(method string, more ...string) string {
	if !strings.Contains(strings.Join(more, "\n"), "Max-Forwards") {
		more = append([]string{hops}, more...)
	}
	return send(fromCaller(method, serverURI, "", 1, branch(method, 1)), more, repeatedly)
}

// within sends a request of the caller's within the dialog.
func within(method string, seq int, more ...string) string {
	head := fromCaller(method, "[next_url]", "[peer_tag_param]", seq, branch(method, seq)) + "[routes]\n"
	return send(head, append([]string{hops}, more...), repeatedly)
}

// ack acknowledges the 2xx to the INVITE with this sequence number.
func ack(seq int, more ...string) string {
	head := fromCaller("ACK", "[next_url]", "[peer_tag_param]", seq, branch("ACK", seq)) + "[routes]\n"
	return send(head, append([]string{hops}, more...), "")
}

// cancel gives the first INVITE up.
func cancel(more ...string) string {
	return send(fromCaller("CANCEL", serverURI, "", 1, branch("CANCEL", 1)), append([]string{hops}, more...), repeatedly)
}

// refused takes the refusal of the INVITE with this sequence number and
// acknowledges it. Checks are eregs that the refusal must have.
func refused(seq, status int, checks ...string) string {
	return get(status, checks...) + "\n" + ackRefusal(seq)
}

func ackRefusal(seq int) string {
	uri := serverURI
	if seq > 1 {
		uri = "[next_url]"
	}
	return send(fromCaller("ACK", uri, "[peer_tag_param]", seq, branch("INVITE", seq)), []string{hops}, "")
}

// either takes any of these refusals of the first INVITE.
func either(statuses ...int) string {
	var b strings.Builder
	for i, s := range statuses {
		optional := ` optional="true"`
		if i == len(statuses)-1 {
			optional = ""
		}
		fmt.Fprintf(&b, "<recv response=\"%d\"%s next=\"refused\"/>\n", s, optional)
	}
	return b.String() + "<label id=\"refused\"/>\n" + ackRefusal(1)
}

// get waits for a response, which must be as checks say.
func get(status int, checks ...string) string {
	return fmt.Sprintf("<recv response=\"%d\" rrs=\"true\">%s</recv>", status, actions(checks))
}

// maybe lets responses pass that need not come.
func maybe(statuses ...int) string {
	lines := make([]string, len(statuses))
	for i, s := range statuses {
		lines[i] = fmt.Sprintf("<recv response=\"%d\" optional=\"true\"/>", s)
	}
	return strings.Join(lines, "\n")
}

// check is an expression that must be found: where is "msg", "body" or the name
// of a header with its colon.
func check(where, expression string) string {
	in := `search_in="` + where + `"`
	if strings.HasSuffix(where, ":") {
		in = `search_in="hdr" header="` + where + `"`
	}
	return `<ereg regexp="` + expression + `" ` + in + ` check_it="true" assign_to="seen"/>`
}

// actions wraps checks; what they find is logged, since SIPp wants every
// variable to be used.
func actions(checks []string) string {
	if len(checks) == 0 {
		return ""
	}
	text := strings.Join(checks, "")
	if strings.Contains(text, `assign_to="seen`) {
		text += `<log message="[$seen]"/>`
	}
	return "<action>" + text + "</action>"
}

// remember is a check that keeps the dialog's tag: SIPp otherwise goes by the
// latest response, whatever that answers.
func remember() string {
	return `<ereg regexp="tag=([^;]+)" search_in="hdr" header="To:" check_it="true" assign_to="seen,dialog"/>`
}

// rseq is a check that keeps the number of a reliable response, for RAck.
func rseq() string {
	return `<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/>`
}

// remembered makes requests ones of the dialog that was remembered.
func remembered(requests string) string {
	return strings.ReplaceAll(requests, "[peer_tag_param]", ";tag=[$dialog]")
}

// progress lets what may come before an answer pass.
func progress() string { return maybe(100, 180, 183) }

// answered takes the answer to the first INVITE and acknowledges it.
func answered(checks ...string) string {
	return progress() + "\n" + get(200, checks...) + "\n" + ack(1)
}

// bye hangs up as the caller.
func bye(seq int, more ...string) string { return within("BYE", seq, more...) + "\n" + get(200) }

// press sends keys by INFO, the first with this sequence number.
func press(seq int, keys string) string {
	var b strings.Builder
	for i, key := range keys {
		body := fmt.Sprintf("body:Signal=%c\nDuration=160\n", key)
		b.WriteString(within("INFO", seq+i, "Content-Type: application/dtmf-relay", body) + "\n" + get(200) + "\n")
	}
	return b.String()
}

// pause waits for so many milliseconds.
func pause(milliseconds int) string {
	return fmt.Sprintf("<pause milliseconds=\"%d\"/>", milliseconds)
}

// await waits for a request, which must be as checks say.
func await(method string, checks ...string) string {
	return fmt.Sprintf("<recv request=\"%s\">%s</recv>", method, actions(checks))
}

// called takes the INVITE of a call, whose ends it notes for requests of ours.
func called(checks ...string) string {
	ends := `<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>` +
		`<ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee"/>` +
		`<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>` +
		`<log message="[$caller] [$callee] [$via]"/>`
	return "<recv request=\"INVITE\" rrs=\"true\">" + actions(append([]string{ends}, checks...)) + "</recv>"
}

// ourTag is what the callee adds to To.
const ourTag = "[pid]b[call_number]"

// reply answers the last request as status says ("200 OK"). Words among more:
// "tagged" where the request has the tag of ours already, "tag: x" for that of
// another branch of a fork, "repeatedly" to send it until the ACK.
func reply(status string, more ...string) string {
	to, attributes := "[last_To:];tag="+ourTag, ""
	kept := []string{}
	for _, m := range more {
		other, forked := strings.CutPrefix(m, "tag: ")
		switch {
		case forked:
			to += other
		case m == "repeatedly":
			attributes = repeatedly
		case m == "tagged":
			to = "[last_To:]"
		default:
			kept = append(kept, m)
		}
	}
	if !strings.Contains(strings.Join(kept, "\n"), "Contact: ") {
		kept = append([]string{"Contact: <sip:uas@[local_ip]:[local_port];transport=[transport]>"}, kept...)
	}
	head := "SIP/2.0 " + status + "\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\n" + to + "\n[last_Call-ID:]\n[last_CSeq:]\n"
	return send(head, kept, attributes)
}

// answer takes the call after ringing.
func (v *vocabulary) answer(more ...string) string {
	return strings.Join([]string{
		reply("180 Ringing"), pause(200), reply("200 OK", append(more, v.sdp(), "repeatedly")...), await("ACK"),
	}, "\n")
}

// later replies to the INVITE when another request has come since; tag is that
// of a fork's branch, or empty.
func later(status, tag string, more ...string) string {
	head := "SIP/2.0 " + status + "\nVia:[$via]\nFrom:[$caller]\nTo:[$callee];tag=" + ourTag + tag +
		"\nCall-ID: [call_id]\nCSeq: 1 INVITE\nContact: <sip:uas@[local_ip]:[local_port];transport=[transport]>\n"
	return send(head, more, repeatedly)
}

// ask sends a request of the callee's within the dialog.
func ask(method string, seq int, more ...string) string {
	name := method
	if method == "ACK" {
		name = "ACK-"
	}
	head := fmt.Sprintf(`%[1]s [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=%[3]s
From:[$callee];tag=%[4]s
To:[$caller]
Call-ID: [call_id]
CSeq: %[2]d %[1]s
Contact: <sip:uas@[local_ip]:[local_port];transport=[transport]>
[routes]
`, method, seq, branch(name, seq), ourTag)
	attributes := repeatedly
	if method == "ACK" {
		attributes = ""
	}
	return send(head, append([]string{hops}, more...), attributes)
}
