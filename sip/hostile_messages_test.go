package sip

import (
	"slices"
	"strings"
)

// hostiles are all hostile messages of our own. Many are the lesson of a hole that
// some SIP server had; their names are those of the table in docs or advisories.
func hostiles() []hostile {
	return slices.Concat(
		missing(), doubled(), lengths(), numbers(), startLines(), routes(), names(), escapes(),
		credentials(), methodsOutside(), dialogsThatAreNone(), responses(), bodies(), descriptions(), crowds(), noMessages(),
	)
}

// lines of the good request.
const (
	lineVia     = "Via: SIP/2.0/{via} 127.0.0.1:5060;branch=z9hG4bK{id};rport\r\n"
	lineMax     = "Max-Forwards: 70\r\n"
	lineFrom    = "From: \"Caller\" <sip:2000@127.0.0.1>;tag=from{id}\r\n"
	lineTo      = "To: <sip:1000@127.0.0.1>\r\n"
	lineCallID  = "Call-ID: call{id}\r\n"
	lineContact = "Contact: <sip:2000@127.0.0.1>\r\n"
	lineType    = "Content-Type: application/sdp\r\n"
	lineLength  = "Content-Length: {length}\r\n"
)

func missing() []hostile {
	return []hostile{
		spoilt("missing-via", "silence", change{lineVia, ""}),
		spoilt("missing-from", "400", change{lineFrom, ""}),
		spoilt("missing-to", "400", change{lineTo, ""}),
		spoilt("missing-callid", "400", change{lineCallID, ""}),
		spoilt("missing-cseq", "silence", change{"CSeq: 1 INVITE\r\n", ""}),
		spoilt("missing-contact", "400", change{lineContact, ""}),
		spoilt("missing-max-forwards", "486", change{lineMax, ""}),
		spoilt("missing-content-type", "415", change{lineType, ""}),
		spoilt("missing-all", "silence", change{lineVia + lineMax + lineFrom + lineTo + lineCallID + "CSeq: 1 INVITE\r\n" + lineContact, ""}),
		spoilt("missing-from-tag", "400", change{";tag=from{id}", ""}),
		spoilt("missing-branch", "486", change{";branch=z9hG4bK{id}", ""}),
		asked("OPTIONS", "missing-to-options", "400", change{lineTo, ""}),
		asked("OPTIONS", "missing-from-options", "400", change{lineFrom, ""}),
		asked("OPTIONS", "missing-callid-options", "400", change{lineCallID, ""}),
		asked("REGISTER", "missing-contact-register", "405", change{lineContact, ""}),
		spoilt("empty-via", "silence", change{lineVia, "Via:\r\n"}),
		spoilt("empty-from", "silence", change{lineFrom, "From: \r\n"}),
		spoilt("empty-to", "silence", change{lineTo, "To:\r\n"}),
		spoilt("empty-callid", "silence", change{lineCallID, "Call-ID:\r\n"}),
		spoilt("empty-contact", "400", change{lineContact, "Contact:\r\n"}),
		spoilt("empty-to-tag", "400", change{lineTo, "To: <sip:1000@127.0.0.1>;tag=\r\n"}),
		spoilt("empty-from-tag", "400", change{"tag=from{id}", "tag="}),
		spoilt("empty-header-name", "400", change{lineMax, ": 70\r\n"}),
		spoilt("warning-empty", "486", change{lineMax, "Warning:\r\n"}),
	}
}

func doubled() []hostile {
	twice := func(line string) change { return change{line, line + line} }
	return []hostile{
		spoilt("double-to", "400", twice(lineTo)),
		spoilt("double-from", "400", twice(lineFrom)),
		spoilt("double-callid", "400", twice(lineCallID)),
		spoilt("double-cseq", "400", twice("CSeq: 1 INVITE\r\n")),
		spoilt("double-contact", "400", twice(lineContact)),
		spoilt("double-max-forwards", "400", twice(lineMax)),
		spoilt("double-content-type", "400", twice(lineType)),
		spoilt("double-to-compact", "400", change{lineTo, lineTo + "t: <sip:1001@127.0.0.1>\r\n"}),
		spoilt("double-to-empty-tag", "400", change{lineTo, lineTo + "To: <sip:1000@127.0.0.1>;tag=\r\n"}),
		spoilt("double-tag", "486", change{";tag=from{id}", ";tag=from{id};tag=other"}),
		spoilt("double-branch", "486", change{";rport", ";branch=z9hG4bKother;rport"}),
		spoilt("name-blank-colon", "400", change{lineTo, lineTo + "To : <sip:1001@127.0.0.1>\r\n"}),
	}
}

