package conduct

import (
	"trunkline/call/event"
	"trunkline/call/internal/fault"
)

// Who ended a leg or a call.
const (
	ByCaller = event.ByCaller
	ByCallee = event.ByCallee
	ByFlow   = event.ByFlow
	ByAPI    = event.ByAPI
	BySystem = event.BySystem
)

// Codes of an Error beyond those of package sip.
const (
	CodeHangup  = fault.Hangup  // the call is over
	CodeTimeout = fault.Timeout // the context ended first
	CodeInvalid = fault.Invalid // the wish makes no sense now; Text says why
	CodeRefused = fault.Refused // the gate said no; Text names the rule
)

// Error is why a wish was not granted. Code is a stable word: a sip.Code or one
// of the codes of this package.
type Error = fault.Error
