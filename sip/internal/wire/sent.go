package wire

import (
	"fmt"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// CheckSent refuses to send a message that is broken, or that something which was
// put into it has turned into another one (CR and LF are how). It is for the one
// place through which messages go out; text is the message as it will be sent.
func CheckSent(m gosip.Message, text string) error {
	if len(text) > MaxMessage {
		return fmt.Errorf("send message: %d bytes: more than %d", len(text), MaxMessage)
	}
	if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil {
		return fmt.Errorf("send message: no From, To, Call-ID, CSeq or Via")
	}
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	if !ok || len(body) != len(m.Body()) {
		return fmt.Errorf("send message: an empty line in its head")
	}
	start, rest, _ := strings.Cut(head, "\r\n")
	if err := checkStart(m, start); err != nil {
		return err
	}
	lines := strings.Split(rest, "\r\n")
	own := m.(interface{ Headers() []gosip.Header }).Headers() // of requests and responses alike
	if len(lines) != len(own) {
		return fmt.Errorf("send message: %d lines of %d headers", len(lines), len(own))
	}
	for i, line := range lines {
		value, ok := strings.CutPrefix(line, own[i].Name()+": ")
		if !ok || !IsToken(own[i].Name()) || HasControl(value) || len(value) > maxLine {
			return fmt.Errorf("send message: header %.40q: %.40q", own[i].Name(), line)
		}
	}
	return nil
}

// checkStart wants the start line to be what the message says it is.
func checkStart(m gosip.Message, start string) error {
	good := !HasControl(start)
	switch m := m.(type) {
	case *gosip.Request:
		words := strings.Split(start, " ")
		good = good && len(words) == 3 && words[1] != "" && IsToken(string(m.Method)) && m.CSeq().MethodName == m.Method
	case *gosip.Response:
		good = good && m.StatusCode >= 100 && m.StatusCode <= 699
	}
	if !good {
		return fmt.Errorf("send message: start line %.60q", start)
	}
	return nil
}
