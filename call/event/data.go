package event

// CallStarted: a call exists. The first event of every call.
type CallStarted struct {
	Direction string `json:"direction"` // inbound, outbound
	Trunk     string `json:"trunk"`
	From      string `json:"from"`
	To        string `json:"to"`
	Flow      string `json:"flow"`

	Attestation *Attestation `json:"attestation,omitempty"` // what came of verifying who calls; none when the trunk is not verified
}

// Attestation is what came of verifying the caller's signature (STIR, RFC 8224).
type Attestation struct {
	Verstat  string   `json:"verstat"`            // TN-Validation-Passed, TN-Validation-Failed, No-TN-Validation
	Attest   string   `json:"attest,omitempty"`   // what the signer knows: A, B, C (RFC 8588)
	OrigID   string   `json:"origid,omitempty"`   // whom the signer means, in a word of their own
	Signer   string   `json:"signer,omitempty"`   // subject of the certificate
	Provider string   `json:"provider,omitempty"` // service provider code in the certificate
	Diverted []string `json:"diverted,omitempty"` // numbers the call was for before, the last first
	Problems []Doubt  `json:"problems,omitempty"` // of each signature that was not good
}

// Doubt is why a signature is not good.
type Doubt struct {
	Status int    `json:"status"` // 403, 428, 436, 437 or 438 (RFC 8224 §6.2.2)
	Text   string `json:"text"`
}

// CallEnded: nothing of the call is left. The last event of every call.
type CallEnded struct {
	Cause
	DurationMS int64 `json:"duration_ms"` // from CallStarted
}

// Directions of a call or a leg, seen from us.
const (
	Inbound  = "inbound"
	Outbound = "outbound"
)

// Who ended a leg or a call.
const (
	ByCaller = "caller"
	ByCallee = "callee"
	ByFlow   = "flow"
	ByAPI    = "api"
	BySystem = "system"
)

// Cause says why a leg or call ended.
type Cause struct {
	Code string `json:"code"`
	SIP  int    `json:"sip,omitempty"`
	Q850 int    `json:"q850,omitempty"`
	By   string `json:"by,omitempty"` // caller, callee, flow, api, system
	Text string `json:"text,omitempty"`
}

// Why returns c. What embeds a Cause, an error for instance, says why by it.
func (c Cause) Why() Cause { return c }

// LegStarted: a leg exists; for outgoing ones the INVITE was sent.
type LegStarted struct {
	Direction string `json:"direction"`
	Trunk     string `json:"trunk"`
	Address   string `json:"address"` // SIP URI of the far side
	SIPCallID string `json:"sip_call_id"`
}

// LegRinging: the far side rings, or we ring it.
type LegRinging struct {
	Status int `json:"status"`
}

// LegEarlyMedia: the caller hears a leg that is not answered yet.
type LegEarlyMedia struct {
	Codec string `json:"codec"`
}

// LegHeld: the leg is on hold. It hears music and is not heard.
type LegHeld struct{}

// LegResumed: it no longer is.
type LegResumed struct{}

// Parked: the caller waits in a slot until somebody fetches it.
type Parked struct {
	Slot string `json:"slot"`
}

// Unparked: it no longer does.
type Unparked struct {
	Slot    string `json:"slot"`
	Outcome string `json:"outcome"`      // picked_up, timeout, hangup
	By      string `json:"by,omitempty"` // id of the call that picked it up, in which its leg is now
}

// LegReplaced: another leg has taken the place of this one, in a bridge, in a room or
// with the flow.
type LegReplaced struct {
	By string `json:"by"`
}

// CallRefused: a rule has kept a call, or a further leg of one, from beginning. Of a
// call that came in and never began the envelope names none.
type CallRefused struct {
	Direction string `json:"direction"`
	Trunk     string `json:"trunk"`
	From      string `json:"from"`
	To        string `json:"to"`
	Rule      string `json:"rule"`
	Status    int    `json:"status"` // SIP
	Text      string `json:"text,omitempty"`
}

// MessageRefused: a rule of the signalling has turned a message away, before it could
// become a call or belong to one. A flood of them is told of now and then.
type MessageRefused struct {
	Rule   string `json:"rule"`
	Source string `json:"source"`           // address and port
	Untold int    `json:"untold,omitempty"` // before it, of which no event tells
}

// TrunkChanged: a trunk, one of its targets or a registration is in another state.
type TrunkChanged struct {
	Trunk string `json:"trunk"`
	What  string `json:"what"` // trunk, target, registration
	Name  string `json:"name"` // of the target or the user
	From  string `json:"from,omitempty"`
	To    string `json:"to"`
	Cause string `json:"cause,omitempty"`
}

// TransferRequested: the far side of a leg wants to be connected with somebody else.
type TransferRequested struct {
	To       string `json:"to"`       // the number
	Attended bool   `json:"attended"` // whom it has talked to already
	Handling string `json:"handling"` // handled, passed on, refused; sent: it is our flow that wishes it
}

// TransferEnded: how that ended.
type TransferEnded struct {
	To     string `json:"to"`
	Status int    `json:"status"` // SIP; 200 when it came about
}

