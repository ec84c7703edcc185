package store

import "time"

// CDR is the record of one ended call.
type CDR struct {
	ID         string      `json:"id" doc:"Call id"`
	Direction  string      `json:"direction" enum:"inbound,outbound"`
	Trunk      string      `json:"trunk"`
	From       string      `json:"from"`
	To         string      `json:"to"`
	Flow       string      `json:"flow"`
	StartedAt  time.Time   `json:"started_at"`
	AnsweredAt *time.Time  `json:"answered_at,omitempty"`
	EndedAt    time.Time   `json:"ended_at"`
	Cause      Cause       `json:"cause"`
	Legs       []LegRecord `json:"legs" nullable:"false"`
	Nodes      []NodeVisit `json:"nodes" nullable:"false" doc:"Menu nodes in the order they were reached"`
	Misses     []Miss      `json:"misses,omitempty" nullable:"false" doc:"What no menu understood, in the order it was said"`
	Recording  *Recording  `json:"recording,omitempty"`
}

// Cause says why a call or a leg ended.
type Cause struct {
	Code string `json:"code" doc:"Stable word, e.g. normal, busy, no_answer"`
	SIP  int    `json:"sip,omitempty" doc:"SIP status that ended it, if one did"`
	Q850 int    `json:"q850,omitempty" doc:"Q.850 cause value"`
	By   string `json:"by,omitempty" doc:"Who ended it: caller, callee, flow, api, system"`
	Text string `json:"text,omitempty"`
}

// LegRecord is one leg of an ended call.
type LegRecord struct {
	ID         string     `json:"id"`
	Trunk      string     `json:"trunk"`
	Direction  string     `json:"direction" enum:"inbound,outbound"`
	Address    string     `json:"address" doc:"SIP URI of the far side"`
	SIPCallID  string     `json:"sip_call_id"`
	Codec      string     `json:"codec,omitempty"`
	StartedAt  time.Time  `json:"started_at"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	EndedAt    time.Time  `json:"ended_at"`
	Cause      Cause      `json:"cause"`
	Recording  *Recording `json:"recording,omitempty" doc:"When each leg is recorded; of the first leg it is the call's"`
	Quality
}

// Quality says how a leg's sound travelled.
type Quality struct {
	PacketsIn   uint64  `json:"packets_in"`
	PacketsOut  uint64  `json:"packets_out"`
	Relayed     uint64  `json:"relayed,omitempty" doc:"Of the packets sent to us: passed on undecoded"`
	Lost        uint64  `json:"lost" doc:"Of the packets sent to us"`
	Late        uint64  `json:"late,omitempty" doc:"Of those: came too late to be played"`
	Refused     uint64  `json:"refused,omitempty" doc:"Foreign, malformed, forged or too many"`
	JitterMS    float64 `json:"jitter_ms"`
	MOS         float64 `json:"mos,omitempty" doc:"How the far side was heard here, estimated (ITU-T G.107)"`
	RoundTripMS float64 `json:"round_trip_ms,omitempty" doc:"By RTCP"`
	RemoteLost  uint64  `json:"remote_lost,omitempty" doc:"Of our packets, as the far side reports"`
	RemoteMOS   float64 `json:"remote_mos,omitempty" doc:"How we were heard there, estimated"`
}

// NodeVisit is one menu node a caller reached.
type NodeVisit struct {
	Menu  string    `json:"menu"`
	Node  string    `json:"node"`
	By    string    `json:"by" enum:"speech,key,rule,flow" doc:"What took the caller there"`
	Heard string    `json:"heard,omitempty" doc:"The words or digits that led there"`
	Score float64   `json:"score,omitempty"`
	At    time.Time `json:"at"`
}

// Miss is something a caller said, or pressed, that a menu did not understand.
type Miss struct {
	Menu     string    `json:"menu"`
	Language string    `json:"language,omitempty"`
	Heard    string    `json:"heard"`
	Best     string    `json:"best,omitempty" doc:"The node that came nearest"`
	Score    float64   `json:"score,omitempty"`
	At       time.Time `json:"at"`
}

// Recording is the sound file of a call, or of another leg than its first.
type Recording struct {
	Path    string   `json:"path" doc:"Of its first file"`
	Parts   []string `json:"parts,omitempty" nullable:"false" doc:"Paths of all its files in order, when it was split"`
	Seconds float64  `json:"seconds"`
	Lost    uint64   `json:"lost_samples" doc:"Samples missing because the disk was slow"`
	Gaps    int      `json:"gaps,omitempty" doc:"How often that happened"`
	Paused  float64  `json:"paused_seconds,omitempty" doc:"How long it was paused"`
	Key     string   `json:"key,omitempty" doc:"Id of the key it is encrypted with"`
	Error   string   `json:"error,omitempty" doc:"Why it ended early"`
}