func lengths() []hostile {
	length := func(name, want, value string) hostile {
		return spoilt("content-length-"+name, want, change{"Content-Length: {length}", "Content-Length: " + value})
	}
	return []hostile{
		length("4g", "400", "4294967295"),
		length("wrap", "400", "4294967297"),
		length("wrap64", "400", "18446744073709551617"),
		length("negative", "400", "-1"),
		length("plus", "400", "+5"),
		length("hex", "400", "0x10"),
		length("text", "400", "many"),
		length("empty", "400", ""),
		length("comma", "400", "5, 5"),
		length("fraction", "400", "5.0"),
		length("two", "400", "5\r\nContent-Length: 7"),
		length("two-compact", "400", "5\r\nl: 7"),
		length("nul", "400", "5\x00"),
	}
}

func numbers() []hostile {
	seq := func(name, value string) hostile {
		return spoilt("cseq-"+name, "400", change{"CSeq: 1 INVITE", "CSeq: " + value})
	}
	return []hostile{
		seq("huge", "4294967296 INVITE"), seq("half", "2147483648 INVITE"), seq("negative", "-1 INVITE"),
		seq("method", "1 OPTIONS"), seq("lower", "1 invite"), seq("no-method", "1"), seq("no-number", "INVITE"),
		seq("text", "one INVITE"), seq("three", "1 INVITE INVITE"),
		spoilt("max-forwards-0", "483", change{"Max-Forwards: 70", "Max-Forwards: 0"}),
		spoilt("max-forwards-300", "400", change{"Max-Forwards: 70", "Max-Forwards: 300"}),
		spoilt("max-forwards-huge", "400", change{"Max-Forwards: 70", "Max-Forwards: 99999999999999999999"}),
		spoilt("max-forwards-negative", "400", change{"Max-Forwards: 70", "Max-Forwards: -1"}),
		spoilt("port-uri", "400", change{"sip:1000@127.0.0.1 SIP", "sip:1000@127.0.0.1:99999999999 SIP"}),
		spoilt("port-uri-65536", "400", change{"sip:1000@127.0.0.1 SIP", "sip:1000@127.0.0.1:65536 SIP"}),
		spoilt("port-uri-negative", "400", change{"sip:1000@127.0.0.1 SIP", "sip:1000@127.0.0.1:-1 SIP"}),
		spoilt("port-via", "400", change{"127.0.0.1:5060;", "127.0.0.1:99999;"}),
		spoilt("port-from", "400", change{"2000@127.0.0.1>;", "2000@127.0.0.1:70000>;"}),
		spoilt("port-contact", "400", change{lineContact, "Contact: <sip:2000@127.0.0.1:70000>\r\n"}),
		spoilt("expires-huge", "486", change{lineMax, "Expires: 99999999999999999999\r\n"}),
		spoilt("session-expires-text", "486", change{lineMax, "Session-Expires: soon\r\n"}),
		spoilt("rseq-huge", "486", change{lineMax, "RSeq: 99999999999\r\nRAck: x y z\r\n"}),
		spoilt("retry-after-bomb", "486", change{lineMax, "Retry-After: 99999999999999999999 (((((((\r\n"}),
	}
}

