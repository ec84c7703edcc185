package fscompat_test

import (
	"strings"
	"testing"

	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
)

// The module compiles, and uses only verbs and arguments that there are.
func TestModule(t *testing.T) {
	if _, problems := bundle.Load(bundleOf(`require("fscompat")(...)`), flow.Known()); len(problems) != 0 {
		t.Errorf("problems %v", problems)
	}
}

const head = `local session, freeswitch = require("fscompat")(..., nil, {
	trunk = "pbx", trunks = { ["sofia/gateway/telco"] = "carrier" }, extensions = { ["1000"] = "sales" },
	globals = { domain = "example.com" }, sounds = "/sounds/zh",
	phrases = { hours = function(session, day) session:streamFile("open_" .. day .. ".wav") end },
})
`

func TestCalls(t *testing.T) {
	f := func(keys, script string, want ...string) {
		t.Helper()
		got, err := play(t, &fake{keys: keys, words: "my bill", dialled: map[string]string{
			"pbx/101": "busy", "pbx/102": "no_answer", "carrier/13800138000": "overload",
		}}, head+script)
		if err != nil {
			what, _, _ := strings.Cut(err.Error(), "\nstack traceback")
			got = strings.TrimPrefix(got+"\n"+what, "\n")
		}
		if got != strings.Join(want, "\n") {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", script, got, strings.Join(want, "\n"))
		}
	}
	// Beginning and end.
	f("", `session:answer() print(session:answered(), session:ready(), session:mediaReady(), session:bridged(), session:getState())`,
		"answer", "print true\ttrue\ttrue\tfalse\tCS_EXECUTE")
	f("", `print(session:answered()) session:preAnswer()`, "print false", "ring")
	f("", `session:hangup() print("never")`, "hangup normal", "over")
	f("", `session:hangup("USER_BUSY")`, "hangup busy", "over")
	f("", `session:hangup(21)`, "hangup rejected", "over")
	f("", `session:setAutoHangup(false)`, "log warn: fscompat: setAutoHangup(false): a call ends with its script here")
	f("!", `session:setHangupHook(function(s, what, arg)
			print(what, arg, s:ready(), s:hangupCause(), s:getVariable("billsec"), s:getVariable("duration"), s:streamFile("x.wav"))
		end, "arg") print(session:hangupCause()) while session:ready() do session:sleep(100) end`,
		"print NONE", "over", "log warn: fscompat: play x.wav: it is hangup", "print hangup\targ\tfalse\tNORMAL_CLEARING\t60\t61")
	f("", `function bye(s, what) print(what) end session:setHangupHook("bye") session:hangup()`, "hangup normal", "over", "print hangup")
	f("", `session:setHangupHook("bye") function bye(s, what) print(what) end session:hangup()`, "hangup normal", "over", "print hangup")
	f("5", `session:setInputCallback("key") function key(s, what, o) print(o.digit) return "break" end session:streamFile("a.wav")`,
		"answer", "play a.wav, stopped", "print 5")
	f("5", `session:setInputCallback("nobody")
		session:streamFile("a.wav")`, "answer", "play a.wav, stopped", `flow.lua:7: fscompat: there is no global function "nobody"`)
	f("", `session:transfer("1000", "XML", "default")`, "go sales", "hangup normal", "over")
	f("", `session:transfer("2000")`, "go 2000", "hangup normal", "over")
	// Variables.
	f("", `session:setVariable("a", 5) print(session:getVariable("a"), session:getVariable("b"), session:getVariable("caller_id_number"))`,
		"set a=5", "print 5\tnil\t100")
	f("", `session:setVariable("a", "x") session:setVariable("a", nil) print(session:getVariable("a"))`, "set a=x", "set a=", "print nil")
	f("", `print(session.uuid, session:get_uuid(), session:getVariable("destination_number"))`, "print c1\tc1\t200")
	// Sound.
	f("", `session:streamFile("ivr/welcome.wav")`, "answer", "play ivr/welcome.wav")
	f("", `session:answer() session:streamFile("ivr/welcome")`, "answer", "play ivr/welcome.wav")
	f("", `session:streamFile("/sounds/zh/ivr/8000/a.wav")`, "answer", "play ivr/8000/a.wav")
	f("", `session:streamFile("/usr/share/freeswitch/sounds/en/us/callie/ivr/b.wav")`, "answer", "play ivr/b.wav")
	f("", `session:streamFile("/opt/c.mp3")`, "answer", "play opt/c.mp3")
	f("", `session:streamFile("missing.wav") print("on")`, "answer", "log warn: fscompat: play missing.wav: it is file", "print on")
	f("", `session:streamFile("{loops=2}file_string://a.wav!b.wav")`, "answer", "play a.wav", "play b.wav")
	f("", `session:streamFile("silence_stream://1500,1400")`, "answer", "sleep 1.5s")
	f("", `session:streamFile("tone_stream://%(1000,500,350,440);loops=2")`,
		"answer", "play tone 350+440 1s", "sleep 500ms", "play tone 350+440 1s", "sleep 500ms")
	f("", `session:streamFile("local_stream://moh")`, "answer", "flow.lua:6: fscompat: sound local_stream:// is not covered: see docs/fscompat.md")
	f("", `session:sayPhrase("hours", "monday")`, "answer", "play open_monday.wav")
	f("", `session:streamFile("phrase:hours:friday")`, "answer", "play open_friday.wav")
	f("", `session:sayPhrase("nothing")`, "flow.lua:6: fscompat: phrase nothing, without the option phrases, is not covered: see docs/fscompat.md")
	f("", `session:set_tts_params("flite", "zh-CN-a") session:speak("您好。再见。")`, "answer", "say 您好。再见。 in zh")
	f("", `session:streamFile("say:hello there")`, "answer", "say hello there")
	f("", `session:say("1234", "en", "number", "iterated") session:say("12", "en", "number", "pronounced") session:say("12", "zh", "items", "counted")`,
		"answer", "say one two three four in en", "say twelve in en", "say 第十二 in zh")
	f("", `session:say("12.5", "zh", "currency", "pronounced") session:say("13800138000", "zh", "telephone_number", "pronounced")`,
		"answer", "say 十二块五毛 in zh", "say 幺三八，零零幺三，八零零零 in zh")
	f("", `session:say("2026-11-21", "en", "current_date", "pronounced") session:say("185", "en", "time_measurement", "pronounced")`,
		"answer", "say November the twenty-first, twenty twenty-six in en", "say three minutes and five seconds in en")
	f("", `session:say("some", "en", "number", "pronounced")`,
		`log warn: fscompat: say: say number "some": want a decimal number such as -12.50, below 10^16, every digit spoken`,
		"answer", "say some in en")
	f("", `session:sleep(250)`, "sleep 250ms")
	// Keys.
	f("12#", `print(session:getDigits(5, "#", 3000))`, "print 12\t#")
	f("12", `print(session:getDigits(5, "#", 3000, 1000))`, "silence 1s", "print 12")
	f("123", `print(session:getDigits(2, "", 3000))`, "print 12")
	f("1234#", `print(session:read(1, 10, "enter.wav", 5000, "#"))`, "answer", "play enter.wav, stopped", "print 1234")
	f(".7#", `print(session:read(1, 10, "enter.wav", 5000, "#"))`, "answer", "play enter.wav", "print 7")
	f("123", `session:flushDigits() print(session:getDigits(1, "", 1000))`, "silence 1s", "print ")
	f("5   ", `print(session:playAndGetDigits(1, 1, 3, 4000, "#", "menu.wav", "bad.wav", "[1-3]"))`,
		"answer", "play menu.wav, stopped", "play bad.wav", "play menu.wav", "silence 4s", "play bad.wav", "play menu.wav", "silence 4s", "play bad.wav", "print ")
	f("92", `print(session:playAndGetDigits(1, 1, 3, 4000, "#", "menu.wav", "bad.wav", "^[1-3]$", "choice"))`,
		"answer", "play menu.wav, stopped", "play bad.wav", "play menu.wav, stopped", "set choice=2", "print 2")
	f("12#", `print(session:playAndGetDigits(4, 6, 1, 4000, "#", "say:your PIN", "", "\\d+", "pin", 2000, "1000"))`,
		"answer", "say your PIN, stopped", "set pin=", "go sales", "hangup normal", "over")
	f("55", `session:setInputCallback(function(s, kind, obj, arg) print(kind, obj.digit, arg) return obj.digit == "9" and "break" or "" end, "x")
		session:streamFile("long.wav")`,
		"answer", "play long.wav, stopped", "print dtmf\t5\tx", "play long.wav from 500ms, stopped", "print dtmf\t5\tx", "play long.wav from 1s")
	f("9.", `function key(s, kind, obj) return "break" end session:setInputCallback("key")
		session:streamFile("long.wav") session:unsetInputCallback() session:streamFile("next.wav")`,
		"answer", "play long.wav, stopped", "play next.wav")
	f(".1..", `session:setInputCallback(function() return "" end) session:speak("One. Two! 3.5 is three.")`,
		"answer", "say One.", "say Two!, stopped", "say Two!", "say 3.5 is three.")
	f("12", `session:setInputCallback(function(_, _, o) return o.digit == "2" end) session:collectDigits(3000) print("done")`, "print done")
	// Words and recordings.
	f("", `print(session:playAndDetectSpeech("say:How can I help?", "pocketsphinx", "g"))`, "answer", `ask "How can I help?"`, "print my bill")
	f("", `print(session:playAndDetectSpeech("ask.wav", "pocketsphinx", "g"))`, "answer", "play ask.wav", "listen", "print my bill")
	f("12#", `print(session:recordFile("/tmp/a.wav", 20, 500, 3))`, "answer", "record", "record_resume", "set record_path=recordings/c1.wav", "record_pause", "print true")
	// Legs.
	f("", `session:execute("bridge", "user/100@example.com")`, `dial pbx/100 from "" for 1m0s`, "set originate_disposition=SUCCESS", "set DIALSTATUS=SUCCESS",
		"answer", "bridge", "set bridge_hangup_cause=NORMAL_CLEARING")
	f("", `session:execute("bridge", "{originate_timeout=20,origination_caller_id_number=555}user/101,[leg_timeout=5]user/102|sofia/gateway/telco/13800138000")`,
		`dial pbx/101 from "555" for 20s`, `dial pbx/102 from "555" for 5s`, `dial carrier/13800138000 from "555" for 20s`,
		"set originate_disposition=SWITCH_CONGESTION", "set DIALSTATUS=CONGESTION")
	f("", `session:execute("bridge", "error/user_busy") print(session:getVariable("DIALSTATUS"))`,
		"set originate_disposition=USER_BUSY", "set DIALSTATUS=BUSY", "print BUSY")
	f("", `session:setVariable("hangup_after_bridge", "true") session:execute("bridge", "sofia/internal/7@10.0.0.1") print("never")`,
		"set hangup_after_bridge=true", `dial pbx/7 from "" for 1m0s`, "set originate_disposition=SUCCESS", "set DIALSTATUS=SUCCESS",
		"answer", "bridge", "set bridge_hangup_cause=NORMAL_CLEARING", "hangup normal", "over")
	f("", `local b = freeswitch.Session("user/7") print(b:ready(), b:answered()) freeswitch.bridge(session, b) print(b:ready(), b:hangupCause())`,
		`dial pbx/7 from "" for 1m0s`, "print true\ttrue", "answer", "bridge", "set bridge_hangup_cause=NORMAL_CLEARING", "print false\tNORMAL_CLEARING")
	f("", `local b = freeswitch.Session("user/101") print(b:ready(), b:hangupCause(), freeswitch.bridge(session, b))`,
		`dial pbx/101 from "" for 1m0s`, "print false\tUSER_BUSY\tfalse")
	f("", `local b = freeswitch.Session("user/7") b:hangup() b:streamFile("x")`,
		`dial pbx/7 from "" for 1m0s`, "leg hangup", "flow.lua:6: fscompat: session:streamFile of a second leg is not covered: see docs/fscompat.md")
	f("", `session:execute("bridge", "group/sales")`, `flow.lua:6: fscompat: dial string "group/sales" is not covered: see docs/fscompat.md`)
	// Applications.
	f("5*", `session:execute("playback", "a.wav")`, "answer", "play a.wav, stopped", "play a.wav from 500ms, stopped")
	f("5", `session:setVariable("playback_terminators", "any") session:execute("playback", "a.wav")`,
		"set playback_terminators=any", "answer", "play a.wav, stopped")
	f("42#", `session:execute("play_and_get_digits", "2 5 3 7000 # enter.wav bad.wav result \\d+") print(session:getVariable("result"))`,
		"answer", "play enter.wav, stopped", "set result=42", "print 42")
	f("42#", `session:execute("read", "1 4 enter.wav result 5000 #")`, "answer", "play enter.wav, stopped", "set result=42")
	f("", `session:execute("set", "a=b=c") session:execute("export", "d=e") session:execute("unset", "a")`, "set a=b=c", "set d=e", "set a=")
	f("", `session:execute("answer") session:execute("sleep", "1000") session:execute("speak", "flite|kal|Hello.")`, "answer", "sleep 1s", "say Hello.")
	f("", `session:execute("say", "en number pronounced 1234")`, "answer", "say one thousand two hundred and thirty-four in en")
	f("", `session:execute("log", "WARNING careful") session:execute("log", "just so")`, "log warn: careful", "log info: just so")
	f("", `session:execute("conference", "room1@default+flags{mute}")`, "answer", "conference room1 mute=true", "over")
	f("", `session:execute("echo")`, "answer", "echo")
	f("", `session:execute("deflect", "sip:200@example.com")`, "transfer sip:200@example.com", "over")
	f("", `session:execute("transfer", "1000 XML default")`, "go sales", "hangup normal", "over")
	f("", `session:execute("hangup", "CALL_REJECTED")`, "hangup rejected", "over")
	f("", `session:execute("respond", "486")`, "hangup busy", "over")
	f("", `session:execute("record_session", "/tmp/x.wav") session:execute("stop_record_session")`, "record", "record_pause")
	f("", `session:execute("lua", "scripts/menu.lua a b")`, "go menu")
	f("", `session:execute("send_dtmf", "123@100")`, "dtmf 123")
	f("", `session:execute("start_dtmf")`)
	f("", `session:execute("fifo", "x")`, "flow.lua:6: fscompat: the application fifo is not covered: see docs/fscompat.md")
	// freeswitch.
	f("", `freeswitch.consoleLog("ERR", "bad\n") freeswitch.consoleLog("notice", "good")`, "log error: bad", "log info: good")
	f("", `freeswitch.msleep(5) print(freeswitch.getGlobalVariable("domain")) freeswitch.setGlobalVariable("x", 1) print(freeswitch.getGlobalVariable("x"))`,
		"sleep 5ms", "print example.com", "print 1")
	f("", `local api = freeswitch.API() print(api:execute("global_getvar", "domain"), api:executeString("regex 123|^\\d+$"), #api:execute("create_uuid"))`,
		"print example.com\ttrue\t36")
	f("", `print(freeswitch.API():execute("uuid_getvar", "c1 caller_id_number"), freeswitch.API():execute("sofia", "status"))`,
		"log warn: fscompat: the command sofia is not covered", "print 100\t-ERR sofia Command not found!")
	f("", `freeswitch.Dbh("odbc://x")`, "flow.lua:6: fscompat: freeswitch.Dbh is not covered: see docs/fscompat.md")
	f("", `session:sendEvent()`, "flow.lua:6: fscompat: session:sendEvent is not covered: see docs/fscompat.md")
	f("", `print(#argv)`, "print 0")
}

