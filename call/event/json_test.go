package event

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// examples holds one filled event per type. A new type needs a row here; the
// golden file then shows its JSON to people who know no Go.
func examples() []Data {
	busy := Cause{Code: "busy", SIP: 486, Q850: 17, By: "callee", Text: "Busy Here"}
	return []Data{
		CallStarted{
			Direction: "inbound", Trunk: "carrier", From: "+4930123456", To: "800100", Flow: "hotline",
			Attestation: &Attestation{
				Verstat: "TN-Validation-Failed", OrigID: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", Provider: "4711",
				Problems: []Doubt{{Status: 403, Text: "Stale Date"}},
			},
		},
		CallEnded{Cause: Cause{Code: "normal", Q850: 16, By: "caller"}, DurationMS: 61250},
		LegStarted{Direction: "outbound", Trunk: "pbx", Address: "sip:200@192.0.2.7", SIPCallID: "f00d@192.0.2.1"},
		LegRinging{Status: 180},
		LegEarlyMedia{Codec: "PCMA"},
		LegAnswered{Codec: "PCMA"},
		LegEnded{Cause: busy, Quality: Quality{PacketsIn: 3061, PacketsOut: 3060, Lost: 2, JitterMS: 1.25, MOS: 4.31}},
		Digit{Digit: "#"},
		PromptStarted{Text: "您好", Language: "zh"},
		PromptEnded{Text: "您好", Outcome: "stopped", HeardMS: 340, TotalMS: 900},
		SpeechStarted{},
		SpeechRecognized{Text: "I want to check my balance", Confidence: 0.83, Language: "en"},
		NodeReached{Menu: "hotline-en", Node: "balance", By: "speech", Heard: "I want to check my balance", Score: 0.91},
		NoMatch{Menu: "hotline-en", Heard: "uh what", Best: "agent", Score: 0.2, Reason: "no_match", Language: "en"},
		Bridged{Other: "b"},
		Unbridged{Other: "b"},
		ConferenceEntered{Room: "4711"},
		ConferenceLeft{Room: "4711", Seconds: 12.5},
		RecordingStarted{Path: "recordings/2026/c1.wav"},
		RecordingEnded{Path: "recordings/2026/c1.wav", Seconds: 59.98, Lost: 160, Gaps: 1, Parts: []string{"recordings/2026/c1.wav", "recordings/2026/c1-2.wav"}},
		RecordingPaused{},
		RecordingResumed{},
		TransferRequested{To: "4711", Attended: true, Handling: "handled"},
		TransferEnded{To: "4711", Status: 200},
		FlowFailed{Flow: "hotline", Error: "scripts/flows/hotline.lua:12: attempt to call a nil value"},
		LegReplaced{By: "c"},
		CallRefused{
			Direction: "inbound", Trunk: "carrier", From: "+4930123456", To: "+4930654321", Rule: "limit_calls", Status: 503,
			Text: "trunk carrier: limits.inbound.calls: 30 of 30",
		},
		MessageRefused{Rule: "unknown_source", Source: "198.51.100.7:5060", Untold: 12},
		TrunkChanged{Trunk: "carrier", What: "target", Name: "udp:192.0.2.7:5060", From: "up", To: "down", Cause: "no response"},
		LegHeld{},
		LegResumed{},
		Parked{Slot: "701"},
		Unparked{Slot: "701", Outcome: "picked_up", By: "c2"},
		ScriptsChanged{
			What: "rolled_back", Version: "5f2c9d0e11aa", Instead: "91be02c4d7f3", Why: "4 of 9 calls failed, of the others 0 of 180",
			Calls: 9, Failed: 4,
		},
	}
}

func TestEveryTypeHasItsGoldenJSON(t *testing.T) {
	all := examples()
	if got, want := len(all), len(Kinds()); got != want {
		t.Fatalf("%d examples for %d types", got, want)
	}
	at := time.Date(2026, 3, 1, 9, 30, 0, 123456000, time.UTC)
	for i, d := range all {
		if d.EventType() != Kinds()[i].EventType() {
			t.Fatalf("example %d is a %s; want a %s, as in Kinds", i, d.EventType(), Kinds()[i].EventType())
		}
		e := Event{Seq: uint64(i + 1), Time: at, Type: d.EventType(), Call: "c1", Leg: "a", Data: d}
		text, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, string(e.Type)+".json", append(text, '\n'))

		var back Event
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v", e.Type, err)
		} else if !reflect.DeepEqual(back, e) {
			t.Errorf("%s came back as %+v; want %+v", e.Type, back, e)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got %s; want %s", name, got, want)
	}
}

// Golden files that belong to no type are types somebody removed: clients
// would miss them.
func TestNoTypeWasRemoved(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(Kinds()) {
		t.Errorf("%d golden files for %d types (%v)", len(files), len(Kinds()), err)
	}
}

func TestTypeNamesAreUnique(t *testing.T) {
	seen := map[Type]bool{}
	for _, k := range Kinds() {
		if name := k.EventType(); seen[name] || !Known(name) {
			t.Errorf("type %q is there twice, or not known", name)
		}
		seen[k.EventType()] = true
	}
	if Known("no.such") {
		t.Error("an invented type is known")
	}
}

func TestUnmarshalToleratesNewerServersAndRefusesRubbish(t *testing.T) {
	var e Event
	text := `{"seq":7,"time":"2026-03-01T09:30:00Z","type":"call.levitated","call":"c1","data":{"height":3}}`
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	back, err := json.Marshal(e)
	if err != nil || string(back) != text {
		t.Errorf("an unknown type came back as %s, %v; want %s", back, err, text)
	}

	f := func(text, want string) {
		t.Helper()
		var e Event
		err := json.Unmarshal([]byte(text), &e)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v; want one with %q", text, err, want)
		}
	}
	f(`{"seq":-1}`, "seq")
	f(`{"seq":1,"type":"digit","data":{"digit":5}}`, "decode event 1 digit")
	f(`{"seq":1,"type":"digit","data":[]}`, "decode event 1 digit")
	f(`[]`, "decode event")

	if err := json.Unmarshal([]byte(`{"seq":1,"type":"digit","data":null}`), &e); err != nil || e.Data != nil {
		t.Errorf("data null became %v, %v; want none", e.Data, err)
	}
}

// What callers say or send may be no valid UTF-8; the JSON must be.
func TestBadUTF8IsReplaced(t *testing.T) {
	text, err := json.Marshal(Event{Data: CallStarted{From: "a\xff\x00<b>"}})
	if err != nil || !json.Valid(text) || bytes.ContainsAny(text, "\xff\x00") {
		t.Errorf("got %q, %v", text, err)
	}
}

func FuzzEvent(f *testing.F) {
	for _, d := range examples() {
		text, err := json.Marshal(Event{Seq: 1, Type: d.EventType(), Call: "c", Data: d})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var e Event
		if json.Unmarshal(text, &e) != nil {
			return
		}
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%q was read but cannot be written: %v", text, err)
		}
		var again Event
		if err := json.Unmarshal(out, &again); err != nil {
			t.Fatalf("%q was written but cannot be read: %v", out, err)
		}
	})
}
