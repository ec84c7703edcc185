//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestFreeSWITCHScript: a script as FreeSWITCH has them plays a file, asks for
// digits, speaks, and hangs up with a hook.
func TestFreeSWITCHScript(t *testing.T) {
	dir := bundleOf(t, `local session, freeswitch = require("fscompat")(..., nil, { trunk = "agents" })

function goodbye(s, status)
  freeswitch.consoleLog("info", "hook of " .. status .. "\n")
end

session:answer()
session:setHangupHook("goodbye")
session:setVariable("language", "en")
session:streamFile("welcome.wav")
local digits = session:playAndGetDigits(4, 4, 2, 8000, "#", "question.wav", "", "\\d+")
freeswitch.consoleLog("info", "digits " .. digits .. " of " .. session:getVariable("language") .. "\n")
session:speak("Thank you very much for your call.")
session:sleep(500)
session:hangup()
`)
	for name, hz := range map[string]string{"welcome.wav": "1000", "question.wav": "1300"} {
		run(t, "sox", "-n", "-r", "8000", "-b", "16", filepath.Join(dir, "prompts", name), "synth", "2", "sine", hz, "gain", "-10")
	}
	s := serve(t, setup{bare: true, scripts: dir, record: "{each_leg: true}", routes: "  - {to: fs, flow: main, vars: {lang: en}}\n"})
	p := s.dial("fs", "--tone", "440@0s", "--dtmf", "4711@5s")
	ended(t, p)
	hums(t, "the caller", p.heard(), high, low)
	hums(t, "the caller", p.heard(), 1300)
	hears(t, "the caller", p.heard(), spoken(t, "en", "Thank you very much for your call."))
	for _, want := range []string{"digits 4711 of en", "hook of hangup"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the script did not say %q", want)
		}
	}
	if c := s.cdrs(1)[0]; c.Cause.By != "flow" || c.Cause.Code != "normal" {
		t.Errorf("ended with %+v, want the script's hang-up", c.Cause)
	}
}
