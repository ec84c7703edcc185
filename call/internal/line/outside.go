package line

import "trunkline/sip"

// Signalling places calls. *sip.Endpoint is one.
type Signalling interface {
	Dial(r sip.DialRequest, sink func(sip.Event)) (*sip.Dialog, error)
}

// Concealer keeps keys out of traces of signalling: those that come by INFO
// (RFC 6086) in the dialogs named by their Call-ID, until Show is called as
// often as Hide. It is used by any goroutine.
type Concealer interface {
	Hide(callIDs ...string)
	Show(callIDs ...string)
}