// With the option survive a script goes on after the call, as in FreeSWITCH.
func TestSurvivingScript(t *testing.T) {
	script := `local session = require("fscompat")(..., nil, { survive = "30s" })
		session:answer()
		while session:ready() do session:streamFile("x.wav") print(session:getDigits(1, "", 1000)) end
		print("after", session:answered(), session:getState(), session:playAndGetDigits(1, 1, 1, 1000, "#", "x.wav", "", ""))
		session:hangup() print("end")`
	got, err := play(t, &fake{keys: "5!"}, script)
	want := strings.Join([]string{
		"answer", "sleep 0s", "play x.wav", "print 5", "over", "print after\tfalse\tCS_HANGUP\t", "print end",
	}, "\n")
	got = strings.ReplaceAll(got, "log warn: fscompat: play x.wav: it is hangup\n", "")
	if err != nil || got != want {
		t.Errorf("got\n%s\n%v, want\n%s", got, err, want)
	}
}

func TestArguments(t *testing.T) {
	got, err := play(t, &fake{}, `require("fscompat")(..., { "a", "b" }) print(argv[1], argv[2], session ~= nil, freeswitch ~= nil)`)
	if err != nil || got != "print a\tb\ttrue\ttrue" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRegularExpressions(t *testing.T) {
	f := func(re, s, want string) {
		t.Helper()
		got, err := play(t, &fake{}, head+`print((select(2, pcall(freeswitch.API().executeString, nil, "regex `+s+`|`+strings.ReplaceAll(re, `\`, `\\`)+`"))))`)
		if got = strings.TrimPrefix(got, "print "); err != nil || got != want {
			t.Errorf("%s on %q: got %q, %v; want %s", re, s, got, err, want)
		}
	}
	f(`\d+`, "123", "true")
	f(`\d+`, "*#", "false")
	f(`^\d{4}$`, "1234", "true")
	f(`^\d{4}$`, "12345", "false")
	f(`\d{4}`, "12345", "true")
	f(`^\d{2,3}$`, "12", "true")
	f(`^\d{2,3}$`, "1234", "false")
	f(`^\d{2,}$`, "123456", "true")
	f(`[1-3]`, "4", "false")
	f(`[1-3]`, "42", "true")
	f(`^[^1-3]$`, "4", "true")
	f(`^[*#]$`, "#", "true")
	f(`^[0-9-]+$`, "1-2", "true")
	f(`1|2|3`, "3", "true")
	f(`^1|2$`, "12", "true")
	f(`^(1|2)\d$`, "25", "true")
	f(`^(1|2)\d$`, "35", "false")
	f(`^(?:12)+$`, "1212", "true")
	f(`^(?:12)+$`, "121", "false")
	f(`^(\d\d)?5$`, "5", "true")
	f(`^(1*)*$`, "111", "true")
	f(`^\*9\d*$`, "*91", "true")
	f(`^.+?$`, "1", "true")
	f(``, "1", "true")
	f(`^$`, "", "true")
	f(`(1`, "1", `regular expression "(1": missing )`)
	f(`1)`, "1", `regular expression "1)": unexpected )`)
	f(`[1`, "1", `regular expression "[1": missing ]`)
	f(`*1`, "1", `regular expression "*1": nothing to repeat before *`)
	f(`(?=1)`, "1", `regular expression "(?=1)": (? is not covered`)
	f(`\b`, "1", `regular expression "\b": \b is not covered`)
	f(`1{x}`, "1", `regular expression "1{x}": bad {`)
	f(`^\d+$`, strings.Repeat("1", 300), "true")
}
