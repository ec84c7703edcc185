package call

import (
	"trunkline/call/event"
	"trunkline/call/internal/conduct"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/inlet"
	"trunkline/call/internal/line"
	"trunkline/call/internal/lot"
)

// Names of what a call is and does, and of what it takes and gives.
type (
	Call            = conduct.Call
	Info            = conduct.Info
	Times           = conduct.Times
	Cause           = conduct.Cause
	Error           = conduct.Error
	Runner          = conduct.Runner
	Signalling      = line.Signalling
	Leg             = conduct.Leg
	DialRequest     = conduct.DialRequest
	BridgeResult    = conduct.BridgeResult
	HoldRequest     = conduct.HoldRequest
	ParkRequest     = conduct.ParkRequest
	TransferRequest = conduct.TransferRequest
	Parked          = conduct.Parked
	ParkedCaller    = lot.Entry
	Conference      = conduct.Conference
	Input           = conduct.Input
	InputKind       = inlet.Kind
	Sound           = conduct.Sound
	Playback        = conduct.Playback
	Recordings      = conduct.Recordings
	Concealer       = line.Concealer
)

// Directions of a call or a leg, seen from us.
const (
	Inbound  = event.Inbound
	Outbound = event.Outbound
)

// DefaultRing is how long an outgoing leg may ring when nobody says otherwise.
const DefaultRing = conduct.DefaultRing

// The kinds of Input.
const (
	KeyPressed      = inlet.KeyPressed
	SpeechStarted   = inlet.SpeechStarted
	SpeechEnded     = inlet.SpeechEnded
	PlaybackEnded   = inlet.PlaybackEnded
	MessageReceived = inlet.MessageReceived
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
