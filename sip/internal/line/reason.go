package line

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/wire"
)

// Tell says why something ends (RFC 3326).
func Tell(m gosip.Message, c cause.Cause) {
	for _, value := range c.Reasons() {
		m.AppendHeader(gosip.NewHeader("Reason", value))
	}
}

// reasons reads why something ends.
func reasons(m gosip.Message) []cause.Reason {
	var values []string
	for _, h := range m.GetHeaders("Reason") {
		values = append(values, h.Value())
	}
	return cause.Reasons(values)
}

// Ending returns the cause that a BYE or CANCEL stands for; text is for those that say
// nothing.
func Ending(req *gosip.Request, text string) cause.Cause {
	c := cause.FromRequest(string(req.Method), reasons(req))
	if c.Text == "" {
		c.Text = text
	}
	return c
}

// Refusal returns the cause that a final refusal stands for.
func Refusal(res *gosip.Response) cause.Cause {
	text := wire.Clean(res.Reason)
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		text = "redirected, which is not followed"
		if c := res.Contact(); c != nil {
			text = wire.Clean("redirected to " + c.Address.String() + ", which is not followed")
		}
	case res.StatusCode == 401 || res.StatusCode == 407:
		text = "the far side wants a password that we do not have, or refuses ours"
	}
	return cause.FromResponse(res.StatusCode, text, reasons(res))
}

// Ruled is the header line that names the rule of a refusal of ours.
func Ruled(rule string, status int) string {
	return "Reason: " + cause.Reason{Protocol: cause.SIP, Cause: status, Text: rule}.String()
}

// StatusOf is the status of a response; 0: none came.
func StatusOf(res *gosip.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}
