package flow

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/media/feed"
	"trunkline/speech"
	"trunkline/speech/stream"
)

func streamVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "stream",
		Doc: "Connects the caller with a bot that listens and speaks over a socket, and waits until the bot or the caller ends it. " +
			"docs/streams.md has the dialects.",
		Args: []verb.Arg{
			{Name: "url", Kind: value.Text, Lead: true, Required: true, Doc: "wss://…; of dialect audiosocket tcp://host:port"},
			{Name: "dialect", Kind: value.Text, Default: "twilio", Doc: "how the bot talks: twilio, audio_fork, audio_stream, jambonz or audiosocket"},
			{Name: "two_way", Kind: value.Flag, Default: "true", Doc: "whether the bot may speak"},
			{Name: "parameters", Kind: value.Table, Doc: "what the bot is told at the beginning: texts, numbers, and true or false by name"},
			{Name: "retries", Kind: value.Count, Default: "0", Doc: "how often to connect anew after a loss"},
			{Name: "wait", Kind: value.Flag, Default: "true", Doc: "false: the flow goes on at once, while a bot that does not speak listens, until stream_stop or the end of the call"},
		},
		Result: "a table: reason (bot, caller, flow), text, duration (seconds), heard_ms (of the bot's sound); without wait, true; or nil " +
			"and an error whose code is refused or lost",
	}, Run: startStream}
}

func streamStopVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "stream_stop",
		Doc:    "Ends a stream that was begun without wait. Harmless when there is none.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		if r.listener != nil {
			r.listener.end("flow")
			r.listener = nil
		}
		return lua.LTrue, nil
	}}
}

// botSound is how much of a bot's sound waits beside what the stream keeps.
const botSound = 200 // ms

// listener is a stream in the background.
type listener struct {
	*stream.Stream
	done chan struct{}
}

// end stops it and waits until nothing is left of it.
func (l *listener) end(why string) {
	l.Stop(why)
	<-l.done
}

func startStream(r *run, a verb.Args) (lua.LValue, error) {
	info := r.line.Info()
	s, err := stream.New(stream.Config{
		URL: a.Text("url"), Dialect: a.Text("dialect"), TwoWay: a.Flag("two_way"),
		Call:       stream.Call{ID: info.ID, From: info.From, To: info.To, Direction: info.Direction},
		Parameters: plain(a.Table("parameters")), Retry: stream.Retry{Tries: a.Count("retries")},
	}, r.cfg.Bots)
	switch {
	case err != nil:
		return nil, verb.Mistakef("%v", err)
	case !a.Flag("wait") && a.Flag("two_way"):
		return nil, verb.Mistakef("without wait the bot cannot speak: two_way = false")
	case !a.Flag("wait") && r.listener != nil:
		return nil, verb.Mistakef("a stream is under way: stream_stop first")
	}
	heard, deaf, err := r.line.Listen()
	if err != nil {
		return nil, err
	}
	if a.Flag("wait") {
		defer deaf()
		return r.talkTo(s, ear{heard}, a.Flag("two_way"))
	}
	l := &listener{Stream: s, done: make(chan struct{})}
	ctx := r.ctx
	go func() {
		defer close(l.done)
		defer deaf()
		if _, err := s.Run(ctx, ear{heard}, nil, r.botHooks(ctx)); err != nil {
			r.log.Warn("stream ended", "error", err)
		}
	}()
	r.listener = l
	r.atEnd = append(r.atEnd, func() { l.end("the call is over") })
	return lua.LTrue, nil
}

// botHooks are what a stream tells and asks.
func (r *run) botHooks(ctx context.Context) stream.Hooks {
	phone := r.line.Phone
	return stream.Hooks{
		Press: phone.SendDigits,
		Warn:  func(text string) { r.log.Warn("bot", "text", text) },
	}
}

// ear is the caller as a stream hears them.
type ear struct{ line.Sound }

// Rate is that of Listen, Hz.
func (ear) Rate() int { return speech.Rate }

// talkTo connects the caller with a bot until one of them ends it.
func (r *run) talkTo(s *stream.Stream, e ear, twoWay bool) (lua.LValue, error) {
	var mouth *feed.Feed
	if twoWay {
		var err error
		if mouth, err = r.line.NewFeed(speech.Rate, botSound); err != nil {
			return nil, err
		}
		if _, err := r.line.Play(call.Sound{What: event.PromptStarted{File: "bot"}, Feed: mouth}); err != nil {
			return nil, err
		}
	}
	type outcome struct {
		stream.Result
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		var m stream.Mouth
		if mouth != nil {
			m = mouth
		}
		res, err := s.Run(r.ctx, e, m, r.botHooks(r.ctx))
		ended <- outcome{res, err}
	}()
	for {
		select {
		case in := <-r.line.Inputs():
			if in.Kind == call.KeyPressed {
				s.Digit(in.Digit)
				continue
			}
			r.line.Note(in)
		case o := <-ended:
			if o.err != nil {
				return nil, line.Refusal("stream", string(o.Reason), "%v", o.err)
			}
			return r.streamTable(o.Result), nil
		}
	}
}

func (r *run) streamTable(res stream.Result) *lua.LTable {
	t := r.L.CreateTable(0, 5)
	t.RawSetString("reason", lua.LString(fmt.Sprint(res.Reason)))
	t.RawSetString("text", lua.LString(res.Text))
	t.RawSetString("duration", lua.LNumber(res.Lasted.Seconds()))
	t.RawSetString("heard_ms", lua.LNumber(res.Heard/time.Millisecond))
	return t
}
