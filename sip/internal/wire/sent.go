package wire

import (
	"fmt"
	"io"

	gosip "github.com/emiago/sipgo/sip"
)

// CheckSent refuses to send a message that is broken, or that something which was
// put into it has turned into another one: line breaks are how. The library writes
// what it is given.
func CheckSent(m gosip.Message) error {
	if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil {
		return fmt.Errorf("send message: no From, To, Call-ID, CSeq or Via")
	}
	if err := checkStart(m); err != nil {
		return err
	}
	s := scanner{length: len(m.Body())}
	for _, h := range m.(interface{ Headers() []gosip.Header }).Headers() { // requests and responses alike have it
		before := s.length
		h.StringWrite(&s)
		if s.control || !IsToken(h.Name()) || s.length-before > maxLine {
			return fmt.Errorf("send message: header %.40q: %.40q", h.Name(), h.Value())
		}
	}
	if s.length > MaxMessage {
		return fmt.Errorf("send message: more than %d bytes", MaxMessage)
	}
	return nil
}

// scanner looks at what would be written.
type scanner struct {
	length         int
	control, blank bool
}

var _ io.StringWriter = (*scanner)(nil)

// WriteString implements io.StringWriter.
func (s *scanner) WriteString(text string) (int, error) {
	s.length += len(text)
	for i := range len(text) {
		c := text[i]
		s.control = s.control || c < ' ' && c != '\t' || c == 0x7f
		s.blank = s.blank || c == ' '
	}
	return len(text), nil
}

// checkStart wants the start line to be one.
func checkStart(m gosip.Message) error {
	switch m := m.(type) {
	case *gosip.Request:
		var uri scanner
		m.Recipient.StringWrite(&uri)
		if uri.control || uri.blank || uri.length == 0 || !IsToken(string(m.Method)) || m.CSeq().MethodName != m.Method {
			return fmt.Errorf("send message: %.20q to %.60q", m.Method, m.Recipient.String())
		}
	case *gosip.Response:
		if m.StatusCode < 100 || m.StatusCode > 699 || HasControl(m.Reason) {
			return fmt.Errorf("send message: status %d %.40q", m.StatusCode, m.Reason)
		}
	}
	return nil
}
