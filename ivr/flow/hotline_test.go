package flow

import (
	"testing"
	"testing/synctest"
	"time"

	"trunkline/call"
)

const (
	welcome = "Welcome to Trunkline Bank"
	more    = "anything else"
	balance = "Your balance is"
)

// hotline plays the shipped hotline to a scripted caller.
func hotline(t *testing.T, flow string, sentences []string, prepare func(*fake), caller func(*fake), wants ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, flow)
		e, _, _ := f.engine(shipped(), sentences...)
		if prepare != nil {
			prepare(f)
		}
		if err := f.play(e, func() { caller(f) }); err != nil {
			t.Errorf("flow failed: %v", err)
		}
		f.wants(wants...)
		f.never("failed flows/")
	})
}

func TestHotlineBySpeech(t *testing.T) {
	hotline(t, "hotline", []string{"I want to check my balance", "no thank you"}, nil, func(f *fake) {
		f.hears(welcome, 1)
		f.hearsOut()
		f.after(time.Second)
		f.says(1, 2*time.Second)
		f.hears(more, 1)
		f.hearsOut()
		f.says(2, time.Second)
	}, "answer", "record", "say "+welcome, "recognized I want to check my balance", "node balance by speech",
		"say "+balance, "say Is there "+more, "recognized no thank you", "say Thank you", "end flow normal")
}

func TestHotlineByKey(t *testing.T) {
	hotline(t, "hotline", nil, nil, func(f *fake) {
		f.hears(welcome, 1)
		f.after(500 * time.Millisecond)
		f.presses("2")
		f.hears(more, 1)
	}, "say "+welcome, "stopped after 500ms", "node balance by key", "say "+balance, "say Is there "+more,
		"nomatch silence", "nomatch silence", "nomatch silence", "say Thank you", "end flow normal")
}

func TestHotlineInChinese(t *testing.T) {
	f := func(flow string, vars map[string]string) {
		hotline(t, flow, []string{"我想查一下余额"}, func(f *fake) { f.info.Vars = vars }, func(f *fake) {
			f.hears("欢迎致电", 1)
			f.hearsOut()
			f.says(1, 2*time.Second)
			f.hears("您的账户余额", 1)
			f.hears("还有什么", 1)
			f.presses("6")
			f.hears("营业时间", 1)
			f.hangsUp()
		}, "say 欢迎致电", "recognized 我想查一下余额", "node balance by speech", "say 您的账户余额",
			"node hours by key", "say 我们的营业时间", "end caller normal")
	}
	f("hotline-zh", nil)
	f("hotline", map[string]string{"lang": "zh"})
}

func TestHotlineSilenceEndsWithAPerson(t *testing.T) {
	hotline(t, "hotline", nil, func(f *fake) {
		f.dial = func(call.DialRequest) error { return nil }
	}, func(f *fake) {
		f.sees("bridge b")
		f.after(time.Minute)
		f.talk <- call.Cause{Code: "normal", By: call.ByCallee}
	}, "say "+welcome, "nomatch silence", "say I did not hear", "nomatch silence",
		"say I did not hear anything. What can I do for you? For a lost or stolen card, press 1.", "nomatch silence",
		"node agent by flow", "say One moment", "dial agents agent 30s", "bridge b", "say Thank you", "end flow normal")
}

func TestHotlineNotUnderstoodEndsWithAPerson(t *testing.T) {
	hotline(t, "hotline", []string{"how far is it to the moon", "find me a good restaurant"}, func(f *fake) {
		f.dial = func(call.DialRequest) error { return nil }
	}, func(f *fake) {
		f.hears(welcome, 1)
		f.hearsOut()
		f.says(1, 2*time.Second)
		f.hears("Sorry, I did not understand", 1)
		f.hearsOut()
		f.says(2, 2*time.Second)
		f.sees("bridge b")
		f.hangsUp()
	}, "nomatch no_match how far is it", "say Sorry, I did not understand. Please tell me in a few words what you need. For a lost or stolen card, press 1",
		"nomatch no_match find me",
		"node agent by rule", "say One moment", "dial", "bridge b", "end caller normal")
}

func TestHotlineAsksForAPerson(t *testing.T) {
	hotline(t, "hotline", []string{"give me a real person please"}, func(f *fake) {
		f.dial = func(call.DialRequest) error { return nil }
	}, func(f *fake) {
		f.hears(welcome, 1)
		f.says(1, 2*time.Second)
		f.sees("bridge b")
		f.after(10 * time.Second)
		f.hangsUp()
	}, "pause at 100ms", "stopped after 100ms", "recognized give me a real person", "node agent by speech", "say One moment",
		"dial agents agent", "bridge b", "end caller normal")
}

func TestHotlineAgentRefuses(t *testing.T) {
	f := func(code, told string) {
		t.Helper()
		hotline(t, "hotline", []string{"yes please"}, func(f *fake) {
			f.dial = func(call.DialRequest) error {
				return &call.Error{Verb: "dial", Cause: call.Cause{Code: code, SIP: 486}}
			}
		}, func(f *fake) {
			f.hears(welcome, 1)
			f.presses("0")
			f.hears("go back to the menu", 1)
			f.hearsOut()
			f.says(1, time.Second)
			f.hears("What can I do for you", 1)
			f.presses("2")
			f.hears(balance, 1)
			f.hangsUp()
		}, "node agent by key", "dial agents agent", "say "+told, "go back to the menu", "recognized yes please",
			"say What can I do for you?", "node balance by key", "end caller normal")
	}
	f("busy", "I am sorry, all our agents are busy.")
	f("no_answer", "I am sorry, nobody answers at the moment.")
	f("rejected", "I am sorry, the agent cannot take your call.")
	f("unreachable", "I am sorry, I cannot connect you")
}

// TestAgentByItself is the direct line: no menu before it.
func TestAgentByItself(t *testing.T) {
	hotline(t, "agent", nil, func(f *fake) {
		f.dial = func(call.DialRequest) error { return nil }
	}, func(f *fake) {
		f.sees("bridge b")
		f.talk <- call.Cause{Code: "normal", By: call.ByCallee}
	}, "answer", "record", "say One moment", "dial agents agent", "bridge b", "end flow normal")
	hotline(t, "agent", nil, func(f *fake) {
		f.dial = func(call.DialRequest) error { return &call.Error{Verb: "dial", Cause: call.Cause{Code: "busy"}} }
	}, func(f *fake) {
		f.hears("go back to the menu", 1)
		f.presses("1")
		f.hears(welcome, 1)
		f.hangsUp()
	}, "say I am sorry, all our agents", "say "+welcome, "end caller normal")
}

// TestHangupAnywhere hangs up at every quarter second of a call; nothing may be
// left behind, which the bubble checks, and the record of the end is there.
func TestHangupAnywhere(t *testing.T) {
	for at := time.Duration(0); at < 24*time.Second; at += 250 * time.Millisecond {
		hotline(t, "hotline", []string{"I want to speak to an agent"}, func(f *fake) {
			f.dial = func(call.DialRequest) error { f.after(3 * time.Second); return nil }
		}, func(f *fake) {
			timer := time.AfterFunc(at, f.hangsUp)
			defer timer.Stop()
			f.after(time.Second)
			f.says(1, 2*time.Second)
			<-f.done
		}, "end caller normal")
	}
}
