package wire

import gosip "github.com/emiago/sipgo/sip"

// CheckLoop refuses a request that we have sent ourselves: one of its Vias is
// ours, and it still asks for what we asked for (RFC 3261 §16.3: with another
// Request-URI it is a spiral, such as a call that a carrier forwards back to us,
// and welcome). sent returns the Request-URI of a request of ours that is under
// way, by its branch. Branches cannot be guessed, so nobody else has them.
func CheckLoop(req *gosip.Request, sent func(branch string) (gosip.Uri, bool)) *Fault {
	for _, h := range req.GetHeaders("Via") {
		via, ok := h.(*gosip.ViaHeader)
		if !ok {
			continue
		}
		branch, _ := via.Params.Get("branch")
		if branch == "" {
			continue
		}
		if uri, ours := sent(branch); ours && uri.User == req.Recipient.User && uri.Raw() == req.Recipient.Raw() {
			return &Fault{Rule: "loop", Status: 482, Why: "a request of our own came back"}
		}
	}
	return nil
}
