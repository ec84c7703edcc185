package sip

import (
	"fmt"
	"strings"
)

func credentials() []hostile {
	auth := func(name, value string) hostile {
		return spoilt("auth-"+name, "486", change{lineMax, "Authorization: " + value + "\r\nProxy-Authorization: " + value + "\r\n"})
	}
	return []hostile{
		auth("empty", ""), auth("word", "Digest"), auth("scheme", "Nothing x=y"),
		auth("open", `Digest username="`), auth("commas", "Digest ,,,,,,,"), auth("equals", "Digest ====="),
		auth("long", `Digest username="`+strings.Repeat("x", 7000)+`"`),
		auth("repeated", `Digest username="a", username="b", username="c"`),
		auth("nc", `Digest username="a", realm="r", nonce="n", uri="u", response="x", nc=ffffffffffff, qop=auth-int-evil`),
		spoilt("identity-bad", "486", change{lineMax, "Identity: ....;info=<file:///etc/passwd>;alg=none;ppt=shaken\r\n"}),
		spoilt("identity-long", "486", change{lineMax, "Identity: " + strings.Repeat("A", 7000) + ";info=<https://127.0.0.1/>\r\n"}),
		spoilt("pai-rubbish", "486", change{lineMax, "P-Asserted-Identity: <<<,,,>>>\r\nPrivacy: ;;;\r\nRemote-Party-ID: \"\r\n"}),
		spoilt("require-unknown", "420", change{lineMax, "Require: nothing\r\n"}),
		spoilt("require-many", "420", change{lineMax, "Require: " + strings.Repeat("x,", 3000) + "x\r\n"}),
		spoilt("require-commas", "486", change{lineMax, "Require: ,,,,\r\n"}),
		spoilt("replaces-rubbish", "400", change{lineMax, "Replaces: ;;to-tag=;from-tag\r\n"}),
	}
}

func methodsOutside() []hostile {
	return []hostile{
		asked("MESSAGE", "message-unauth", "405"),
		asked("SUBSCRIBE", "subscribe-no-event", "405"),
		asked("PUBLISH", "publish-outside", "405"),
		asked("NOTIFY", "notify-outside", "481"),
		asked("REFER", "refer-outside", "481", change{lineMax, "Refer-To: <sip:premium@198.51.100.9>\r\n"}),
		asked("REGISTER", "register-star", "405", change{lineContact, "Contact: *\r\nExpires: 0\r\n"}),
		asked("INFO", "info-outside", "481"),
		asked("UPDATE", "update-outside", "481"),
		asked("PRACK", "prack-outside", "481"),
		asked("BYE", "bye-outside", "481"),
		asked("CANCEL", "cancel-nothing", "481"),
		asked("ACK", "ack-nothing", "silence"),
		asked("FROBNICATE", "method-unknown", "405"),
		asked("OPTIONS", "accepts-180", "200", change{lineMax, strings.Repeat("Accept: application/x\r\n", 180)}),
		asked("OPTIONS", "accepts-500", "400", change{lineMax, strings.Repeat("Accept: application/x\r\n", 500)}),
		asked("OPTIONS", "options-max-forwards-0", "483", change{"Max-Forwards: 70", "Max-Forwards: 0"}),
	}
}

func dialogsThatAreNone() []hostile {
	inside := change{lineTo, "To: <sip:1000@127.0.0.1>;tag=guessed\r\n"}
	list := []hostile{spoilt("invite-in-dialog", "481", inside)}
	for _, method := range []string{"BYE", "UPDATE", "INFO", "REFER", "NOTIFY", "MESSAGE", "PRACK", "OPTIONS"} {
		list = append(list, asked(method, strings.ToLower(method)+"-in-dialog", "481", inside))
	}
	return append(list, asked("ACK", "ack-in-dialog", "silence", inside), asked("CANCEL", "cancel-in-dialog", "481", inside))
}

func responses() []hostile {
	answer := func(name, line string, changes ...change) hostile {
		h := spoilt(name, "silence", changes...)
		_, rest, _ := strings.Cut(h.text, "\r\n")
		h.text = line + "\r\n" + rest
		return h
	}
	return []hostile{
		answer("response-200", "SIP/2.0 200 OK"),
		answer("response-0", "SIP/2.0 0 OK"),
		answer("response-700", "SIP/2.0 700 OK"),
		answer("response-huge", "SIP/2.0 4294967496 OK"),
		answer("response-negative", "SIP/2.0 -200 OK"),
		answer("response-text", "SIP/2.0 OK OK"),
		answer("response-bare", "SIP/2.0"),
		answer("response-no-via", "SIP/2.0 200 OK", change{lineVia, ""}),
		answer("redirect-302", "SIP/2.0 302 Moved", change{lineContact, "Contact: <sip:premium@198.51.100.9>\r\n"}),
		answer("response-401", "SIP/2.0 401 Unauthorized", change{lineMax, "WWW-Authenticate: Digest realm=\"\", nonce=\r\n"}),
		answer("response-reason-long", "SIP/2.0 200 "+strings.Repeat("x", 9000)),
	}
}