func startLines() []hostile {
	line := func(name, want, to string) hostile {
		return spoilt(name, want, change{"INVITE sip:1000@127.0.0.1 SIP/2.0", to})
	}
	return []hostile{
		line("version-3", "505", "INVITE sip:1000@127.0.0.1 SIP/3.0"),
		line("version-none", "400", "INVITE sip:1000@127.0.0.1"),
		line("version-http", "400", "INVITE sip:1000@127.0.0.1 HTTP/1.1"),
		line("scheme-http", "416", "INVITE http://127.0.0.1/ SIP/2.0"),
		line("scheme-file", "416", "INVITE file:///etc/passwd SIP/2.0"),
		line("scheme-none", "400", "INVITE 1000@127.0.0.1 SIP/2.0"),
		line("scheme-sips", "416", "INVITE sips:1000@127.0.0.1 SIP/2.0"),
		line("uri-empty", "400", "INVITE  SIP/2.0"),
		line("uri-no-host", "400", "INVITE sip: SIP/2.0"),
		line("uri-star", "400", "INVITE * SIP/2.0"),
		line("uri-brackets", "400", "INVITE <sip:1000@127.0.0.1> SIP/2.0"),
		line("uri-headers", "400", "INVITE sip:1000@127.0.0.1?Replaces=x%3Bto-tag%3Dy SIP/2.0"),
		line("uri-long", "414", "INVITE sip:"+strings.Repeat("1", 9000)+"@127.0.0.1 SIP/2.0"),
		line("uri-ipv6-open", "400", "INVITE sip:1000@[::1 SIP/2.0"),
		line("uri-nul", "400", "INVITE sip:10\x0000@127.0.0.1 SIP/2.0"),
		line("uri-percent", "486", "INVITE sip:%@127.0.0.1 SIP/2.0"),
		line("uri-percent-nul", "486", "INVITE sip:%00%0d%0aEvil:%20x@127.0.0.1 SIP/2.0"),
		line("uri-params-1000", "486", "INVITE sip:1000@127.0.0.1"+strings.Repeat(";a=b", 1000)+" SIP/2.0"),
		line("method-long", "400", strings.Repeat("INVITE", 1000)+" sip:1000@127.0.0.1 SIP/2.0"),
		line("method-nul", "400", "INV\x00ITE sip:1000@127.0.0.1 SIP/2.0"),
		line("method-lower", "400", "invite sip:1000@127.0.0.1 SIP/2.0"),
	}
}

func routes() []hostile {
	more := func(name, want, lines string) hostile { return spoilt(name, want, change{lineMax, lines}) }
	return []hostile{
		more("vias-71", "silence", strings.Repeat("Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n", 71)),
		more("vias-2000", "silence", strings.Repeat("v:a\r\n", 2000)),
		more("routes-51", "400", strings.Repeat("Route: <sip:127.0.0.9;lr>\r\n", 51)),
		more("record-routes-51", "400", strings.Repeat("Record-Route: <sip:127.0.0.9;lr>\r\n", 51)),
		more("route-elsewhere", "486", "Route: <sip:198.51.100.9;lr>\r\n"),
		more("route-rubbish", "486", "Route: <<<<sip:\r\n"),
		more("record-route-rubbish", "400", "Record-Route: ;;;,,,\r\n"),
		more("record-route-evil", "486", "Record-Route: <sip:169.254.169.254:80;lr>\r\n"),
		spoilt("via-elsewhere", "486", change{"127.0.0.1:5060;", "198.51.100.9:5060;"}),
		spoilt("via-broadcast", "486", change{"127.0.0.1:5060;", "255.255.255.255:5060;"}),
		spoilt("via-maddr", "486", change{";rport", ";maddr=224.0.0.1;ttl=255;rport"}),
		spoilt("via-received", "486", change{";rport", ";received=198.51.100.9;rport=1"}),
		spoilt("via-protocol", "400", change{"SIP/2.0/{via}", "HTTP/1.1/{via}"}),
		spoilt("via-transport", "486", change{"SIP/2.0/{via}", "SIP/2.0/PIGEON"}),
		spoilt("via-no-host", "400", change{"127.0.0.1:5060;", ";"}),
		spoilt("via-long", "silence", change{";rport", ";x=" + strings.Repeat("y", 9000)}),
		spoilt("via-commas", "400", change{"127.0.0.1:5060;", ",,,,,,;"}),
		spoilt("contact-elsewhere", "486", change{lineContact, "Contact: <sip:x@169.254.169.254:80>\r\n"}),
		spoilt("contact-star", "400", change{lineContact, "Contact: *\r\n"}),
		spoilt("contact-http", "400", change{lineContact, "Contact: <http://127.0.0.1/>\r\n"}),
		spoilt("contact-mail", "400", change{lineContact, "Contact: <mailto:a@b>\r\n"}),
		spoilt("contact-ipv6-open", "400", change{lineContact, "Contact: <sip:x@[::1>\r\n"}),
		spoilt("contact-100", "400", change{lineContact, strings.Repeat(lineContact, 100)}),
	}
}

