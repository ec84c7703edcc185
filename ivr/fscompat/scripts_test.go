package fscompat_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/fscompat"
)

// Scripts of the shapes that FreeSWITCH's users write run with an edit or two at
// their top.
func TestScripts(t *testing.T) {
	f := func(script, keys string, dialled map[string]string, want ...string) {
		t.Helper()
		text, err := os.ReadFile("testdata/" + script + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		got, err := play(t, &fake{keys: keys, dialled: dialled}, string(text))
		if err != nil || got != strings.Join(want, "\n") {
			t.Errorf("%s with keys %q: %v, got:\n%s\nwant:\n%s", script, keys, err, got, strings.Join(want, "\n"))
		}
	}
	const account, pin, invalid = "play ivr/ivr-please_enter_account.wav", "play ivr/ivr-please_enter_pin.wav", "play ivr/ivr-that_was_invalid.wav"
	begin := []string{"answer", "log warn: fscompat: setAutoHangup(false): a call ends with its script here", "sleep 500ms"}
	f("pin", "1001#2468", nil, append(begin,
		account+", stopped", pin+", stopped",
		"set pin_ok=true", "say Your balance is 105.30 dollars. in en", "play voicemail/vm-goodbye.wav", "hangup normal", "over")...)
	f("pin", "1001#13579999#1234.1001#2468", nil, append(begin,
		account+", stopped", pin+", stopped", "log info: [pin] attempt 1 by 100 failed", invalid,
		account+", stopped", pin+", stopped", "log info: [pin] attempt 2 by 100 failed", invalid,
		account, pin+", stopped",
		"set pin_ok=true", "say Your balance is 105.30 dollars. in en", "play voicemail/vm-goodbye.wav", "hangup normal", "over")...)
	f("pin", "10!", nil, append(begin, account+", stopped", "over")...)

	message := []string{"answer", "play voicemail/vm-record_message.wav", "play tone 640 1s", "record", "record_resume", "set record_path=recordings/c1.wav"}
	const offer = "say To keep your message, press 1. To record it again, press 2."
	f("message", "5#1", nil, append(message,
		"record_pause", offer, "play voicemail/vm-saved.wav", "play voicemail/vm-goodbye.wav", "hangup normal", "over",
		"log info: message for 200: hangup, kept true, 60 s")...)
	f("message", "#2#1", nil, append(message, "record_pause", offer,
		"play tone 640 1s", "record", "record_resume", "set record_path=recordings/c1.wav", "record_pause", offer,
		"play voicemail/vm-saved.wav", "play voicemail/vm-goodbye.wav", "hangup normal", "over",
		"log info: message for 200: hangup, kept true, 60 s")...)
	f("message", "!", nil, "over")

	f("office", "1", nil, "ring", "answer", "play custom/menu.wav, stopped", "set menu_choice=1", "log debug: menu: sales",
		"set continue_on_fail=true", "set hangup_after_bridge=true", `dial pbx/2001 from "" for 20s`,
		"set originate_disposition=SUCCESS", "set DIALSTATUS=SUCCESS", "bridge", "set bridge_hangup_cause=NORMAL_CLEARING", "hangup normal", "over")
	f("office", "5.2", map[string]string{"pbx/2002": "no_answer", "pbx/2003": "busy"}, "ring", "answer", "play custom/menu.wav, stopped", invalid,
		"play custom/menu.wav", "set menu_choice=2", "log debug: menu: support",
		"set continue_on_fail=true", "set hangup_after_bridge=true", `dial pbx/2002 from "" for 20s`, `dial pbx/2003 from "" for 20s`,
		"set originate_disposition=USER_BUSY", "set DIALSTATUS=BUSY", "play ivr/ivr-all_agents_busy.wav", "go night", "hangup normal", "over")

	agent := func(n, why string) []string {
		return []string{`dial pbx/` + n + ` from "100" for 15s`, "log info: 36 agent " + n + ": " + why}
	}
	welcome := []string{"answer", "set ringback=%(2000,4000,440,480)", "play queue/welcome.wav"}
	busy := map[string]string{"pbx/1001": "busy", "pbx/1002": "no_answer", "pbx/1003": "busy"}
	f("hunt", "", nil, append(welcome, `dial pbx/1001 from "100" for 15s`, "bridge", "set bridge_hangup_cause=NORMAL_CLEARING", "hangup normal", "over")...)
	f("hunt", ". 0", busy, append(append(append(welcome, agent("1001", "USER_BUSY")...),
		append([]string{"play queue/please_hold.wav", "silence 2s"}, agent("1002", "NO_ANSWER")...)...),
		"play queue/please_hold.wav, stopped", "play queue/callback.wav", "hangup normal", "over")...)
}

// The night in the office, which comes as an argument of the flow.
func TestScriptWithArguments(t *testing.T) {
	text, err := os.ReadFile("testdata/office.lua")
	if err != nil {
		t.Fatal(err)
	}
	got, err := play(t, &fake{with: []string{"22"}}, string(text))
	if want := "ring\nanswer\nplay custom/closed.wav\ngo night\nhangup normal\nover"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// The scripts pass the check that every bundle passes.
func TestScriptsAreSound(t *testing.T) {
	b := fstest.MapFS{}
	for _, name := range []string{"pin", "message", "office", "hunt"} {
		text, err := os.ReadFile("testdata/" + name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		b["flows/"+name+".lua"] = &fstest.MapFile{Data: text}
	}
	known := flow.Known()
	known.Modules = map[string]string{fscompat.Name: fscompat.Source}
	if _, problems := bundle.Load(b, known); len(problems) != 0 {
		t.Errorf("problems %v", problems)
	}
}