func bodies() []hostile {
	typed := func(name, want, kind, body string) hostile {
		return spoiltBody(name, want, body, change{lineType, "Content-Type: " + kind + "\r\n"})
	}
	nest := func(depth int) string {
		body := "x"
		for i := range depth {
			body = fmt.Sprintf("--b%d\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n%s\r\n--b%d--\r\n", i, max(0, i-1), body, i)
		}
		return body
	}
	part := "--b\r\nContent-Type: application/sdp\r\n\r\n" + goodSDP + "\r\n"
	return []hostile{
		typed("multipart", "486", "multipart/mixed;boundary=b", part+"--b--\r\n"),
		typed("multipart-100", "400", "multipart/mixed;boundary=b", strings.Repeat("--b\r\n\r\nx\r\n", 100)+"--b--\r\n"),
		typed("multipart-deep", "400", "multipart/mixed;boundary=b49", nest(50)),
		typed("multipart-no-boundary", "400", "multipart/mixed", part),
		typed("multipart-open", "415", "multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0"),
		typed("multipart-wrong-boundary", "415", "multipart/mixed;boundary=c", part),
		typed("type-rubbish", "415", ";;;/==", goodSDP),
		typed("type-text", "415", "text/plain", goodSDP),
		typed("type-html", "415", "text/html", "<script>alert(1)</script>"),
		typed("pidf-bomb", "415", "application/pidf+xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`),
		typed("recording-xxe", "415", "application/rs-metadata+xml", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`),
		typed("sipfrag", "415", "message/sipfrag", "SIP/2.0 200 OK\r\n"),
		typed("encoding-gzip", "415", "application/sdp\r\nContent-Encoding: gzip", "\x1f\x8b\x08\x00\x00"),
	}
}

func descriptions() []hostile {
	body := func(name, want, text string) hostile { return spoiltBody("sdp-"+name, want, text) }
	more := func(name, want, lines string) hostile { return body(name, want, goodSDP+lines) }
	numbers := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " %d", i%128)
		}
		return b.String()
	}
	return []hostile{
		body("empty", "486", ""),
		body("rubbish", "488", "\x00\x01\x02\xff\xfe"),
		body("v-only", "488", "v=0\r\n"),
		body("no-format", "488", strings.Replace(goodSDP, " 8 101", "", 1)),
		body("pt-1000", "488", strings.Replace(goodSDP, " 8 101", numbers(1000), 1)),
		body("port-huge", "488", strings.Replace(goodSDP, "40000", "99999999999", 1)),
		body("port-negative", "488", strings.Replace(goodSDP, "40000", "-1", 1)),
		body("address-huge", "486", strings.Replace(goodSDP, "c=IN IP4 127.0.0.1", "c=IN IP4 999.999.999.999", 1)),
		more("m-17", "488", strings.Repeat("m=audio 40000 RTP/AVP 8\r\n", 17)),
		more("attributes-2000", "488", strings.Repeat("a=x:y\r\n", 2000)),
		more("line-long", "486", "a=x:"+strings.Repeat("y", 20000)+"\r\n"),
		more("fmtp-bad", "486", "a=fmtp:\r\na=fmtp:999999 x\r\na=fmtp:101 0-99999999\r\n"),
		more("rtpmap-bad", "486", "a=rtpmap:\r\na=rtpmap:8\r\na=rtpmap:8 /\r\na=rtpmap:8 PCMA/99999999999\r\n"),
		more("ice-bad", "486", "a=candidate:1 999999 UDP 99999999999 300.1.1.1 99999 typ evil\r\na=ice-ufrag:\r\n"),
		more("crypto-bad", "486", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\r\na=crypto:-1 X Y\r\na=crypto:\r\n"),
		more("t38-bad", "486", "m=image 4000 udptl t38\r\na=T38FaxMaxBuffer:99999999999\r\na=T38FaxUdpEC:\r\n"),
		more("ptime-0", "486", "a=ptime:0\r\na=maxptime:-5\r\na=ptime:x\r\n"),
	}
}

func crowds() []hostile {
	return []hostile{
		spoilt("headers-195", "400", change{lineMax, strings.Repeat("X: y\r\n", 195)}),
		spoilt("headers-2000", "400", change{lineMax, strings.Repeat("X: y\r\n", 2000)}),
		spoilt("header-8k", "400", change{lineMax, "X: " + strings.Repeat("y", 8300) + "\r\n"}),
		spoilt("header-name-8k", "400", change{lineMax, strings.Repeat("X", 8300) + ": y\r\n"}),
		spoilt("header-no-colon", "400", change{lineMax, "nothing here\r\n"}),
		spoilt("params-1000", "486", change{";rport", ";rport" + strings.Repeat(";a=b", 1000)}),
		spoilt("quotes-1000", "486", change{lineMax, "X: " + strings.Repeat(`"`, 1000) + "\r\n"}),
		spoilt("comments-1000", "486", change{lineMax, "X: " + strings.Repeat("(", 1000) + "\r\n"}),
		spoilt("supported-1000", "486", change{lineMax, "Supported: " + strings.Repeat("x,", 1000) + "x\r\n"}),
		spoilt("diversion-20", "486", change{lineMax, strings.Repeat("Diversion: <sip:a@b>;reason=x;counter=99999999999\r\n", 20)}),
	}
}

func noMessages() []hostile {
	raw := func(name, text string) hostile { return hostile{name, "silence", text} }
	return []hostile{
		raw("crlf", "\r\n\r\n"),
		raw("crlf-1000", strings.Repeat("\r\n", 1000)),
		raw("http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		raw("tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
		raw("stun", "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl"),
		raw("rtp", "\x80\x08\x00\x01\x00\x00\x00\xa0\x12\x34\x56\x78"+strings.Repeat("\xd5", 160)),
		raw("lf-only", strings.ReplaceAll(spoilt("", "").text, "\r\n", "\n")),
		raw("head-only", "INVITE sip:1000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"),
		raw("colons", strings.Repeat(":", 5000)+"\r\n\r\n"),
		raw("blanks", strings.Repeat(" ", 5000)+"\r\n\r\n"),
		raw("binary", strings.Repeat("\x00\xff", 5000)+"\r\n\r\n"),
		raw("smuggled", "OPTIONS sip:x SIP/2.0\r\n\r\nINVITE sip:1000@127.0.0.1 SIP/2.0\r\n\r\n"),
	}
}
