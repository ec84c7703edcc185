//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// keys are those of a keypad's diagonal and one twice; in the sound they are
// what keyTones plays.
const keys = "1590#55"

var keyTones = []string{
	"697+1209:100ms@1500ms", "770+1336:100ms@1800ms", "852+1477:100ms@2100ms", "941+1336:100ms@2400ms",
	"941+1477:100ms@2700ms", "770+1336:100ms@3000ms", "770+1336:100ms@3300ms",
}

// playing are the arguments that play tones.
func playing(tones []string) (args []string) {
	for _, t := range tones {
		args = append(args, "--tone", t)
	}
	return args
}

// pressed are the keys that a phone noticed, in order.
func (p *phone) pressed() (keys string) {
	for _, m := range regexp.MustCompile(`key (.) pressed over there`).FindAllStringSubmatch(p.out.String(), -1) {
		keys += m[1]
	}
	return keys
}

// TestKeysAcrossBridge: keys arrive once each and in order, through a bridge that
// passes packets on, one that decodes, one that encrypts, and from a far side
// that has keys in its sound only; a conversation goes on around them.
func TestKeysAcrossBridge(t *testing.T) {
	bridges := []struct{ name, codec, trunk, via string }{
		{"relayed", "PCMU", "", "codecs: [PCMU, PCMA]"},
		{"decoded", "PCMA", "", "codecs: [PCMU, PCMA]"},
		{"to Opus", "opus", "", everyCodec},
	}
	trunks, routes, at := "", "", make([]string, len(bridges))
	for i, b := range bridges {
		at[i] = address(t)
		trunks += fmt.Sprintf("  - {name: t%d, target: %s, %s}\n", i, at[i], b.via)
		routes += fmt.Sprintf("  - {to: keys%d, bridge: {trunk: t%d}}\n", i, i)
	}
	s := serve(t, setup{bare: true, trunks: trunks, routes: routes, caller: ", codecs: [PCMU]"})
	var callers, callees []*phone
	for i, b := range bridges {
		callees = append(callees, s.answerAt(at[i], "--codecs", b.codec, "--tone", "1000@0s", "--dtmf", "*8@2s"))
		callers = append(callers, s.dial(fmt.Sprintf("keys%d", i), "--tone", "440@0s", "--dtmf", keys+"@1s", "--hangup", "6s"))
	}
	for i, b := range bridges {
		t.Run(b.name, func(t *testing.T) {
			ended(t, callers[i], callees[i])
			converse(t, callers[i], callees[i])
			if got := callees[i].pressed(); got != keys {
				t.Errorf("the callee was pressed %q, want %q", got, keys)
			}
			if got := callers[i].pressed(); got != "*8" {
				t.Errorf("the caller was pressed %q, want *8", got)
			}
		})
	}
	for _, c := range s.cdrs(len(bridges)) {
		if c.Cause.By != "caller" || c.Cause.Code != "normal" {
			t.Errorf("ended with %+v", c.Cause)
		}
	}
}

// TestKeysInSound: keys that a far side has in its sound only reach the other
// side of a bridge as events, and a flow that asks for them.
func TestKeysInSound(t *testing.T) {
	s := serve(t, setup{
		bare: true, caller: ", dtmf: inband", routes: through + "  - {to: ask, flow: main}\n",
		scripts: bundleOf(t, `local call = ...
call:answer()
local r = call:ask{ digits = 7, speech = false, terminator = "*", timeout = "20s" }
call:log("digits: " .. r.digits)
call:play{ tone = "1000", duration = "2s" }
`)})
	agent := s.answer("--tone", "1000@0s")
	caller := s.dial("through", append(playing(keyTones), "--tone", "440:2s@4s", "--hangup", "7s")...)
	asked := s.dial("ask", playing(keyTones)...)
	ended(t, caller, agent, asked)
	converse(t, caller, agent)
	if got := agent.pressed(); got != keyed(keyTones) {
		t.Errorf("across the bridge came the keys %q, want %q", got, keyed(keyTones))
	}
	hums(t, "the caller who was asked", asked.heard(), 1000)
	if want := "digits: " + keyed(keyTones); !strings.Contains(s.log.String(), want) {
		t.Errorf("the flow did not learn %q", want)
	}
	s.cdrs(2)
}

// keyed are the keys whose tones these are.
func keyed(tones []string) (keys string) {
	names := map[string]string{"697+1209": "1", "770+1336": "5", "852+1477": "9", "941+1336": "0", "941+1477": "#"}
	for _, t := range tones {
		pair, _, _ := strings.Cut(t, ":")
		keys += names[pair]
	}
	return keys
}