// LegAnswered: the leg is up, sound may flow.
type LegAnswered struct {
	Codec string `json:"codec"`
}

// LegEnded: the leg is gone.
type LegEnded struct {
	Cause
	Quality
}

// Quality says how a leg's sound travelled.
type Quality struct {
	PacketsIn   uint64  `json:"packets_in"`
	PacketsOut  uint64  `json:"packets_out"`
	Relayed     uint64  `json:"relayed,omitempty"`       // of theirs: passed on undecoded
	Lost        uint64  `json:"lost"`                    // of theirs
	Late        uint64  `json:"late,omitempty"`          // of theirs: too late to be played
	Refused     uint64  `json:"refused,omitempty"`       // foreign, malformed, forged or too many
	JitterMS    float64 `json:"jitter_ms"`               // of theirs
	MOS         float64 `json:"mos,omitempty"`           // how theirs was heard here, estimated (ITU-T G.107); 0: unknown
	RoundTripMS float64 `json:"round_trip_ms,omitempty"` // by RTCP
	RemoteLost  uint64  `json:"remote_lost,omitempty"`   // of ours, as they report
	RemoteMOS   float64 `json:"remote_mos,omitempty"`    // how ours was heard there, estimated
}

// Digit: a key was pressed.
type Digit struct {
	Digit  string `json:"digit"`
	Hidden bool   `json:"hidden,omitempty"` // it is part of a secret: digit is empty
}

// PromptStarted: the caller begins to hear a prompt.
type PromptStarted struct {
	Text     string `json:"text,omitempty"` // when spoken by a synthesizer
	File     string `json:"file,omitempty"`
	Language string `json:"language,omitempty"`
}

// PromptEnded: the prompt is over.
type PromptEnded struct {
	Text    string `json:"text,omitempty"`
	File    string `json:"file,omitempty"`
	Outcome string `json:"outcome"` // finished, stopped, replaced, dropped
	HeardMS int64  `json:"heard_ms"`
	TotalMS int64  `json:"total_ms"`
}

// SpeechStarted: the caller began to speak.
type SpeechStarted struct{}

// SpeechRecognized: the caller's words, as understood.
type SpeechRecognized struct {
	Text       string  `json:"text"`
	Confidence float64 `json:"confidence,omitempty"`
	Language   string  `json:"language"`
}

// NodeReached: the caller was taken to a menu node.
type NodeReached struct {
	Menu  string  `json:"menu"`
	Node  string  `json:"node"`
	By    string  `json:"by"` // speech, key, rule, flow
	Heard string  `json:"heard,omitempty"`
	Score float64 `json:"score,omitempty"`
}

// NoMatch: something was said or pressed that leads nowhere.
type NoMatch struct {
	Menu     string  `json:"menu"`
	Heard    string  `json:"heard"`
	Best     string  `json:"best,omitempty"` // the node that came nearest
	Score    float64 `json:"score,omitempty"`
	Reason   string  `json:"reason"` // no_match, silence
	Language string  `json:"language,omitempty"`
}

// Bridged: this leg and Other hear each other.
type Bridged struct {
	Other string `json:"other"`
}

// Unbridged: they no longer do.
type Unbridged struct {
	Other string `json:"other"`
}

// ConferenceEntered: the caller became a member of a room.
type ConferenceEntered struct {
	Room string `json:"room"`
}

// ConferenceLeft: it no longer is.
type ConferenceLeft struct {
	Room    string  `json:"room"`
	Seconds float64 `json:"seconds"`
}

// RecordingStarted: the call is being recorded. Should its file not be made, the end
// follows with that error.
type RecordingStarted struct {
	Path string `json:"path"`
}

// RecordingEnded: the recording is complete.
type RecordingEnded struct {
	Path    string   `json:"path"`            // of its first file
	Parts   []string `json:"parts,omitempty"` // paths of all its files in order, when it was split
	Seconds float64  `json:"seconds"`
	Lost    uint64   `json:"lost_samples"`
	Gaps    int      `json:"gaps,omitempty"`           // how often sound was lost
	Paused  float64  `json:"paused_seconds,omitempty"` // how long it was paused
	Key     string   `json:"key,omitempty"`            // id of the key it is encrypted with
	Error   string   `json:"error,omitempty"`          // why it ended early, or never began
}

// RecordingPaused: what is said from now on is not recorded.
type RecordingPaused struct{}

// RecordingResumed: it is again.
type RecordingResumed struct{}

// FlowFailed: the flow's script made a mistake; the call is ended or rerouted.
type FlowFailed struct {
	Flow  string `json:"flow"`
	Error string `json:"error"` // with file and line
}

// ScriptsChanged: new calls, or a share of them, get another version of the
// scripts.
type ScriptsChanged struct {
	What    string `json:"what"`              // deployed, canary, promoted, rolled_back
	Version string `json:"version"`           // that they get now
	Instead string `json:"instead,omitempty"` // of this one
	Why     string `json:"why,omitempty"`
	Calls   int    `json:"calls,omitempty"`  // of the canary
	Failed  int    `json:"failed,omitempty"` // of these
}