func names() []hostile {
	from := func(name, want, display string) hostile {
		return spoilt(name, want, change{`"Caller"`, display})
	}
	return []hostile{
		from("display-name-7k", "486", `"`+strings.Repeat("x", 7000)+`"`),
		from("display-name-8k", "silence", `"`+strings.Repeat("x", 8300)+`"`),
		from("display-name-open", "400", `"Caller`),
		from("display-name-backslash", "400", `"Caller\"`),
		from("display-name-backslashes", "486", `"`+strings.Repeat(`\\`, 2000)+`"`),
		from("html-in-name", "486", `"<script>alert(1)</script>"`),
		from("shell-sql-lua", "486", `"'; drop table cdr; -- $(reboot) ]]os.exit()"`),
		from("format-in-name", "486", `"%s%n%x%p"`),
		from("bad-utf8", "486", "\"\xff\xfe\xc0\x80\""),
		from("bidi-in-name", "486", "\"\u202eevil\u202c\""),
		from("nul-in-name", "silence", "\"a\x00b\""),
		from("bell-in-name", "silence", "\"a\x07b\""),
		from("escape-in-name", "silence", "\"a\x1b[2Jb\""),
		spoilt("nul-in-header", "400", change{lineMax, "X-Note: a\x00b\r\n"}),
		spoilt("nul-in-callid", "silence", change{"call{id}", "call{id}\x00"}),
		spoilt("tag-long", "silence", change{"tag=from{id}", "tag={id}" + strings.Repeat("x", 9000)}),
		spoilt("callid-long", "silence", change{"call{id}", "{id}" + strings.Repeat("x", 9000)}),
		spoilt("callid-spaces", "486", change{"call{id}", "call {id} with spaces"}),
		spoilt("branch-long", "486", change{"z9hG4bK{id}", "z9hG4bK{id}" + strings.Repeat("x", 7000)}),
		spoilt("branch-cookie", "486", change{"z9hG4bK{id}", "z9hG4bK"}),
		spoilt("branch-2543", "486", change{"z9hG4bK{id}", "{id}"}),
	}
}

func escapes() []hostile {
	const evil = "%0d%0aEvil:%20x"
	return []hostile{
		spoilt("crlf-escape-from", "486", change{"sip:2000@127.0.0.1>;", "sip:2000" + evil + "@127.0.0.1>;"}),
		spoilt("crlf-escape-to", "486", change{lineTo, "To: <sip:1000" + evil + "@127.0.0.1>\r\n"}),
		spoilt("crlf-escape-contact", "486", change{lineContact, "Contact: <sip:2000" + evil + "@127.0.0.1>\r\n"}),
		spoilt("crlf-escape-callid", "486", change{"call{id}", "call{id}" + evil}),
		asked("REFER", "crlf-escape-referto", "481", change{lineMax, "Refer-To: <sip:x@127.0.0.1?Subject=" + evil + ">\r\n"}),
		spoilt("bare-cr", "400", change{lineMax, "X: a\rEvil: x\r\n"}),
		spoilt("bare-lf", "400", change{lineMax, "X: a\nEvil: x\r\n"}),
		spoilt("fold-first", "400", change{lineVia, " folded\r\n" + lineVia}),
		spoilt("fold-many", "486", change{lineMax, "X: a" + strings.Repeat("\r\n b", 2000) + "\r\n"}),
		spoilt("fold-to-long", "400", change{lineMax, "X: a" + strings.Repeat("\r\n bbbb", 4000) + "\r\n"}),
	}
}
