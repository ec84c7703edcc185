// Package dialog is the state machine of INVITE dialogs (RFC 3261 §12 to §15) in
// both directions, on top of sipgo's transactions.
//
// A Dialog is one dialog; a Layer is all of an endpoint's. Wishes are methods;
// what happens comes back through the sink a dialog was given, in order, from one
// goroutine at a time. The package opens no socket, knows no policy beyond its
// trunk's data, and never looks into SDP. Only sip uses it, which shows its types
// as its own.
package dialog

import (
	"net/netip"

	"trunkline/internal/journal"
	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/journey"
	"trunkline/sip/internal/line"
	"trunkline/sip/stir"
	"trunkline/sip/trunk"
)

// Cause says why a dialog ended.
type Cause = cause.Cause

// Incoming is an INVITE that has been checked and found to be a new call. Its
// sink must be set with Dialog.Handle before anything else is done with it.
type Incoming struct {
	*Dialog
	Trunk  *trunk.Trunk
	Source netip.AddrPort
	User   string // who has proven to be it by a password; "": nobody had to
	From   Party
	To     Party       // the Request-URI: whom the caller wants
	Caller Caller      // whom the trunk's policy believes to call
	Taken  [][2]string // headers that the trunk's list lets in
	Offer  []byte      // SDP; empty when the offer is delayed
	// Attestation is what came of the call's signatures; nil: nobody looked.
	Attestation *stir.Result
	// Replaces is the dialog whose place this one takes; it ends when this one is
	// answered, and whoever takes the call sees to that. nil: none.
	Replaces *Dialog
	// MaxForwards is how far a call may go that goes on from here; at 0, nowhere.
	MaxForwards int
}

// What an outgoing call is made of.
type (
	Request = journey.Request
	Hop     = journey.Hop
	Tries   = journey.Tries
	Party   = journey.Party
	Caller  = journey.Caller
)

// Standing is a dialog that is up, as the journal keeps it; Memory is that journal.
type (
	Standing = line.Standing
	Memory   = journal.Journal[Standing]
)

// Kind says what a dialog Event reports.
type Kind uint8

// The kinds of Event.
const (
	Ringing     Kind = iota + 1 // 180/183 to our INVITE; SDP when it carries early media
	Answered                    // 2xx to our INVITE, with SDP
	Confirmed                   // ACK to our 2xx; SDP when the offer was delayed
	Reoffered                   // re-INVITE or UPDATE; SDP is the offer, empty asks us for one
	Ended                       // the dialog is over; Cause says why. Always the last.
	Reanswered                  // the far side answered or refused our Reoffer
	Pressed                     // the far side sent a key by INFO
	Referred                    // the far side wants to be connected with somebody else
	Transferred                 // how our Refer goes: Status; Cause when it has failed
)

// Event is something that happened in a dialog.
type Event struct {
	Kind   Kind
	Status int // of Ringing, Answered, Reanswered and Transferred
	SDP    []byte
	Cause  Cause // of Ended; of Reanswered when our offer was refused
	Key    byte  // of Pressed: 0–9, *, #, A–D
	Refer  *Referral
}
